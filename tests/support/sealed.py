"""What lies in a database, read as whoever steals it would."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from tidegate.identity.resealing import Resealer
from tidegate.identity.store import sealed
from tidegate.identity.store.tables import METADATA
from tidegate.identity.vault import open_keyring
from tidegate.runtime.cipher import key_of
from tidegate.runtime.config import Settings
from tidegate.runtime.db import Database
from tidegate.runtime.provision import Provision


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """identity's database beside the service that runs on it."""
    database = Database.open(settings.database_of("identity"), schema="identity")
    try:
        yield database
    finally:
        database.close()


def resealer_of(settings: Settings, database: Database, *, stretch: int = 50) -> Resealer:
    """Another replica's resealer."""
    known = open_keyring(settings, Provision.of(settings, alone=True).secrets)
    return Resealer(database, known, stretch=stretch)


def die_in_the_middle(settings: Settings, steps: int) -> None:
    """Re-seals, and dies within a transaction, after so many that were committed."""
    with opened(settings) as database:
        resealer = resealer_of(settings, database)
        resealer.begin()
        for _ in range(steps):
            resealer.step()
        sealed.note = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        resealer.step()


def everything(database: Database) -> Iterator[tuple[str, str]]:
    """Every value of every table as text, with the column that has it."""
    with database.read() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
                    yield f"{table.name}.{name}", text


def opened_values(settings: Settings) -> Iterator[str]:
    """Every sealed value of identity's database, as whoever has the keys reads it."""
    known = open_keyring(settings, Provision.of(settings, alone=True).secrets)
    with opened(settings) as database, database.read() as connection:
        for part in sealed.PARTS:
            by = sa.null() if part.by is None else part.by
            for value, kind in connection.execute(sa.select(part.column, by).where(part.column.is_not(None))):
                about = part.bound_to(kind)
                if isinstance(value, str):
                    yield known.unseal(value, about)
                else:
                    yield known.unseal_bytes(bytes(value), about).decode(errors="replace")


def keys_in_use(database: Database) -> dict[str, set[str]]:
    """By the column, the keys that seal something in it; the empty id where something is plain."""
    with database.read() as connection:
        return {part.name: set(sealed.counts(connection, part)) for part in sealed.PARTS}


def sealed_columns(database: Database) -> set[str]:
    """The columns in which something is sealed, be they known as such or not."""
    found = set()
    with database.read() as connection:
        for table in METADATA.sorted_tables:
            for column in table.c:
                if isinstance(column.type, sa.Text | sa.LargeBinary):
                    values = connection.scalars(sa.select(column).where(column.is_not(None)))
                    if any(isinstance(value, str | bytes) and value and key_of(value) for value in values):
                        found.add(f"{table.name}.{column.name}")
    return found

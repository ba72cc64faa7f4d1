"""What lies in a database, read as whoever steals it would."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from tidegate.runtime.cipher import key_of
from tidegate.runtime.config import Settings
from tidegate.runtime.db import Database
from tidegate.runtime.keyring import Keyring
from tidegate.runtime.provision import secrets_of
from tidegate.runtime.resealing import Resealer
from tidegate.runtime.sealed import Sealed, counts, lock, store, stretch


@contextmanager
def opened(settings: Settings, service: str = "identity") -> Iterator[Database]:
    """A service's database beside the service that runs on it."""
    database = Database.open(settings.database_of(service), schema=service)
    try:
        yield database
    finally:
        database.close()


def sealed_in(database: Database) -> Sealed:
    """What the service seals whose database it is."""
    found = import_module(f"tidegate.{database.schema}.store.sealed").SEALED
    assert isinstance(found, Sealed)
    return found


def keys_of(settings: Settings, database: Database) -> Keyring:
    """The keys that the service seals with whose database it is."""
    known = import_module(f"tidegate.{database.schema}.vault").open_keyring(settings, secrets_of(settings))
    assert isinstance(known, Keyring)
    return known


def resealer_of(settings: Settings, database: Database, *, stretch: int = 50) -> Resealer:
    """Another replica's resealer."""
    return Resealer(database, sealed_in(database), keys_of(settings, database), stretch=stretch)


def die_in_the_middle(settings: Settings, steps: int) -> None:
    """Re-seals, and dies within a transaction, after so many that were committed."""
    with opened(settings) as database:
        resealer = resealer_of(settings, database)
        resealer.begin()
        for _ in range(steps):
            resealer.step()
        setattr(Sealed, "note", lambda *_: os.kill(os.getpid(), signal.SIGKILL))  # noqa: B010
        resealer.step()


def everything(database: Database) -> Iterator[tuple[str, str]]:
    """Every value of every table as text, with the column that has it."""
    with database.read() as connection:
        for table in _tables(database):
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
                    yield f"{table.name}.{name}", text


def _tables(database: Database) -> list[sa.Table]:
    return sealed_in(database).table.metadata.sorted_tables


def opened_values(settings: Settings, service: str) -> Iterator[str]:
    """Every sealed value of a service's database, as whoever has the keys reads it."""
    with opened(settings, service) as database, database.read() as connection:
        known = keys_of(settings, database)
        for part in sealed_in(database).parts:
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
        return {part.name: set(counts(connection, part)) for part in sealed_in(database).parts}


def make_plain(settings: Settings, database: Database) -> None:
    """The database as versions without keys left it."""
    known = keys_of(settings, database)
    with database.write() as connection:
        for part in sealed_in(database).parts:
            is_binary = isinstance(part.column.type, sa.LargeBinary)
            found = stretch(connection, part, b"" if is_binary else "", after=None, limit=100)
            rows = [row for row in lock(connection, part, [key for key, _ in found]) if row.value is not None]
            open_: Any = known.unseal_bytes if is_binary else known.unseal
            if rows:
                store(connection, part, [(row.key, open_(row.value, part.bound_to(row.by))) for row in rows])


def sealed_columns(database: Database) -> set[str]:
    """The columns in which something is sealed, be they known as such or not."""
    found = set()
    with database.read() as connection:
        for table in _tables(database):
            for column in table.c:
                if isinstance(column.type, sa.Text | sa.LargeBinary):
                    values = connection.scalars(sa.select(column).where(column.is_not(None)))
                    if any(isinstance(value, str | bytes) and value and key_of(value) for value in values):
                        found.add(f"{table.name}.{column.name}")
    return found

"""What lies in a database, read as whoever steals it would."""

from collections.abc import Iterator

import sqlalchemy as sa
from tidegate.identity.store import sealed
from tidegate.identity.store.tables import METADATA
from tidegate.runtime.cipher import key_of
from tidegate.runtime.db import Database


def everything(database: Database) -> Iterator[tuple[str, str]]:
    """Every value of every table as text, with the column that has it."""
    with database.read() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
                    yield f"{table.name}.{name}", text


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

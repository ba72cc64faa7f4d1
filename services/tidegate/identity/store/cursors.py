"""How far the feeds of the other services have been applied, by whichever replica did it."""

import sqlalchemy as sa

from tidegate.identity.store.tables import CURSORS
from tidegate.runtime.db import bulk_upsert
from tidegate.runtime.feed import load_cursor, save_cursor


def load(connection: sa.Connection, source: str) -> int:
    """How far the feed of ``source`` has been applied."""
    return load_cursor(connection, CURSORS, source)


def lock(connection: sa.Connection, source: str) -> int:
    """The same; no other replica applies that feed before the transaction ends."""
    bulk_upsert(connection, CURSORS, [{"source": source, "position": 0}], key=["source"], update=[])
    query = sa.select(CURSORS.c.position).where(CURSORS.c.source == source).with_for_update()
    return int(connection.scalars(query).one())


def save(connection: sa.Connection, source: str, position: int) -> None:
    """Notes how far it has been applied, in the transaction of the effect."""
    save_cursor(connection, CURSORS, source, position)

"""How far the feeds of others have been applied, by whichever replica did it."""

import sqlalchemy as sa

from tidegate.journey.store.tables import CURSORS
from tidegate.runtime.db import bulk_upsert


def lock(connection: sa.Connection, source: str) -> int:
    """The position up to which the feed of ``source`` is applied; no other replica applies it until the commit."""
    bulk_upsert(connection, CURSORS, [{"source": source, "position": 0}], key=["source"], update=[])
    query = sa.select(CURSORS.c.position).where(CURSORS.c.source == source).with_for_update()
    return int(connection.scalars(query).one())

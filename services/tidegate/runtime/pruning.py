"""Keeps feeds for as many days as the settings say: what is older is deleted, a batch at a time."""

from datetime import timedelta

import sqlalchemy as sa

from tidegate.runtime.feed import Feed, feed_tables
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import Context

_BATCH = 5_000
_REST = 600.0
_FEED = feed_tables(sa.MetaData())


def pruning(context: Context) -> list[Loop]:
    """The loop that deletes old entries, if they are not kept for good and the service has a feed."""
    days = context.settings.feed_days
    if days is None:
        return []
    with context.database.read() as connection:
        if not sa.inspect(connection).has_table("feed"):
            return []
    feed, kept = Feed(context.database, _FEED), timedelta(days=days)

    def prune() -> bool:
        return feed.prune(context.clock.now() - kept, limit=_BATCH) > 0

    return [Loop("feed.prune", prune, activity=context.activity, rest=_REST)]

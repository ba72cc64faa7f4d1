"""Taking off identifiers that have expired, with the announcements that UnlinkIdentifier makes.

Whoever asks is told the truth without it (see lifetimes.py): this is for those who follow the feed.
"""

import sqlalchemy as sa

from tidegate.identity import announce, lifetimes
from tidegate.identity.by_hand import ByHand
from tidegate.identity.situation import lock
from tidegate.identity.store import identifiers, links
from tidegate.identity.writing import tell

_TOGETHER = 500


class Expirer:
    """Takes off what has expired, many identifiers in one transaction."""

    def __init__(self, means: ByHand) -> None:
        self._means = means

    def step(self) -> bool:
        """Takes off a batch; returns whether there was anything to take off."""
        now = self._means.now()
        with self._means.database.read() as connection:
            if not identifiers.due(connection, now, limit=1):
                return False
        self._means.database.run(lambda connection: self._take_off(connection, now))
        return True

    def _take_off(self, connection: sa.Connection, now: int) -> None:
        due = {each.lookup: each for each in identifiers.due(connection, now, limit=_TOGETHER)}
        locked = lock(connection, {each.customer_id for each in due.values()})
        taken = identifiers.take_off(
            connection, due, source=lifetimes.SOURCE, reason=lifetimes.REASON, time=now, expired_by=now
        )
        keys = self._means.registry.current().keys
        owners = {due[lookup].customer_id for lookup in taken}
        reached = {due[lookup].customer_id for lookup in taken if keys.is_address(due[lookup].namespace)}
        linked = links.linked(connection, owners, keys.limited(), now=now)
        entries = [announce.identifiers_changed(i, linked.get(i, ()), now=now) for i in sorted(owners)]
        entries += [announce.contact_points_changed(i, now=now) for i in sorted(reached)]
        tell(connection, self._means.feed, entries, locked)

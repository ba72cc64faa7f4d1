"""Erases what journey keeps of a person, in the transaction that reads the erasure off identity's feed.

Open walks end, their messages are taken back; what a walk remembers, what brought its customer in, and the entries
that were decided are deleted. The walks themselves stay, without words, since figures count them.
"""

import sqlalchemy as sa

from tidegate.api.identity.v1 import changes_pb2 as identity
from tidegate.journey import announce
from tidegate.journey.exiting import Exits
from tidegate.journey.store import erasing, merges
from tidegate.runtime.clock import Clock
from tidegate.runtime.feed import Feed

_ERASED = "erased"


class Eraser:
    """Does what identity's feed asks for; asked again, it does and reports it again."""

    def __init__(self, *, feed: Feed, clock: Clock, exits: Exits) -> None:
        self._feed = feed
        self._clock = clock
        self._exits = exits

    def erase(self, connection: sa.Connection, customer_id: int, requested: identity.ErasureRequested) -> None:
        """Erases a person and announces that it is done."""
        ids = sorted({customer_id, *requested.customer_ids} - {0})
        now = self._clock.now()
        erasing.be_alone_with_erasures(connection)
        walking = merges.lock_open(connection, ids)
        self._exits.end(connection, walking, state="exited", reason=_ERASED, now=now)
        rows = erasing.strip(connection, ids)
        erasing.remember(connection, ids, requested.erasure_id)
        self._feed.append(connection, [announce.customer_erased(customer_id, requested.erasure_id, rows=rows, now=now)])

"""Removes what has been kept for long enough, a batch at a time, and for half of the time at most.

Messages are looked through in the order of their ids, which is that in which they were accepted, until one is met that
is younger than what goes; so nothing has to be kept by which they are found, and who sends pays nothing. Each batch is
a transaction of its own: killed at any point, it begins again at the oldest that is left.

Messages that are over go with all that hangs on them; before that, what is personal of them. Slots have a way of their
own: a rule may count them for longer. The keys under which messages were handed over stay for ever.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
import structlog

from tidegate.delivery.instants import DAY
from tidegate.delivery.model import LedgerRow
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.policy.store import policies as policy_store
from tidegate.delivery.receipts import INBOX_KEEPS
from tidegate.delivery.store import retaining as store
from tidegate.delivery.store.retaining import Old, Seen, Slot
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
T = TypeVar("T")
REST = 600.0
"""Seconds between two times that all is looked through."""
_BATCH = 500
_CALLBACKS_KEPT = 7 * DAY
_SET_BACK = 2 * DAY
"""A clock that is set back by less finds no slot gone that it would count."""


@dataclass(slots=True)
class Retaining:
    """Keeps messages for ``messages`` µs after their end, what is personal of them for ``contents`` µs.

    ``removed`` is told how many rows of a kind were removed.
    """

    database: Database
    clock: Clock
    policies: Policies
    messages: int
    contents: int
    removed: Callable[[str, int], None]
    _round: Iterator[int] | None = None
    _counts: Counter[str] = field(default_factory=Counter)

    def step(self) -> bool:
        """Removes a batch; False once all was looked through, and what is left is younger."""
        began = time.monotonic()
        self._round = self._round or self._look_through(micros(self.clock.now()))
        try:
            count = next(self._round, None)
        except BaseException:
            self._round = None
            raise
        if count is None:
            self._round = None
            self._tell()
            return False
        time.sleep(time.monotonic() - began)
        return True

    def _tell(self) -> None:
        if self._counts:
            LOG.info("retention.removed", **self._counts)
            self._counts.clear()

    def _look_through(self, now: int) -> Iterator[int]:
        """Yields how many were removed by each batch that may not be the last of its kind."""
        before = now - self.messages
        yield from self._walk(store.with_contents, now - self.contents, "contents", store.forget_contents)
        yield from self._walk(store.messages, before, "messages", store.remove_messages)
        yield from self._walk_slots(now, before)
        yield from self._remove_old(store.WAITING, now - INBOX_KEEPS)
        yield from self._remove_old(store.TOLD, now - _CALLBACKS_KEPT)
        for old in (store.INTERACTED, store.OPENED, store.CAPPED, store.REJECTED, store.ENDED):
            yield from self._remove_old(old, before)

    def _walk(
        self,
        look: Callable[..., Sequence[Seen]],
        before: int,
        kind: str,
        remove: Callable[[sa.Connection, Sequence[str]], int],
    ) -> Iterator[int]:
        after, young = "", False
        while not young:
            with self.database.snapshot() as connection:
                seen = look(connection, after=after, limit=_BATCH)
            over = [one.message_id for one in seen if one.ended(before)]
            young = len(seen) < _BATCH or (seen[-1].accept_time or 0) >= before
            count = self._run(kind, remove, over)
            if not young:
                after = seen[-1].message_id
                yield count

    def _walk_slots(self, now: int, before: int) -> Iterator[int]:
        after, young = "", False
        while not young:
            with self.database.snapshot() as connection:
                seen = store.slots(connection, after=after, limit=_BATCH)
                counts = self._counting(connection, now, before)
            old = [one for one in seen if one.row.counted_at < before and not one.is_open and _is_free(one, counts)]
            young = len(seen) < _BATCH or all(one.row.counted_at >= before for one in seen)
            count = self._run("slots", partial(self._free, now=now, before=before), old)
            if not young:
                after = seen[-1].row.message_id
                yield count

    def _free(self, connection: sa.Connection, seen: Sequence[Slot], *, now: int, before: int) -> int:
        """Removes those that no rule counts any more; while that is decided by the rules, nobody changes them."""
        policy_store.hold_version(connection)
        counts = self._counting(connection, now, before)
        free = [one.row.message_id for one in seen if _is_free(one, counts)]
        return store.remove_slots(connection, free, before=before) if free else 0

    def _counting(self, connection: sa.Connection, now: int, before: int) -> Callable[[LedgerRow], bool] | None:
        return self.policies.in_force(connection).rules.counting(now - _SET_BACK, before=before)

    def _remove_old(self, old: Old, before: int) -> Iterator[int]:
        while True:
            with self.database.read() as connection:
                if not old.any(connection, before):
                    return
            yield self._run(old.kind, partial(old.remove, limit=_BATCH), before)

    def _run(self, kind: str, remove: Callable[[sa.Connection, T], int], what: T) -> int:
        """Has ``what`` removed, if anything, in a transaction of its own, and counts it."""
        count = self.database.run(lambda connection: remove(connection, what)) if what else 0
        if count:
            self._counts[kind] += count
            self.removed(kind, count)
        return count


def _is_free(seen: Slot, counts: Callable[[LedgerRow], bool] | None) -> bool:
    """Whether no rule counts the slot; ``counts`` is None where none counts any that is old."""
    return seen.is_released or counts is None or not counts(seen.row)

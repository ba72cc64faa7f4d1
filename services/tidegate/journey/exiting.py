"""Ends walks early on request, and where two customers become one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from tidegate.journey.announce import Announcer
from tidegate.journey.store import aliases, merges, walks
from tidegate.journey.store.merges import LiveWalk
from tidegate.journey.walk import Step
from tidegate.journey.walking import cancel_jobs
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.runtime.work import WorkQueue


class Exits:
    """Ends walks where they stand, whatever a worker is about to do with them."""

    def __init__(self, *, database: Database, feed: Feed, clock: Clock, work: WorkQueue) -> None:
        self._database = database
        self._feed = feed
        self._clock = clock
        self._work = work

    def exit(
        self, customer_ids: Sequence[int], *, journey_id: str, entry_key: str | None, reason: str
    ) -> list[tuple[int, int]]:
        """Ends the open walks of customers and returns for each whom it means now, and how many were ended."""

        def operation(connection: sa.Connection) -> list[tuple[int, int]]:
            present = aliases.canonical(connection, customer_ids)
            customers = [present.get(each, each) for each in customer_ids]
            found = [
                walk
                for walk in merges.lock_open(connection, sorted(set(customers)))
                if journey_id in {"", walk.journey_id} and entry_key in {None, walk.entry_key}
            ]
            self.end(connection, found, state="exited", reason=reason, now=self._clock.now())
            counts = Counter(walk.customer_id for walk in found)
            return [(customer, counts.pop(customer, 0)) for customer in customers]

        return self._database.run(operation)

    def end(
        self,
        connection: sa.Connection,
        ending: Sequence[LiveWalk],
        *,
        state: str,
        reason: str,
        now: datetime,
    ) -> None:
        """Ends locked walks: their last visit, counts, guards, announcements, and their messages are taken back."""
        if not ending:
            return
        merges.end(connection, ending, state=state, reason=reason, now=now)
        walks.add_steps(connection, ((walk.enrollment_id, _last_step(walk, reason, now)) for walk in ending))
        walks.close_guards(connection, Counter((walk.journey_id, walk.customer_id, walk.entry_key) for walk in ending))
        walks.forget_signals(connection, [walk.enrollment_id for walk in ending])
        walks.add_tallies(connection, _tallies(ending, state, reason))
        self._feed.append(
            connection,
            [
                Announcer(walk.journey_id, walk.version, now).ended(
                    walk.enrollment_id, walk.customer_id, state=state, reason=reason
                )
                for walk in ending
            ],
        )
        self._work.enqueue(connection, cancel_jobs([walk.message_id for walk in ending if walk.message_id]))

    def merge(self, connection: sa.Connection, merged: Sequence[tuple[int, int]], *, now: datetime) -> None:
        """Follows merges, given as (merged, survivor) in their order.

        Walks go to the survivor. Of two open ones of a journey and key the older goes on; of two that began at
        the same instant, the one that came further.
        """
        aliases.hold(connection)
        aliases.add(connection, merged)
        walking = merges.walking(connection, [merged_id for merged_id, _ in merged])
        for merged_id, survivor_id in merged:
            if merged_id in walking:
                walking.add(survivor_id)
                self._join(connection, merged=merged_id, survivor=survivor_id, now=now)

    def split(self, connection: sa.Connection, remaining: int, separated: Mapping[int, Sequence[int]]) -> None:
        """Follows a split: walks go back to those under whose ids (the values) they began. None is opened again."""
        owners = {original: customer_id for customer_id, ids in separated.items() for original in ids}
        aliases.hold(connection)
        aliases.separate(connection, owners)
        if not merges.walking(connection, [remaining]):
            return
        merges.lock_open(connection, [remaining])
        for customer_id, original_ids in separated.items():
            merges.give_back(connection, remaining=remaining, customer_id=customer_id, original_ids=original_ids)
        merges.guard_anew(connection, [remaining, *separated])

    def _join(self, connection: sa.Connection, *, merged: int, survivor: int, now: datetime) -> None:
        found = merges.lock_open(connection, [merged, survivor])
        goes_on: dict[tuple[str, str], LiveWalk] = {}
        into: dict[str, str] = {}
        closing = []
        for walk in sorted(found, key=lambda each: (each.entered, -each.visit, each.enrollment_id)):
            older = goes_on.setdefault((walk.journey_id, walk.entry_key), walk)
            if older is not walk and older.customer_id != walk.customer_id:
                closing.append(walk)
                into[walk.enrollment_id] = older.enrollment_id
        self.end(connection, closing, state="merged", reason="customer_merged", now=now)
        merges.point_to(connection, into)
        merges.move(connection, merged=merged, survivor=survivor)


def _last_step(walk: LiveWalk, reason: str, now: datetime) -> Step:
    return Step(walk.visit, walk.node_id, walk.node_entered, now, "", reason, walk.message_id)


def _tallies(ending: Sequence[LiveWalk], state: str, reason: str) -> Counter[tuple[str, int, str, str, str, str]]:
    counts: Counter[tuple[str, int, str, str, str, str]] = Counter()
    for walk in ending:
        counts[(walk.journey_id, walk.version, "step", walk.node_id, "", reason)] += 1
        counts[(walk.journey_id, walk.version, "end", "", state, "")] += 1
    return counts

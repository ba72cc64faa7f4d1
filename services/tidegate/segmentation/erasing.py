"""Erases what segmentation keeps of a person, and reports it on the feed.

The facts go when the erasure is read off identity's feed, in that transaction of the analytic store; facts that come
later are dropped (see following.py). Then, here, the person leaves all segments, which is announced, and what is kept
of memberships and assignments is deleted. It runs in the loop that evaluates, so that no evaluation of before
brings anything back. Killed at any point it begins again.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.segmentation import announce
from tidegate.segmentation.analytic_store import erasing as facts_store
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.analytic_store.erasing import Person
from tidegate.segmentation.following import IDENTITY, Facts
from tidegate.segmentation.model.segment import Cause, Change, Transition
from tidegate.segmentation.publishing import Part, Publisher
from tidegate.segmentation.store import erasing as store
from tidegate.segmentation.store import segments


@dataclass(frozen=True, slots=True)
class Erasing:
    """Does what the followed feed has asked for."""

    database: Database
    feed: Feed
    analytics: Analytics
    facts: Facts
    publisher: Publisher
    clock: Clock

    def step(self) -> bool:
        """Erases everybody who is to be erased; returns whether there was anybody."""
        if not self.facts.take_erasures():
            return False
        try:
            with self.analytics.reader() as connection:
                persons = facts_store.unreported(connection)
            for person in persons:
                self._leave(person)
                self._finish(person)
        except BaseException:
            self.facts.note_erasures()
            raise
        return bool(persons)

    def _leave(self, person: Person) -> None:
        """Leaves every segment."""
        with self.database.read() as connection:
            inside = store.segments_of(connection, person.customer_ids)
            current = segments.current(connection) if inside else []
        parts = [
            Part(each, [Change(i, Transition.LEFT, Cause.FACTS) for i in inside[each.segment_id]], announced=True)
            for each in current
            if each.segment_id in inside
        ]
        position = self.facts.position(IDENTITY)
        self.publisher.publish(parts, now=self.clock.now(), position=position, named=frozenset())

    def _finish(self, person: Person) -> None:
        """Assignments that were copied meanwhile are deleted from the copy as well."""

        def operation(connection: sa.Connection, more: int) -> None:
            rows = person.rows + more + store.strip(connection, person.customer_ids)
            now = self.clock.now()
            self.feed.append(
                connection, [announce.customer_erased(person.customer_id, person.erasure_id, rows=rows, now=now)]
            )

        with self.analytics.writer() as connection:
            more = facts_store.strip(connection, person.customer_ids)
        self.database.run(lambda connection: operation(connection, more))
        with self.analytics.writer() as connection:
            facts_store.strip(connection, person.customer_ids)
            facts_store.reported(connection, person.erasure_id)

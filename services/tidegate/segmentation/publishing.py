"""Lets customers enter and leave segments: first in the service's database, then in the analytic store's copy.

Memberships are decided in the service's database (SQLite or PostgreSQL): one transaction holds a change, its
sequence number, its history, and its announcement on the feed, so none of them is ever there without the others.
The analytic store has a copy to compare with and to join; each transaction raises the segment's revision, and the
copy bears the revision it shows.

Killed between the two, the process finds at start a copy with an older revision and makes it anew. The customers
who were touched are still listed in the analytic store then, and are asked again; what was announced is found as
it should be and is not announced twice.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from tidegate.runtime.clock import micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.segmentation import announce
from tidegate.segmentation.analytic_store import members as copies
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.analytic_store.members import BATCH, Copy
from tidegate.segmentation.following import Facts
from tidegate.segmentation.model.segment import Announcement, Cause, Change, MembershipRecord, Segment
from tidegate.segmentation.store import memberships, tellings
from tidegate.segmentation.store import segments as store

_UNKNOWN = Copy(revision=0, version=0, evaluated_at=0, wake_at=None)


@dataclass(frozen=True, slots=True)
class Part:
    """Changes of one segment's members, to be announced or not."""

    segment: Segment
    changes: Sequence[Change]
    announced: bool


class Publisher:
    """Writes memberships; one writer at a time. ``named`` segments have rules that depend on them."""

    def __init__(self, database: Database, feed: Feed, analytics: Analytics, facts: Facts) -> None:
        self._database = database
        self._feed = feed
        self._analytics = analytics
        self._facts = facts
        self._lock = threading.RLock()
        self.news: Callable[[], None] = lambda: None
        """Called when there may be members to tell of; set by whoever tells."""
        with analytics.reader() as connection:
            self.copies = copies.load_copies(connection)

    def turn(self) -> AbstractContextManager[object]:
        """While it is held nobody enters or leaves any segment."""
        return self._lock

    def copy(self, segment_id: str) -> Copy:
        """How current the copy of a segment is."""
        return self.copies.get(segment_id, _UNKNOWN)

    def publish(self, parts: Iterable[Part], *, now: datetime, position: int, named: frozenset[str]) -> list[int]:
        """Writes ``parts``; returns the serials under which customers were touched by it.

        ``position`` of identity's feed is what the changes reflect. Customers of ``named`` segments are touched,
        so that the rules which name them are asked again.
        """
        serials = []
        for group in _groups(parts):
            with self._lock:
                revisions = self._database.run(lambda c, group=group: self._store(c, group, now, position))  # type: ignore[misc]
                serials.append(self._copy(group, revisions, now, named))
            if not all(part.announced for part in group):
                self.news()
        return serials

    def schedule(self, schedules: dict[str, tuple[int, int | None]]) -> None:
        """Notes for which instant segments were asked, and when time may turn them next; in microseconds."""
        with self._lock:
            scheduled = {
                segment_id: replace(self.copy(segment_id), evaluated_at=evaluated_at, wake_at=wake_at)
                for segment_id, (evaluated_at, wake_at) in schedules.items()
            }
            with self._analytics.writer() as connection:
                copies.save_copies(connection, scheduled)
            self.copies |= scheduled

    def restore(self, segments: Sequence[Segment], named: frozenset[str]) -> bool:
        """Makes copies anew that don't show their segment's revision; returns whether a rule depends on one."""
        made = set()
        with self._lock:
            for each in segments:
                if self.copy(each.segment_id).revision != each.revision and self._reload(each.segment_id):
                    made.add(each.segment_id)
        return not made.isdisjoint(named)

    def request_dependents(self, segments: Sequence[Segment]) -> None:
        """Asks for the computation of all these segments, because what they depend on was made anew."""

        def operation(connection: sa.Connection) -> None:
            for each in segments:
                segment = store.lock(connection, each.segment_id)
                if segment is not None and segment.completed:
                    store.request(connection, segment, Cause.DERIVED, Announcement.ALL)

        self._database.run(operation)

    def _store(self, connection: sa.Connection, group: Sequence[Part], now: datetime, position: int) -> list[int]:
        revisions = []
        announced: list[MembershipRecord] = []
        for part in group:
            records, revision = memberships.apply(connection, part.segment, part.changes, now=now)
            revisions.append(revision)
            if part.announced:
                announced += records
            elif records:
                tellings.tell_anew(connection, tellings.SEGMENT, part.segment.segment_id)
        memberships.record(connection, announced)
        self._feed.append(connection, announce.memberships_changed(announced, position=position))
        return revisions

    def _copy(self, group: Sequence[Part], revisions: Sequence[int], now: datetime, named: frozenset[str]) -> int:
        shown: dict[str, Copy] = {}
        with self._analytics.writer() as connection:
            serial = self._facts.next_serial()
            for part, revision in zip(group, revisions, strict=True):
                segment_id = part.segment.segment_id
                copies.change_members(connection, segment_id, part.changes, now=micros(now))
                shown[segment_id] = replace(self.copy(segment_id), revision=revision, version=part.segment.version)
                if segment_id in named:
                    copies.touch_changed(connection, segment_id, part.changes, serial=serial)
            copies.save_copies(connection, shown)
        self.copies |= shown
        return serial

    def _reload(self, segment_id: str) -> bool:
        """Makes a copy anew, unless it shows the revision that the segment has by now."""
        with self._analytics.writer() as connection, self._database.read() as source:
            segment = store.load(source, segment_id)
            if segment is None or segment.revision == self.copy(segment_id).revision:
                return False
            copies.clear_members(connection, segment.segment_id)
            after = 0
            while page := memberships.members(source, segment.segment_id, after=after, limit=BATCH):
                copies.add_members(connection, segment.segment_id, page)
                after = page[-1].customer_id
            copy = Copy(segment.revision, segment.version, 0, 0)
            copies.save_copies(connection, {segment.segment_id: copy})
            self.copies[segment.segment_id] = copy
            return True


def _groups(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts in groups of at most BATCH changes; a part that is larger is cut."""
    group: list[Part] = []
    size = 0
    for part in parts:
        for start in range(0, len(part.changes), BATCH):
            piece = replace(part, changes=part.changes[start : start + BATCH])
            if size + len(piece.changes) > BATCH:
                yield group
                group, size = [], 0
            group.append(piece)
            size += len(piece.changes)
    if group:
        yield group

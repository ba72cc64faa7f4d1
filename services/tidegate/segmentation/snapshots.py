"""Snapshots of segments, and segments held against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Unavailable
from tidegate.runtime.ids import new_id
from tidegate.segmentation.analytic_store import members as copies
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.model.segment import Membership, Overlap, Segment, SegmentState, Snapshot
from tidegate.segmentation.publishing import Publisher
from tidegate.segmentation.rules.allocation import ID_RULE
from tidegate.segmentation.rules.check import is_id
from tidegate.segmentation.rules.overlaps import check_compared, compared
from tidegate.segmentation.store import segments
from tidegate.segmentation.store import snapshots as store

STREAMED = 1_000


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Freezes members, and compares those of several segments."""

    database: Database
    analytics: Analytics
    publisher: Publisher
    clock: Clock

    def create(self, segment_id: str, snapshot_id: str) -> Snapshot:
        """Keeps the members that a segment has now.

        Raises FailedPrecondition while they are not, or not all, those of its rule.
        """
        if snapshot_id and not is_id(snapshot_id):
            raise InvalidArgument.at("snapshot_id", ID_RULE)
        now = self.clock.now()

        def operation(connection: sa.Connection) -> Snapshot:
            segment = _settled(segments.lock(connection, segment_id), segment_id)
            name = snapshot_id or f"snapshot-{new_id()}"
            made = store.create(connection, Snapshot(0, name, segment_id, segment.version, now, 0))
            if made is None:
                raise AlreadyExists("snapshot", snapshot_id)
            return made

        return self.database.run(operation)

    def page(self, segment_id: str, *, before: int, limit: int) -> Sequence[Snapshot]:
        """Snapshots of a segment, the newest first, behind the one with the serial ``before`` (0: from the newest)."""
        with self.database.read() as connection:
            _found(segments.load(connection, segment_id), segment_id)
            return store.page(connection, segment_id, before=before, limit=limit)

    def members(self, segment_id: str, snapshot_id: str, *, after: int) -> Iterator[Sequence[Membership]]:
        """The members of a snapshot with ids behind ``after``, in batches."""
        with self.database.read() as connection:
            _found(segments.load(connection, segment_id), segment_id)
            snapshot = store.load(connection, segment_id, snapshot_id)
        if snapshot is None:
            raise NotFound("snapshot", snapshot_id, hint=f"ListSnapshots names those of {segment_id}")
        while True:
            with self.database.read() as connection:
                page = store.members(connection, snapshot, after=after, limit=STREAMED)
            if not page:
                return
            yield page
            after = page[-1].customer_id

    def compare(self, segment_ids: Sequence[str]) -> tuple[Sequence[int], Sequence[Overlap]]:
        """The sizes of segments and the overlaps of all pairs, at one moment."""
        violations = check_compared(segment_ids)
        if violations:
            raise InvalidArgument(violations)
        with self.publisher.turn():
            self._copy(segment_ids)
            with self.analytics.snapshot() as connection:
                shared = copies.shared(connection, segment_ids)
        return compared(segment_ids, shared)

    def _copy(self, segment_ids: Sequence[str]) -> None:
        """Makes sure that the copies of members are current. Those of archived segments are nobody else's to make."""
        with self.database.read() as connection:
            found = [_found(segments.load(connection, each), each) for each in segment_ids]
        self.publisher.restore([each for each in found if each.state is SegmentState.ARCHIVED], frozenset())
        for each in found:
            if self.publisher.copy(each.segment_id).revision != each.revision:
                raise Unavailable(f"the members of segment {each.segment_id} are being copied again; ask again soon")


def _found(segment: Segment | None, segment_id: str) -> Segment:
    if segment is None:
        raise NotFound("segment", segment_id)
    return segment


def _settled(segment: Segment | None, segment_id: str) -> Segment:
    """The segment, if its members are those of its rule, or stay as they are."""
    found = _found(segment, segment_id)
    if found.state in {SegmentState.COMPUTING, SegmentState.FAILED}:
        raise FailedPrecondition(
            f"segment {segment_id} is {found.state.value}: its members are not those of its rule; take the snapshot "
            "once it is active",
            state=found.state.value,
        )
    return found

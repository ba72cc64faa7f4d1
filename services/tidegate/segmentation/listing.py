"""Lists follow people: who is merged into somebody is listed as that one, and who is taken apart again gets it back.

Whoever remains after a split stays listed: whether they were meant too is not known.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from tidegate.runtime.db import Database
from tidegate.segmentation.analytic_store import facts as fact_store
from tidegate.segmentation.analytic_store import members
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.following import IDENTITY
from tidegate.segmentation.model.segment import Cause, Change, Segment, Transition
from tidegate.segmentation.publishing import Part, Publisher
from tidegate.segmentation.store import memberships


@dataclass(frozen=True, slots=True)
class Lists:
    """Moves the memberships of lists when those who were touched were merged or split."""

    database: Database
    analytics: Analytics
    publisher: Publisher

    def follow(self, lists: Mapping[str, Segment], *, now: datetime, named: frozenset[str]) -> None:
        """Brings these lists up to the merges and splits whose customers have not been asked again yet."""
        if not lists:
            return
        with self.analytics.snapshot() as connection:
            position = fact_store.load_cursor(connection, IDENTITY)
            moved = members.merged_away(connection, lists.keys())
            back = members.taken_apart(connection)
        parts = [Part(lists[each], changes, announced=True) for each, changes in _moves(moved)]
        if back:
            parts += [Part(lists[each], changes, announced=True) for each, changes in self._returns(back, lists.keys())]
        self.publisher.publish(parts, now=now, position=position, named=named)

    def _returns(self, back: Mapping[int, int], lists: Set[str]) -> Iterator[tuple[str, list[Change]]]:
        """Who was listed until a merge is listed again, unless they were taken off the list meanwhile."""
        people = sorted({*back.values()})
        with self.database.read() as connection:
            lost = memberships.lost_by_merge(connection, sorted({*back, *people}), lists)
            listed = {segment_id for segment_id, _ in memberships.of_customers(connection, people, sorted(lists))}
        for segment_id, ids in lost.items():
            if segment_id in listed:
                again = {back.get(each, each) for each in ids}
                yield segment_id, [Change(each, Transition.ENTERED, Cause.SPLIT) for each in sorted(again)]


def _moves(moved: Mapping[str, Mapping[int, int]]) -> Iterator[tuple[str, list[Change]]]:
    for segment_id, survivors in moved.items():
        left = [Change(each, Transition.LEFT, Cause.MERGE) for each in survivors]
        entered = [Change(each, Transition.ENTERED, Cause.MERGE) for each in sorted({*survivors.values()})]
        yield segment_id, left + entered

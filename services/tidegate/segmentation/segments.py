"""Segments: created, changed, computed, archived, edited, and read."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Violations
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id
from tidegate.segmentation import announce
from tidegate.segmentation.analytic_store import questions as asking
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.evaluation import Evaluator
from tidegate.segmentation.following import IDENTITY, Facts
from tidegate.segmentation.model.segment import (
    Announcement,
    Cause,
    Change,
    Evaluation,
    Membership,
    MembershipRecord,
    Segment,
    SegmentState,
    Transition,
)
from tidegate.segmentation.naming import Names, dependents
from tidegate.segmentation.publishing import Part, Publisher
from tidegate.segmentation.rules.allocation import ID_RULE
from tidegate.segmentation.rules.check import is_id
from tidegate.segmentation.rules.inputs import inputs_of
from tidegate.segmentation.store import memberships
from tidegate.segmentation.store import segments as store
from tidegate.segmentation.wire.rules import load_rule

FIELDS = frozenset({"display_name", "description", "rule", "evaluation", "minimum_stay"})
MAX_NAME, MAX_DESCRIPTION = 200, 2_000
LONGEST_STAY = timedelta(days=366)
STREAMED = 1_000


@dataclass(frozen=True, slots=True)
class Segments:
    """The operations on segments. ``on_change`` tells the evaluation that definitions are different."""

    database: Database
    feed: Feed
    analytics: Analytics
    facts: Facts
    names: Names
    publisher: Publisher
    evaluator: Evaluator
    clock: Clock
    on_change: Callable[[], None]
    identity_head: Callable[[int], int]

    def create(self, segment: Segment, announcement: Announcement) -> Segment:
        """Stores a new segment; the first computation of a rule begins in the background."""
        _check(segment, "segment")
        now = self.clock.now()
        new = replace(
            segment,
            announcement=announcement,
            needed_position=self._newest_position(),
            etag=new_id(),
            created_at=now,
            updated_at=now,
        )
        if new.is_list:
            new = replace(new, state=SegmentState.ACTIVE, requested=0)

        def operation(connection: sa.Connection) -> None:
            _lock_rules(connection, new.rule)
            self._check_rule(connection, new)
            if not store.create(connection, new):
                raise AlreadyExists("segment", new.segment_id)
            self.feed.append(connection, [announce.segment_changed(new, now)])

        self.database.run(operation)
        self.on_change()
        return new

    def update(self, segment: Segment, fields: Collection[str], announcement: Announcement) -> Segment:
        """Changes the named fields of a segment, all when none is named.

        A changed rule is computed. So is a live segment that was not live, or whose minimum stay is another one: it
        makes up for what was not asked before, and that is announced.
        """
        now = self.clock.now()
        newest = self._newest_position()

        def operation(connection: sa.Connection) -> Segment:
            if not fields or "rule" in fields:
                _lock_rules(connection, segment.rule)
            before = _open(store.lock(connection, segment.segment_id), segment.segment_id)
            if segment.etag and segment.etag != before.etag:
                raise Aborted("segment", segment.segment_id)
            wanted = {name: getattr(segment, name) for name in fields or FIELDS}
            after = replace(before, **wanted, etag=new_id(), updated_at=now)
            _check(after, "segment")
            if after.is_list != before.is_list:
                raise InvalidArgument.at("segment.rule", "a list stays a list and a rule stays a rule")
            self._check_rule(connection, after)
            after = _requested(connection, before, after, announcement, newest)
            self.feed.append(connection, [announce.segment_changed(after, now)])
            return after

        after = self.database.run(operation)
        self.on_change()
        return after

    def get(self, segment_id: str) -> Segment:
        """One segment."""
        with self.database.read() as connection:
            return _found(store.load(connection, segment_id), segment_id)

    def page(self, *, after: str, limit: int, archived: Collection[SegmentState]) -> Sequence[Segment]:
        """Segments with ids behind ``after``, those in the states ``archived`` left out."""
        with self.database.read() as connection:
            return store.page(connection, after=after, limit=limit, archived=archived)

    def archive(self, segment_id: str, etag: str) -> Segment:
        """Ends the evaluation of a segment that no other one needs."""
        now = self.clock.now()

        def operation(connection: sa.Connection) -> Segment:
            store.lock_rules(connection)
            segment = _found(store.lock(connection, segment_id), segment_id)
            if segment.state is SegmentState.ARCHIVED:
                return segment
            if etag and etag != segment.etag:
                raise Aborted("segment", segment_id)
            if named_by := dependents(connection, segment_id):
                raise FailedPrecondition(
                    f"segment {segment_id} is named by the rules of {', '.join(named_by)}; change those first",
                    reason="SEGMENT_IN_USE",
                )
            segment = replace(segment, state=SegmentState.ARCHIVED, etag=new_id(), updated_at=now)
            store.save(connection, segment)
            self.feed.append(connection, [announce.segment_changed(segment, now)])
            return segment

        segment = self.database.run(operation)
        self.on_change()
        return segment

    def refresh(self, segment_id: str, announcement: Announcement, *, wait: float, position: int) -> Segment:
        """Has all customers asked anew, and waits up to ``wait`` seconds for the end of it.

        Raises InvalidArgument for a ``position`` that identity's feed has not reached: it might never come.
        """
        newest = self._newest_position()
        if position > newest:
            raise InvalidArgument.at("min_identity_position", f"is beyond identity's feed, which ends at {newest}")

        def operation(connection: sa.Connection) -> Segment:
            segment = _open(store.lock(connection, segment_id), segment_id)
            if segment.is_list:
                raise FailedPrecondition(
                    f"segment {segment_id} is a list and has nothing to refresh", reason="SEGMENT_IS_A_LIST"
                )
            needed = replace(segment, needed_position=max(segment.needed_position, newest))
            return store.request(connection, needed, Cause.REFRESH, announcement)

        segment = self.database.run(operation)
        self.on_change()
        if wait > 0:
            self.evaluator.wait_completed(segment_id, segment.requested, timeout=wait)
        return self.get(segment_id)

    def edit_list(
        self, segment_id: str, *, add: Sequence[int], remove: Sequence[int], announcement: Announcement
    ) -> tuple[int, int]:
        """Adds customers to a list and takes others off; how many were added and how many taken off."""
        segment = _open(self.get(segment_id), segment_id)
        if not segment.is_list:
            raise FailedPrecondition(
                f"segment {segment_id} has a rule; update the rule instead", reason="SEGMENT_IS_A_RULE"
            )
        with self.analytics.reader() as connection:
            present = asking.followed(connection, [*add, *remove])
        wanted = {present[each]: Transition.LEFT for each in remove} | {
            present[each]: Transition.ENTERED for each in add
        }
        with self.database.read() as database:
            found = memberships.of_customers(database, list(wanted), [segment_id])
        members = {membership.customer_id for _, membership in found}
        changes = [
            Change(customer_id, each, Cause.LIST)
            for customer_id, each in wanted.items()
            if (each is Transition.ENTERED) != (customer_id in members)
        ]
        self.publisher.publish(
            [Part(segment, changes, announcement is Announcement.ALL)],
            now=self.clock.now(),
            position=self.facts.position(IDENTITY),
            named=frozenset({segment_id}),
        )
        self.evaluator.note_touched()
        added = sum(each.transition is Transition.ENTERED for each in changes)
        return added, len(changes) - added

    def members(self, segment_id: str, *, after: int) -> Iterator[Sequence[Membership]]:
        """All members with ids behind ``after``, in batches."""
        self.get(segment_id)
        while True:
            with self.database.read() as connection:
                page = memberships.members(connection, segment_id, after=after, limit=STREAMED)
            if not page:
                return
            yield page
            after = page[-1].customer_id

    def check(
        self, customer_ids: Sequence[int], segment_ids: Sequence[str], *, position: int
    ) -> tuple[dict[int, list[tuple[str, Membership]]], int]:
        """Where each of these customers is a member, at or after a position of identity's feed."""
        self.evaluator.wait_position(position)
        reached = self.evaluator.position
        with self.analytics.reader() as reader:
            present = asking.followed(reader, customer_ids)
        with self.database.read() as connection:
            for segment_id in segment_ids:
                _found(store.load(connection, segment_id), segment_id)
            found = memberships.of_customers(connection, sorted(set(present.values())), segment_ids)
        by_customer: dict[int, list[tuple[str, Membership]]] = {}
        for segment_id, membership in found:
            by_customer.setdefault(membership.customer_id, []).append((segment_id, membership))
        return {each: by_customer.get(present[each], []) for each in customer_ids}, reached

    def history(self, segment_id: str, customer_id: int, *, after: int, limit: int) -> Sequence[MembershipRecord]:
        """Changes of memberships behind ``after``, oldest first."""
        if not segment_id and not customer_id:
            raise InvalidArgument.at("segment_id", "or a customer_id is required")
        if segment_id:
            self.get(segment_id)
        with self.database.read() as connection:
            return memberships.history(
                connection, segment_id=segment_id, customer_id=customer_id, after=after, limit=limit
            )

    def _newest_position(self) -> int:
        return self.identity_head(self.facts.position(IDENTITY))

    def _check_rule(self, connection: sa.Connection, segment: Segment) -> None:
        if segment.rule is not None:
            rule = load_rule(segment.rule, "segment", segment.segment_id)
            self.names.check(connection, rule, segment_id=segment.segment_id, path="segment.rule")


def _lock_rules(connection: sa.Connection, rule: bytes | None) -> None:
    if rule is not None and not inputs_of(load_rule(rule, "segment", "")).self_contained:
        store.lock_rules(connection)


def _requested(
    connection: sa.Connection, before: Segment, after: Segment, announcement: Announcement, newest: int
) -> Segment:
    """Stores ``after``, with a request for the computation that it needs."""
    needed = replace(after, needed_position=max(before.needed_position, newest))
    if after.rule != before.rule:
        needed = replace(needed, version=before.version + 1)
        return store.request(connection, needed, Cause.DEFINITION, announcement)
    kept = (before.evaluation, before.minimum_stay) == (after.evaluation, after.minimum_stay)
    if not (kept or after.is_list) and after.evaluation is Evaluation.LIVE:
        return store.request(connection, needed, Cause.REFRESH, Announcement.ALL)
    store.save(connection, after)
    return after


def _check(segment: Segment, path: str) -> None:
    violations = Violations()
    if not is_id(segment.segment_id):
        violations.add(f"{path}.segment_id", ID_RULE)
    if len(segment.display_name) > MAX_NAME:
        violations.add(f"{path}.display_name", f"must have at most {MAX_NAME} characters")
    if len(segment.description) > MAX_DESCRIPTION:
        violations.add(f"{path}.description", f"must have at most {MAX_DESCRIPTION} characters")
    if not timedelta(0) <= segment.minimum_stay <= LONGEST_STAY:
        violations.add(f"{path}.minimum_stay", "must be between 0 and 366 days")
    violations.raise_if_any()


def _found(segment: Segment | None, segment_id: str) -> Segment:
    if segment is None:
        raise NotFound("segment", segment_id)
    return segment


def _open(segment: Segment | None, segment_id: str) -> Segment:
    found = _found(segment, segment_id)
    if found.state is SegmentState.ARCHIVED:
        raise FailedPrecondition(f"segment {segment_id} is archived", state=found.state.value)
    return found

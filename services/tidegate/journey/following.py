"""Follows the feeds of identity, segmentation, and delivery: what they announce begins, moves, and ends walks."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar

import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration

from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.identity.v1 import changes_pb2 as identity
from tidegate.api.segmentation.v1 import changes_pb2 as segmentation
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.journey import codec
from tidegate.journey.asking import Asker
from tidegate.journey.canvas import Definition, ScheduleTrigger
from tidegate.journey.catalogue import Catalogue
from tidegate.journey.checks import INTERACTIONS
from tidegate.journey.conditions import Signal, matches
from tidegate.journey.entering import Candidate, Gatehouse
from tidegate.journey.exiting import Exits
from tidegate.journey.outcomes import news_of
from tidegate.journey.store import cursors, entries, happenings, journeys
from tidegate.journey.store.happenings import MessageNews
from tidegate.journey.store.journeys import Journey
from tidegate.journey.store.tables import CURSORS
from tidegate.runtime.client import Peers
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database, after_commit
from tidegate.runtime.feed import load_cursor, save_cursor

PAGE = 2000
_MERGES = {segments_pb2.CAUSE_MERGE, segments_pb2.CAUSE_SPLIT}
C = TypeVar("C", identity.Change, segmentation.Change, delivery.Change)
Fetched = tuple[Sequence[Any], int, int]


@dataclass(frozen=True, slots=True)
class Live:
    """A journey that takes customers in, with its live definition."""

    journey: Journey
    definition: Definition


class Following:
    """Applies pages of feeds, each in one transaction with its cursor."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        gatehouse: Gatehouse,
        exits: Exits,
        asker: Asker,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._gatehouse = gatehouse
        self._exits = exits
        self._asker = asker
        self._wake = wake

    def cursor(self, source: str) -> int:
        """How far the feed of ``source`` has been applied."""
        with self._database.read() as connection:
            return load_cursor(connection, CURSORS, source)

    def apply_identity(self, changes: Sequence[identity.Change], position: int) -> None:
        """Events begin, move, and end walks; merges move them to the survivor."""
        excluded = self._excluded_by_events(changes)

        def effect(connection: sa.Connection, changes: Sequence[identity.Change]) -> None:
            known = self._catalogue.keys(connection)
            for is_merge, run in groupby(_relevant(changes, known), key=_is_merge):
                if is_merge:
                    merged = [(each.customer_merged.merged_id, each.customer_merged.survivor_id) for each in run]
                    self._exits.merge(connection, merged, now=self._clock.now())
                else:
                    self._events(connection, list(run), excluded)

        self._apply("identity", changes, position, effect)

    def _apply(
        self,
        source: str,
        changes: Sequence[C],
        position: int,
        effect: Callable[[sa.Connection, Sequence[C]], None],
    ) -> None:
        """Applies what no other replica has applied, and stores the cursor with the effect."""

        def operation(connection: sa.Connection) -> None:
            applied = cursors.lock(connection, source)
            if position > applied:
                effect(connection, [change for change in changes if change.position > applied])
                save_cursor(connection, CURSORS, source, position)

        self._database.run(operation)

    def _events(
        self,
        connection: sa.Connection,
        changes: Sequence[identity.Change],
        excluded: Mapping[tuple[str, int], str],
    ) -> None:
        signals = [(change.customer_id, _event_signal(change)) for change in changes if change.customer_id]
        self._signal(connection, signals)
        now = self._clock.now()
        for live in self._live(connection):
            candidates = [
                _excluding(_event_candidate(change, signal, customer_id), live, excluded)
                for change, (customer_id, signal) in zip(changes, signals, strict=True)
                if _triggers(live.definition, signal)
            ]
            self._admit(connection, live, candidates, now)

    def _excluded_by_events(self, changes: Sequence[identity.Change]) -> dict[tuple[str, int], str]:
        """Who of those that events would bring in is in a segment that the journey excludes."""
        with self._database.read() as connection:
            live = [each for each in self._live(connection) if each.definition.entry.exclusions]
        found: dict[tuple[str, int], str] = {}
        for each in live:
            customers = {
                change.customer_id: change.position
                for change in changes
                if change.HasField("event_recorded")
                and change.customer_id
                and _triggers(each.definition, _event_signal(change))
            }
            found.update(self._excluded(each, customers))
        return found

    def _excluded(self, live: Live, customers: Mapping[int, int]) -> dict[tuple[str, int], str]:
        if not customers or not live.definition.entry.exclusions:
            return {}
        members = self._asker.members(live.definition.entry.exclusions, customers)
        return {(live.journey.journey_id, customer): segment for customer, segment in members.items()}

    def apply_segmentation(self, changes: Sequence[segmentation.Change], position: int) -> None:
        """Memberships begin, move, and end walks."""
        memberships = [change for change in changes if change.HasField("membership_changed")]
        excluded = self._excluded_by_memberships(memberships)

        def effect(connection: sa.Connection, memberships: Sequence[segmentation.Change]) -> None:
            keys = self._catalogue.keys(connection)
            signals = [
                (change.membership_changed.customer_id, signal)
                for change in memberships
                if (signal := _membership_signal(change)).key in keys
            ]
            self._signal(connection, signals)
            now = self._clock.now()
            for live in self._live(connection):
                candidates = [
                    _excluding(_membership_candidate(change.membership_changed), live, excluded)
                    for change in memberships
                    if _enters(live.definition, change)
                ]
                self._admit(connection, live, candidates, now)

        self._apply("segmentation", memberships, position, effect)

    def _excluded_by_memberships(self, changes: Sequence[segmentation.Change]) -> dict[tuple[str, int], str]:
        with self._database.read() as connection:
            live = [each for each in self._live(connection) if each.definition.entry.exclusions]
        found: dict[tuple[str, int], str] = {}
        for each in live:
            customers = {
                change.membership_changed.customer_id: change.membership_changed.identity_position
                for change in changes
                if _enters(each.definition, change)
            }
            found.update(self._excluded(each, customers))
        return found

    def apply_delivery(self, changes: Sequence[delivery.Change], position: int) -> None:
        """Outcomes resolve sends; opens and clicks are what walks may wait for."""

        def effect(connection: sa.Connection, changes: Sequence[delivery.Change]) -> None:
            now = self._clock.now()
            news = [each for change in changes if (each := _news(change)) is not None]
            happenings.add_news(connection, news, now=now)
            self._react(connection, [change for change in changes if _is_reaction(change)], now)
            if news:
                after_commit(connection, self._wake)

        self._apply("delivery", changes, position, effect)

    def _react(self, connection: sa.Connection, changes: Sequence[delivery.Change], now: datetime) -> None:
        """Brings opens and clicks to the walks whose versions care about them."""
        by_walk = [(change.interaction.enrollment_id, _reaction_signal(change)) for change in changes]
        versions = happenings.versions_of(connection, sorted({name for name, _ in by_walk}))
        signals = [
            (name, signal)
            for name, signal in by_walk
            if name in versions and signal.key in self._interests(connection, *versions[name])
        ]
        happenings.add_signals(connection, signals, now=now)
        if signals:
            after_commit(connection, self._wake)

    def _signal(self, connection: sa.Connection, signals: Sequence[tuple[int, Signal]]) -> None:
        """Brings what happened to customers to their open walks, as far as these care."""
        if not signals:
            return
        aliases = entries.canonical(connection, sorted({customer for customer, _ in signals}))
        by_customer: dict[int, list[Signal]] = {}
        for customer, signal in signals:
            by_customer.setdefault(aliases.get(customer, customer), []).append(signal)
        found = [
            (walk.enrollment_id, signal)
            for walk in happenings.open_walks_of(connection, sorted(by_customer))
            for signal in by_customer[walk.customer_id]
            if signal.key in self._interests(connection, walk.journey_id, walk.version)
        ]
        happenings.add_signals(connection, found, now=self._clock.now())
        if found:
            after_commit(connection, self._wake)

    def _interests(self, connection: sa.Connection, journey_id: str, version: int) -> frozenset[str]:
        return self._catalogue.definition(connection, journey_id, version).interests

    def _live(self, connection: sa.Connection) -> list[Live]:
        return [
            Live(journey, self._catalogue.definition(connection, journey.journey_id, journey.live_version))
            for journey in journeys.every(connection)
            if journey.state == "active"
        ]

    def _admit(self, connection: sa.Connection, live: Live, candidates: Sequence[Candidate], now: datetime) -> None:
        """Takes candidates in unless the journey was paused or ended meanwhile."""
        if not candidates:
            return
        journey = journeys.share(connection, live.journey.journey_id)
        if journey is not None and journey.state == "active":
            self._gatehouse.admit(connection, live.journey, live.definition, candidates, now)


class Fetching:
    """Reads pages of the other services' feeds."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def identity(self, after: int, wait: float) -> Fetched:
        """A page of identity's feed."""
        request = identity.ListChangesRequest(
            after_position=after, page_size=PAGE, wait=_span(wait), kinds=("event_recorded", "customer_merged")
        )
        return _page(self._peers.identity().ListChanges(request, timeout=wait + 10))

    def segmentation(self, after: int, wait: float) -> Fetched:
        """A page of segmentation's feed."""
        request = segmentation.ListChangesRequest(
            after_position=after, page_size=PAGE, wait=_span(wait), kinds=("membership_changed",)
        )
        return _page(self._peers.segmentation().ListChanges(request, timeout=wait + 10))

    def delivery(self, after: int, wait: float) -> Fetched:
        """A page of delivery's feed."""
        request = delivery_service_pb2.ListChangesRequest(
            after_position=after, page_size=PAGE, wait=_span(wait), kinds=("message_changed", "interaction")
        )
        return _page(self._peers.delivery().ListChanges(request, timeout=wait + 10))


def _page(answer: Any) -> Fetched:
    return answer.changes, answer.next_position, answer.head_position


def _span(seconds: float) -> Duration:
    span = Duration()
    span.FromTimedelta(timedelta(seconds=seconds))
    return span


def _relevant(changes: Sequence[identity.Change], keys: Collection[str]) -> Iterator[identity.Change]:
    """Merges, and the events of customers that some version cares about."""
    for change in changes:
        if _is_merge(change) or (change.customer_id and f"event:{change.event_recorded.name}" in keys):
            yield change


def _is_merge(change: identity.Change) -> bool:
    return change.HasField("customer_merged")


def _event_signal(change: identity.Change) -> Signal:
    event = change.event_recorded
    return Signal(
        f"event:{event.name}",
        codec.instant(event.time),
        change.position,
        f"identity/{change.position}",
        codec.properties(event.properties),
    )


def _event_candidate(change: identity.Change, signal: Signal, customer_id: int) -> Candidate:
    event = change.event_recorded
    return Candidate(
        customer_id,
        f"event:{event.source}/{event.event_id}",
        {"kind": "event", "source": event.source, "event_id": event.event_id, "name": event.name},
        signal.properties or {},
        change.position,
    )


def _triggers(definition: Definition, signal: Signal) -> bool:
    return any(matches(event, signal) for event in definition.entry.events)


def _membership_signal(change: segmentation.Change) -> Signal:
    membership = change.membership_changed
    is_entry = membership.transition == segments_pb2.TRANSITION_ENTERED
    key = f"{'entered' if is_entry else 'left'}:{membership.segment_id}"
    return Signal(key, codec.instant(change.time), membership.identity_position, f"segmentation/{change.position}")


def _enters(definition: Definition, change: segmentation.Change) -> bool:
    """Whether a change of membership brings the customer in."""
    membership = change.membership_changed
    if membership.transition != segments_pb2.TRANSITION_ENTERED:
        return False
    by_segment = any(
        trigger.segment_id == membership.segment_id and (trigger.include_merges or membership.cause not in _MERGES)
        for trigger in definition.entry.segments
    )
    return by_segment or any(
        _takes(schedule, membership.segment_id, codec.instant(change.time)) for schedule in definition.entry.schedules
    )


def _takes(schedule: ScheduleTrigger, segment_id: str, instant: datetime) -> bool:
    """Whether a live audience takes in who enters the segment at ``instant``."""
    if not schedule.live or schedule.segment_id != segment_id or instant < schedule.start:
        return False
    return schedule.end is None or instant < schedule.end


def _membership_candidate(membership: segmentation.MembershipChanged) -> Candidate:
    return Candidate(
        membership.customer_id,
        f"segment:{membership.segment_id}/{membership.customer_id}/{membership.seq}",
        {"kind": "segment", "segment_id": membership.segment_id, "sequence": membership.seq},
        {},
        membership.identity_position,
    )


def _excluding(candidate: Candidate, live: Live, excluded: Mapping[tuple[str, int], str]) -> Candidate:
    is_excluded = (live.journey.journey_id, candidate.customer_id) in excluded
    return replace(candidate, is_excluded=True) if is_excluded else candidate


def _news(change: delivery.Change) -> MessageNews | None:
    message = change.message_changed
    if not message.enrollment_id:
        return None
    news = news_of(state=message.state, drop_reason=message.drop_reason, outcome=message.outcome)
    visit = message.idempotency_key.rpartition("/")[2]
    if news is None or not visit.isdecimal():
        return None
    return MessageNews(message.enrollment_id, int(visit), message.message_id, news.label, news.reason)


def _is_reaction(change: delivery.Change) -> bool:
    reaction = change.interaction
    return bool(reaction.enrollment_id) and not reaction.scanner and reaction.kind in INTERACTIONS


def _reaction_signal(change: delivery.Change) -> Signal:
    reaction = change.interaction
    return Signal(
        f"{INTERACTIONS[reaction.kind]}:{reaction.node_id}",
        codec.instant(reaction.time),
        0,
        f"delivery/{change.position}",
        {"link_label": reaction.link_label, "channel": reaction.channel},
    )

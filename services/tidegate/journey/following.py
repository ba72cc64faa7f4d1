"""Follows the feeds of identity, segmentation, and delivery: what they announce begins, moves, and ends walks."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar

import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration

from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.identity.v1 import changes_pb2 as identity
from tidegate.api.segmentation.v1 import changes_pb2 as segmentation
from tidegate.journey import happened
from tidegate.journey.asking import Asker
from tidegate.journey.canvas import Definition
from tidegate.journey.catalogue import Catalogue
from tidegate.journey.conditions import Signal
from tidegate.journey.entering import Candidate, Gatehouse
from tidegate.journey.erasing import Eraser
from tidegate.journey.excluding import Inquiry
from tidegate.journey.exiting import Exits
from tidegate.journey.happened import Happened
from tidegate.journey.store import aliases, cursors, happenings, journeys
from tidegate.journey.store.journeys import Journey
from tidegate.journey.store.tables import CURSORS
from tidegate.runtime.client import Peers
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database, after_commit
from tidegate.runtime.feed import load_cursor, save_cursor

PAGE = 2000
C = TypeVar("C", identity.Change, segmentation.Change, delivery.Change)
Fetched = tuple[Sequence[Any], int, int]
_TURNS = ("customer_merged", "customer_split", "erasure_requested")
_IDENTITY = ("event_recorded", *_TURNS)
Excluded = set[tuple[str, int]]
"""Journeys and customers that they exclude."""


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
        eraser: Eraser,
        asker: Asker,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._gatehouse = gatehouse
        self._exits = exits
        self._eraser = eraser
        self._asker = asker
        self._wake = wake

    def cursor(self, source: str) -> int:
        """How far the feed of ``source`` has been applied."""
        with self._database.read() as connection:
            return load_cursor(connection, CURSORS, source)

    def apply_identity(self, changes: Sequence[identity.Change], position: int) -> None:
        """Events begin, move, and end walks; merges move them to the survivor, splits give them back, erasures
        take all away."""
        excluded = self._excluded(lambda keys: _events(changes, keys))

        def effect(connection: sa.Connection, changes: Sequence[identity.Change]) -> None:
            if any(change.WhichOneof("change") in _TURNS for change in changes):
                aliases.hold(connection)
            keys = self._catalogue.keys(connection)
            live = self._live(connection)
            for kind, run in groupby(_relevant(changes, keys), key=lambda change: change.WhichOneof("change")):
                if kind == "customer_merged":
                    merged = [(each.customer_merged.merged_id, each.customer_merged.survivor_id) for each in run]
                    self._exits.merge(connection, merged, now=self._clock.now())
                elif kind == "customer_split":
                    for each in run:
                        self._exits.split(connection, *_split(each.customer_split))
                elif kind == "erasure_requested":
                    for each in run:
                        self._eraser.erase(connection, each.customer_id, each.erasure_requested)
                else:
                    self._happen(connection, [happened.event(change) for change in run], live, excluded)

        self._apply("identity", changes, position, effect)

    def apply_segmentation(self, changes: Sequence[segmentation.Change], position: int) -> None:
        """Memberships begin, move, and end walks."""
        memberships = [change for change in changes if change.HasField("membership_changed")]
        excluded = self._excluded(lambda keys: _memberships(memberships, keys))

        def effect(connection: sa.Connection, memberships: Sequence[segmentation.Change]) -> None:
            keys = self._catalogue.keys(connection)
            known = _memberships(memberships, keys)
            self._happen(connection, known, self._live(connection), excluded)

        self._apply("segmentation", memberships, position, effect)

    def apply_delivery(self, changes: Sequence[delivery.Change], position: int) -> None:
        """Outcomes resolve sends; opens and clicks are what walks may wait for."""

        def effect(connection: sa.Connection, changes: Sequence[delivery.Change]) -> None:
            now = self._clock.now()
            news = [each for change in changes if (each := happened.news(change)) is not None]
            happenings.add_news(connection, news, now=now)
            reactions = [reaction for change in changes if (reaction := happened.reaction(change)) is not None]
            self._react(connection, reactions, now)
            if news:
                after_commit(connection, self._wake)

        self._apply("delivery", changes, position, effect)

    def _excluded(self, happened_among: Callable[[Collection[str]], Sequence[Happened]]) -> Excluded:
        """Who of those that would come in is in a segment that the journey excludes: asked outside of transactions.

        ``happened_among`` gives what happened under the keys that some version cares about.
        """
        with self._database.read() as connection:
            live = [each for each in self._live(connection) if each.definition.entry.exclusions]
            found = happened_among(self._catalogue.keys(connection)) if live else ()
        inquiry = Inquiry(self._asker)
        excluded: Excluded = set()
        for each in live:
            customers = {one.customer_id: one.candidate.position for one in found if one.enters(each.definition)}
            if customers:
                members = inquiry.excluded(each.definition.entry.exclusions, customers)
                excluded.update((each.journey.journey_id, customer) for customer in members)
        return excluded

    def _happen(
        self, connection: sa.Connection, found: Sequence[Happened], live: Sequence[Live], excluded: Excluded
    ) -> None:
        """Moves and ends walks under way and begins new ones, in the order in which things happened."""
        now = self._clock.now()
        for turn in happened.turns(found, [each.definition for each in live]):
            self._signal(connection, turn, now)
            for each in live:
                candidates = [_excluding(one.candidate, each, excluded) for one in turn if one.enters(each.definition)]
                self._admit(connection, each, candidates, now)

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

    def _react(self, connection: sa.Connection, reactions: Sequence[tuple[str, Signal]], now: datetime) -> None:
        """Brings opens and clicks to the walks whose versions care about them."""
        versions = happenings.versions_of(connection, sorted({name for name, _ in reactions}))
        signals = [
            (name, signal)
            for name, signal in reactions
            if name in versions and signal.key in self._interests(connection, *versions[name])
        ]
        self._add(connection, signals, now)

    def _signal(self, connection: sa.Connection, turn: Sequence[Happened], now: datetime) -> None:
        """Brings what happened to customers to their open walks, as far as these care."""
        present = aliases.canonical(connection, sorted({i for each in turn for i in each.candidate.ids}))
        by_customer: dict[int, list[Signal]] = {}
        for each in turn:
            by_customer.setdefault(each.candidate.owner(present), []).append(each.signal)
        signals = [
            (walk.enrollment_id, signal)
            for walk in happenings.open_walks_of(connection, sorted(by_customer))
            for signal in by_customer[walk.customer_id]
            if signal.key in self._interests(connection, walk.journey_id, walk.version)
        ]
        self._add(connection, signals, now)

    def _add(self, connection: sa.Connection, signals: Sequence[tuple[str, Signal]], now: datetime) -> None:
        happenings.add_signals(connection, signals, now=now)
        if signals:
            after_commit(connection, self._wake)

    def _interests(self, connection: sa.Connection, journey_id: str, version: int) -> frozenset[str]:
        definition = self._catalogue.readable(connection, journey_id, version)
        return frozenset() if definition is None else definition.interests

    def _live(self, connection: sa.Connection) -> list[Live]:
        return [
            Live(journey, definition)
            for journey in journeys.every(connection)
            if journey.state == "active"
            and (definition := self._catalogue.readable(connection, journey.journey_id, journey.live_version))
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
        request = identity.ListChangesRequest(after_position=after, page_size=PAGE, wait=_span(wait), kinds=_IDENTITY)
        return _page(self._peers.waiting.identity().ListChanges(request, timeout=wait + 10))

    def segmentation(self, after: int, wait: float) -> Fetched:
        """A page of segmentation's feed."""
        request = segmentation.ListChangesRequest(
            after_position=after, page_size=PAGE, wait=_span(wait), kinds=("membership_changed",)
        )
        return _page(self._peers.waiting.segmentation().ListChanges(request, timeout=wait + 10))

    def delivery(self, after: int, wait: float) -> Fetched:
        """A page of delivery's feed."""
        request = delivery_service_pb2.ListChangesRequest(
            after_position=after, page_size=PAGE, wait=_span(wait), kinds=("message_changed", "interaction")
        )
        return _page(self._peers.waiting.delivery().ListChanges(request, timeout=wait + 10))


def _page(answer: Any) -> Fetched:
    return answer.changes, answer.next_position, answer.head_position


def _span(seconds: float) -> Duration:
    span = Duration()
    span.FromTimedelta(timedelta(seconds=seconds))
    return span


def _relevant(changes: Sequence[identity.Change], keys: Collection[str]) -> Iterator[identity.Change]:
    """Merges, splits, and the events of customers that some version cares about: of most pages, nothing."""
    for change in changes:
        kind = change.WhichOneof("change")
        if kind in _TURNS or (
            kind == "event_recorded" and f"event:{change.event_recorded.name}" in keys and change.customer_id
        ):
            yield change


def _split(split: identity.CustomerSplit) -> tuple[int, dict[int, list[int]]]:
    """Who stays, and who left with which original ids."""
    return split.remaining_id, {each.customer_id: list(each.original_customer_ids) for each in split.separated}


def _events(changes: Sequence[identity.Change], keys: Collection[str]) -> list[Happened]:
    return [happened.event(change) for change in _relevant(changes, keys) if change.HasField("event_recorded")]


def _memberships(changes: Sequence[segmentation.Change], keys: Collection[str]) -> list[Happened]:
    return [each for change in changes if (each := happened.membership(change)).signal.key in keys]


def _excluding(candidate: Candidate, live: Live, excluded: Excluded) -> Candidate:
    is_excluded = (live.journey.journey_id, candidate.customer_id) in excluded
    return candidate._replace(is_excluded=True) if is_excluded else candidate

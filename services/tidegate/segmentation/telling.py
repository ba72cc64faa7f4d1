"""Tells delivery from the beginning who is in the segments that its policies name, and who has which tier.

The feed announces changes alone, and not those of a first computation. So when delivery's feed says that policies
name a segment, its members are told there, a thousand in a change, and told again after changes that were not
announced. No membership changes while a change of a telling is written, and no run of a model ends: each is true
where it stands in the feed.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import sqlalchemy as sa
import structlog

from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Entry, Feed
from tidegate.segmentation import announce
from tidegate.segmentation.analytic_store import scores as analytic
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.announce import Place
from tidegate.segmentation.model.segment import Membership, Segment
from tidegate.segmentation.publishing import Publisher
from tidegate.segmentation.store import memberships, models, segments, tellings
from tidegate.segmentation.store.tellings import MODEL, SEGMENT, Telling

LOG = structlog.get_logger(__name__)
T = TypeVar("T")
_IN_ONE_CHANGE = 1_000
_AT_ONCE = 10_000


class Tellings:
    """The operations of telling: ``tell_members`` is a pass of the loop that evaluates, ``tell_tiers`` of scoring."""

    def __init__(
        self, database: Database, feed: Feed, analytics: Analytics, *, publisher: Publisher, clock: Clock
    ) -> None:
        self._database = database
        self._feed = feed
        self._analytics = analytics
        self._publisher = publisher
        self._clock = clock
        self._members, self._tiers = threading.Event(), threading.Event()
        self.note_members()
        self.note_tiers()
        self.wake: Callable[[], None] = lambda: None
        """Wakes the loops that make the passes; set by whoever makes them."""

    def note_members(self) -> None:
        """There may be members to tell of."""
        self._members.set()

    def note_tiers(self) -> None:
        """There may be tiers to tell of."""
        self._tiers.set()

    def follow(self, changes: Iterable[delivery.Change]) -> None:
        """Takes up what delivery's policies name; read twice, a page begins tellings anew at most."""
        named = [list(_names(each.policy_changed)) for each in changes if each.HasField("policy_changed")]
        if not named:
            return
        is_new = self._database.run(lambda connection: _follow(connection, named))
        if is_new:
            self.note_members()
            self.note_tiers()
            self.wake()

    def tell_members(self) -> bool:
        """Tells some members of each segment that is not told and was computed; returns whether there was any."""
        return self._pass(self._members, SEGMENT, self._tell_members)

    def tell_tiers(self) -> bool:
        """Tells some tiers of each model that is not told and was run; returns whether there was any."""
        return self._pass(self._tiers, MODEL, self._tell_tiers)

    def _pass(self, news: threading.Event, kind: str, tell: Callable[[Telling], bool]) -> bool:
        if not news.is_set():
            return False
        news.clear()
        try:
            with self._database.read() as connection:
                found = tellings.unfinished(connection, kind)
            told = [each for each in found if tell(each)]
        except BaseException:
            news.set()
            raise
        if told:
            news.set()
        return bool(told)

    def _tell_members(self, telling: Telling) -> bool:
        def operation(connection: sa.Connection) -> bool:
            segment = segments.load(connection, telling.id)
            if segment is None or not _is_computed(segment) or not tellings.hold(connection, telling):
                return False
            after = telling.told_through
            page = memberships.members(connection, telling.id, after=after, limit=_AT_ONCE)
            self._append(connection, telling, page, lambda some, place: self._members_told(segment, some, place))
            last = len(page) < _AT_ONCE
            tellings.note_told(connection, telling, through=page[-1].customer_id if page else after, last=last)
            return True

        with self._publisher.turn():
            return self._database.run(operation)

    def _members_told(self, segment: Segment, members: Sequence[Membership], place: Place) -> Entry:
        return announce.memberships_told(segment, members, place, self._clock.now())

    def _tell_tiers(self, telling: Telling) -> bool:
        with self._analytics.reader() as reader:
            page = analytic.tiers_in_force(reader, telling.id, after=telling.told_through, limit=_AT_ONCE)

        def operation(connection: sa.Connection) -> bool:
            model = models.load(connection, telling.id)
            if model is None or not model.latest_run_id or not tellings.hold(connection, telling):
                return False
            run_id, now = model.latest_run_id, self._clock.now()
            self._append(
                connection,
                telling,
                page,
                lambda some, place: announce.tiers_told(telling.id, run_id, some, place, now),
            )
            through = page[-1][0] if page else telling.told_through
            tellings.note_told(connection, telling, through=through, last=len(page) < _AT_ONCE)
            return True

        return self._database.run(operation)

    def _append(
        self,
        connection: sa.Connection,
        telling: Telling,
        page: Sequence[T],
        entry: Callable[[Sequence[T], Place], Entry],
    ) -> None:
        parts = [page[start : start + _IN_ONE_CHANGE] for start in range(0, len(page), _IN_ONE_CHANGE)] or [()]
        ends = len(page) < _AT_ONCE
        begins = not telling.told_through
        places = [Place(telling.telling_id, first=begins and at == 0, last=False) for at in range(len(parts))]
        places[-1] = places[-1]._replace(last=ends)
        self._feed.append(connection, [entry(part, place) for part, place in zip(parts, places, strict=True)])
        LOG.info("audience.told", kind=telling.kind, id=telling.id, customers=len(page), last=ends)


def _is_computed(segment: Segment) -> bool:
    return segment.is_list or segment.completed > 0


def _follow(connection: sa.Connection, named: Sequence[Sequence[tuple[str, str]]]) -> bool:
    """One after the other: what was not named for a while is told anew."""
    new = [tellings.follow(connection, each) for each in named]
    return any(new)


def _names(changed: delivery.PolicyChanged) -> Iterator[tuple[str, str]]:
    for segment_id in changed.segment_ids:
        yield SEGMENT, segment_id
    for model_id in changed.score_model_ids:
        yield MODEL, model_id

"""Keeps memberships current: computes segments as a whole when asked, and asks anew for those who were touched.

A pass looks at three things: segments whose computation was requested; customers whose facts changed since the
last pass; segments whose time has come, because an event leaves a window or a minimum stay ends. The customers
concerned are set apart in a slice, and every segment whose inputs changed is asked over the slice alone. That
gives the membership that a computation as a whole would give (held by a property test). A pass that finds none of
the three executes no statement.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
import structlog

from tidegate.runtime.clock import Clock, from_micros, micros
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Feed
from tidegate.segmentation import announce
from tidegate.segmentation.analytic_store import facts as fact_store
from tidegate.segmentation.analytic_store import members, touches
from tidegate.segmentation.analytic_store.engine import Analytics, Connection
from tidegate.segmentation.analytic_store.questions import Questions, make_slice
from tidegate.segmentation.analytic_store.touches import Touched
from tidegate.segmentation.definitions import Definition, Definitions
from tidegate.segmentation.following import IDENTITY, Facts, not_reached
from tidegate.segmentation.listing import Lists
from tidegate.segmentation.model.segment import Announcement, Change, Segment, Transition
from tidegate.segmentation.publishing import Part, Publisher
from tidegate.segmentation.retrying import Retries
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.inputs import joined
from tidegate.segmentation.rules.tables import Scope
from tidegate.segmentation.store import segments as store

LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a pass goes by: the instant, the snapshot, the columns, the position of identity's feed."""

    now: int
    connection: Connection
    catalog: Catalog
    position: int

    @property
    def time(self) -> datetime:
        return from_micros(self.now)


@dataclass(slots=True)
class _Tick:
    """One asking anew: who was touched, which segments are due by time, what came of it so far."""

    touched: Touched | None
    due: Mapping[str, Definition]
    reached: frozenset[str]
    changed: set[str] = field(default_factory=set)
    serials: list[int] = field(default_factory=list)
    schedules: dict[str, tuple[int, int | None]] = field(default_factory=dict)


class Evaluator:
    """The operation of the evaluation loop; ``step`` is one pass."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        analytics: Analytics,
        *,
        facts: Facts,
        publisher: Publisher,
        questions: Questions,
        clock: Clock,
        prepare: Callable[[], object] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._feed = feed
        self._analytics = analytics
        self._facts = facts
        self._publisher = publisher
        self._questions = questions
        self._clock = clock
        self._prepare = prepare
        self._retries = Retries(monotonic)
        self._follow = Lists(database, analytics, publisher).follow
        self._lists: dict[str, Segment] = {}
        self._definitions = Definitions()
        self._stale = threading.Event()
        self._stale.set()
        self._touched = threading.Event()
        self._touched.set()
        self._done = threading.Condition()
        self._completed: dict[str, int] = {}
        self._rebuilt_at = 0
        self.position = 0
        """The position of identity's feed that all live memberships reflect."""
        self.rounds = 0
        """Rises with each pass that leaves nobody unasked who was touched, or whose time had come, when it began."""

    def refresh_definitions(self) -> None:
        """Segments were created, changed, archived, or are to be computed."""
        self._stale.set()

    def note_touched(self) -> None:
        """Customers were touched."""
        self._touched.set()

    def step(self) -> bool:
        """One pass; returns whether it found something to do."""
        try:
            return self._step()
        except BaseException:
            self._stale.set()  # what is stored decides where to go on
            self._touched.set()
            raise

    def _step(self) -> bool:
        self._prepare()
        if self._stale.is_set():
            self._load()
        if self._facts.position(IDENTITY) < self._rebuilt_at:
            return False
        reached = self._facts.position(IDENTITY)
        ready = [each for each in self._definitions.ordered() if _is_ready(each, reached)]
        computed = sum(self._compute(each) for each in ready if self._retries.allows(each.segment))
        return computed > 0 or self._ask_anew()

    def wait_completed(self, segment_id: str, requested: int, *, timeout: float) -> bool:
        """Waits until the computation requested as number ``requested`` is done; returns whether it is."""
        deadline = time.monotonic() + timeout
        with self._done:
            while self._completed.get(segment_id, 0) < requested:
                if not self._done.wait(max(deadline - time.monotonic(), 0)):
                    return False
        return True

    def wait_position(self, position: int) -> None:
        """Waits until live memberships reflect identity's feed up to ``position``.

        Raises DeadlineExceeded shortly before the present call's deadline.
        """
        self._facts.wait_for(position)
        with self._done:
            if not self._done.wait_for(lambda: self.position >= position, timeout=self._facts.patience()):
                raise not_reached("memberships reflect identity's feed as", self.position, position)

    def _load(self) -> None:
        self._stale.clear()
        with self._database.read() as connection:
            segments = store.current(connection)
        self._definitions = Definitions.of(segments)
        self._lists = {each.segment_id: each for each in segments if each.is_list}
        self._facts.watch(self._definitions.facets)
        if self._publisher.restore(segments, self._definitions.named):
            dependents = [each.segment for each in self._definitions.ordered() if each.inputs.segment_ids]
            self._publisher.request_dependents(dependents)
            self._stale.set()
        if not self._rebuilt_at:
            self._rebuilt_at = max((each.identity_position for each in segments), default=0)
        with self._done:
            self._completed = {each.segment_id: each.completed for each in segments}
            self._done.notify_all()

    def _compute(self, definition: Definition) -> bool:
        """Computes a segment as a whole; returns whether it succeeded. One that fails holds up no other one."""
        segment = definition.segment
        announced = segment.announcement is Announcement.ALL
        now = micros(self._clock.now())
        catalog = self._facts.catalog
        try:
            with self._analytics.snapshot(now=now) as connection:
                position = fact_store.load_cursor(connection, IDENTITY)
                matched = self._questions.matched(definition.rule, catalog)
                batches = members.differences(
                    connection,
                    segment.segment_id,
                    matched,
                    stay=definition.stay,
                    now=now,
                    cause=segment.cause,
                )
                parts = (Part(segment, changes, announced) for changes in batches)
                named = self._definitions.named
                self._publisher.publish(parts, now=from_micros(now), position=position, named=named)
                wake = members.next_flip(connection, self._questions.next_flip(definition.rule, catalog), now=now)
        except Exception as error:
            LOG.exception("segment.failed", segment_id=segment.segment_id)
            self._retries.failed(segment)
            self._finish(definition, now=now, position=0, error=_said(error))
            return False
        self._retries.succeeded(segment)
        if definition.stay:
            wake = _earliest(wake, self._stay_ends(definition, now))
        self._publisher.schedule({segment.segment_id: (now, wake)})
        self._finish(definition, now=now, position=position, error="")
        self._touched.set()
        return True

    def _stay_ends(self, definition: Definition, now: int) -> int | None:
        """When the next of the members, as they are now, has stayed the minimum."""
        with self._analytics.reader() as connection:
            return members.stay_ends(connection, definition.segment_id, stay=definition.stay, now=now)

    def _finish(self, definition: Definition, *, now: int, position: int, error: str) -> None:
        segment = definition.segment
        time_ = from_micros(now)

        def operation(connection: sa.Connection) -> None:
            finished = store.finish(
                connection,
                segment.segment_id,
                requested=segment.requested,
                now=time_,
                position=position,
                error=error,
            )
            if finished is not None:
                self._feed.append(connection, [announce.segment_changed(finished, time_)])

        self._database.run(operation)
        self._publisher.news()
        LOG.info("segment.computed", segment_id=segment.segment_id, cause=segment.cause.value, error=error)
        self._stale.set()

    def _ask_anew(self) -> bool:
        now = micros(self._clock.now())
        due = {each.segment_id: each for each in self._definitions.ordered() if each.live and self._is_due(each, now)}
        if not due and not self._touched.is_set():
            self.rounds += 1
            return False
        self._touched.clear()
        self._follow(self._lists, now=from_micros(now), named=self._definitions.named)
        catalog = self._facts.catalog
        with self._analytics.snapshot(now=now) as connection:
            position = fact_store.load_cursor(connection, IDENTITY)
            moment = _Moment(now, connection, catalog, position)
            touched = touches.read_touched(connection)
            if touched is None and not due:
                self._reached(position)
                return False
            try:
                tick = self._tick(moment, touched, due)
            except _Unaskable as unaskable:
                self._set_aside(unaskable.definition, unaskable.error, moment)
                return True
        self._close(tick, moment)
        if touched is not None and not touched.all:
            self._touched.set()
        else:
            self._reached(position)
        return True

    def _set_aside(self, definition: Definition, error: Exception, moment: _Moment) -> None:
        """The segment is not asked again before all of it could be computed; the next pass asks the others."""
        segment_id = definition.segment_id
        LOG.error("segment.unaskable", segment_id=segment_id, exc_info=error)

        def operation(connection: sa.Connection) -> None:
            failed = store.fail(connection, segment_id, _said(error))
            if failed is not None:
                self._feed.append(connection, [announce.segment_changed(failed, moment.time)])

        self._database.run(operation)
        self._stale.set()
        self._touched.set()

    def _is_due(self, definition: Definition, now: int) -> bool:
        copy = self._publisher.copy(definition.segment_id)
        return now < copy.evaluated_at or (copy.wake_at is not None and copy.wake_at <= now)

    def _tick(self, moment: _Moment, touched: Touched | None, due: Mapping[str, Definition]) -> _Tick:
        facets = touched.facets if touched else frozenset[str]()
        reached = {
            each.segment_id
            for each in self._definitions.ordered()
            if each.live and (each.segment_id in due or each.inputs.touched_by(facets))
        }
        concerned = self._definitions.with_dependents(reached)
        tick = _Tick(touched, due, frozenset(reached))
        if concerned:
            self._set_apart(concerned, tick, moment)
        for generation in self._definitions.generations:
            asked = [each for each in concerned if each.segment_id in generation]
            self._ask(asked, tick, moment)
        return tick

    def _set_apart(self, concerned: Sequence[Definition], tick: _Tick, moment: _Moment) -> None:
        """Makes the slice: those who were touched, and those whom time may have turned."""
        touches.populate(moment.connection, tick.touched.serial if tick.touched else 0)
        for definition in tick.due.values():
            with _asking(definition):
                self._add_flipped(definition, moment)
        inputs = joined(each.inputs for each in concerned)
        make_slice(moment.connection, inputs, segment_ids=[each.segment_id for each in concerned])

    def _add_flipped(self, definition: Definition, moment: _Moment) -> None:
        copy = self._publisher.copy(definition.segment_id)
        low, high = sorted((copy.evaluated_at, moment.now))
        flipped = self._questions.flipped(definition.rule, moment.catalog)
        if flipped:
            touches.populate_flipped(moment.connection, flipped, low=low, high=high)
        if definition.stay:
            touches.populate_stayed(moment.connection, definition.segment_id, stay=definition.stay, low=low, high=high)

    def _ask(self, definitions: list[Definition], tick: _Tick, moment: _Moment) -> None:
        """Asks segments of one generation over the slice, and lets those who changed enter and leave."""
        parts = []
        for definition in definitions:
            derived = bool(definition.inputs.segment_ids & tick.changed)
            if definition.segment_id not in tick.reached and not derived:
                continue
            with _asking(definition):
                changes = self._changes(definition, moment)
                wake = self._wake(definition, changes, tick, moment)
            tick.schedules[definition.segment_id] = (moment.now, wake)
            if changes:
                parts.append(Part(definition.segment, changes, announced=True))
        named = self._definitions.named
        tick.serials += self._publisher.publish(parts, now=moment.time, position=moment.position, named=named)
        for part in parts:
            segment_id = part.segment.segment_id
            tick.changed.add(segment_id)
            members.change_members(moment.connection, segment_id, part.changes, now=moment.now, table="slice_members")

    def _changes(self, definition: Definition, moment: _Moment) -> list[Change]:
        return members.sliced_differences(
            moment.connection,
            definition.segment_id,
            self._questions.matched(definition.rule, moment.catalog, Scope.SLICE),
            stay=definition.stay,
            now=moment.now,
        )

    def _wake(self, definition: Definition, changes: list[Change], tick: _Tick, moment: _Moment) -> int | None:
        """When time may turn the rule next. Of those not asked, nothing has changed since the last answer."""
        if definition.segment_id in tick.due:
            known = self._stay_ends_in(moment, definition) if definition.stay else None
            coming = self._questions.next_flip(definition.rule, moment.catalog)
        else:
            known = self._publisher.copy(definition.segment_id).wake_at
            coming = self._questions.next_flip(definition.rule, moment.catalog, Scope.SLICE)
        wake = _earliest(known, members.next_flip(moment.connection, coming, now=moment.now))
        entered = any(each.transition is Transition.ENTERED for each in changes)
        return _earliest(wake, moment.now + definition.stay if definition.stay and entered else None)

    def _stay_ends_in(self, moment: _Moment, definition: Definition) -> int | None:
        return members.stay_ends(moment.connection, definition.segment_id, stay=definition.stay, now=moment.now)

    def _close(self, tick: _Tick, moment: _Moment) -> None:
        """Everything of the tick is stored: the customers are no longer listed as touched."""
        if tick.schedules:
            self._publisher.schedule(tick.schedules)
        if tick.touched is not None or tick.serials:
            with self._analytics.writer() as connection:
                touches.forget_touched(connection, tick.touched.serial if tick.touched else 0, tick.serials)
        live = [each.segment_id for each in self._definitions.ordered() if each.live]
        if tick.changed:
            self._database.run(lambda c: store.note_evaluated(c, live, now=moment.time, position=moment.position))

    def _reached(self, position: int) -> None:
        self.rounds += 1
        with self._done:
            self.position = position
            self._done.notify_all()


class _Unaskable(Exception):
    """A segment's question has no answer; ``error`` says why."""

    def __init__(self, definition: Definition, error: Exception) -> None:
        super().__init__(definition.segment_id)
        self.definition = definition
        self.error = error


@contextmanager
def _asking(definition: Definition) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise _Unaskable(definition, error) from error


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _is_ready(definition: Definition, position: int) -> bool:
    """Whether a computation was asked for, and all that was known then is known here."""
    segment = definition.segment
    return segment.requested > segment.completed and segment.needed_position <= position


def _earliest(first: int | None, second: int | None) -> int | None:
    return min((each for each in (first, second) if each is not None), default=None)

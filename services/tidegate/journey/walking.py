"""Moves walks: claims those that are due, asks what they must know, and stores where they came to.

A pass takes a batch of one journey's due walks and the next pass one of the next journey, so that a large journey
does not keep a small one waiting. Steps, timers, counts, and announcements of a batch commit together; a walk
whose lease was lost meanwhile is left out of the commit.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from tidegate.journey import machine
from tidegate.journey.announce import Announcer
from tidegate.journey.asking import Asker, Setting
from tidegate.journey.canvas import Canvas, Definition
from tidegate.journey.catalogue import Catalogue
from tidegate.journey.conditions import Signal
from tidegate.journey.leases import BEAT, LEASE, kept
from tidegate.journey.mover import Mover
from tidegate.journey.store import journeys, walks
from tidegate.journey.store.rows import Claimed
from tidegate.journey.walk import Accepted, Answer, Posture, Question, WalkState
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Entry, Feed
from tidegate.runtime.ids import new_id
from tidegate.runtime.log import summary
from tidegate.runtime.work import Job, WorkQueue, backoff

BATCH = 2000
CANCEL = "cancel"
"""The queue of messages to be taken back."""
CANCELLED_AT_ONCE = 1000
"""How many messages delivery takes back with one call."""

Key = tuple[int, Question]
"""What a batch asks together: a version and a question."""


_UNREADABLE = Definition(Canvas("", {}, {}))
"""In place of a version that can't be read: its walks are given back, or ended."""


@dataclass(slots=True)
class Course:
    """One walk on its way through a pass."""

    claimed: Claimed
    mover: Mover
    error: str = ""
    attempts: int = 0
    question: Question | None = None
    accepted: tuple[int, str] | None = None
    """The visit and id of the message that delivery has taken over since the walk was stored."""
    is_astray: bool = False
    goes_on: bool = False

    @property
    def must_be_stored(self) -> bool:
        """Whether only that is missing for the walk to go on: it has come to a visit that isn't stored yet."""
        mover = self.mover
        return mover.posture is Posture.READY and mover.state is WalkState.OPEN and not self.error

    def resume(self) -> None:
        """Goes on from where the walk has been stored."""
        self.mover.stored()
        self.attempts = 0
        self.accepted = None

    def hear(self, answer: Any) -> None:
        """Takes the answer to the question."""
        self.mover.given = Answer(self.mover.visit, answer)
        if isinstance(answer, Accepted):
            self.accepted = self.mover.visit, answer.message_id

    def move(self) -> None:
        """Goes on with what is known now. A walk that can't is given back as it was: the others go on."""
        try:
            self.question = machine.advance(self.mover)
        except machine.UnknownNode as error:
            self._go_astray(f"the version has no node {error}")
        except Exception as error:  # noqa: BLE001  (whatever is wrong with one walk must not keep its batch)
            structlog.get_logger().exception("walk.failed", enrollment=self.mover.enrollment_id)
            self._go_astray(summary(error))

    def _go_astray(self, error: str) -> None:
        self.error, self.question, self.is_astray = error, None, True

    @property
    def is_storable(self) -> bool:
        """Whether there is something to store, if in spite of an error."""
        if not self.error:
            return True
        mover = self.mover
        has_moved = mover.visit != mover.committed_visit or mover.state is not WalkState.OPEN
        return has_moved and not self.is_astray


@dataclass(frozen=True, slots=True)
class Header:
    """A journey, as far as its messages carry it."""

    journey_id: str
    campaign_id: str
    brand: str


class Walking:
    """The work of one worker."""

    def __init__(
        self,
        *,
        database: Database,
        feed: Feed,
        clock: Clock,
        catalogue: Catalogue,
        asker: Asker,
        work: WorkQueue,
        batch: int = BATCH,
        lease: timedelta = LEASE,
        beat: timedelta = BEAT,
    ) -> None:
        self._database = database
        self._feed = feed
        self._clock = clock
        self._catalogue = catalogue
        self._asker = asker
        self._work = work
        self._batch = batch
        self._lease = lease
        self._beat = beat
        self._last = ""

    def step(self) -> bool:
        """One pass; False when no walk is due."""
        now = self._clock.now()
        with self._database.read() as connection:
            waiting = sorted(walks.journeys_with_work(connection, now))
        for journey_id, is_archived in _after(waiting, self._last):
            token = new_id()
            claimed = self._claim(journey_id, None if is_archived else now, token)
            if claimed:
                self._last = journey_id
                self._advance(journey_id, claimed, token=token, now=now, is_archived=is_archived)
                return True
        return False

    def _claim(self, journey_id: str, until: datetime | None, token: str) -> list[Claimed]:
        return self._database.run(
            lambda connection: walks.claim(
                connection, journey_id, until=until, token=token, lease=self._lease, limit=self._batch
            )
        )

    def _advance(
        self, journey_id: str, claimed: Sequence[Claimed], *, token: str, now: datetime, is_archived: bool
    ) -> None:
        header, courses = self._courses(journey_id, claimed, now)
        if is_archived:
            for course in courses:
                _stop(course)
            self._store(header, courses, token=token, now=now, goes_on=False)
            return
        self._walk(header, courses, token)
        stored = self._store(header, courses, token=token, now=now, goes_on=True)
        if stored:
            for course in stored:
                course.resume()
            self._walk(header, stored, token)
            self._store(header, stored, token=token, now=now, goes_on=False)

    def _courses(self, journey_id: str, claimed: Sequence[Claimed], now: datetime) -> tuple[Header, list[Course]]:
        with self._database.read() as connection:
            journey = journeys.get(connection, journey_id)
            assert journey is not None
            signals = walks.signals_of(connection, [each.walk.enrollment_id for each in claimed if each.signals])
            definitions = {
                version: self._catalogue.readable(connection, journey_id, version)
                for version in {each.version for each in claimed}
            }
        courses = [
            _course(each, definitions[each.version], signals.get(each.walk.enrollment_id, ()), now) for each in claimed
        ]
        return Header(journey_id, journey.campaign_id, journey.brand), courses

    def _walk(self, header: Header, courses: Sequence[Course], token: str) -> None:
        """Moves walks, and holds them however long that takes."""
        names = [course.mover.enrollment_id for course in courses]
        with kept(self._database, names, token=token, lease=self._lease, beat=self._beat):
            self._rounds(header, [course for course in courses if not course.error])

    def _rounds(self, header: Header, moving: list[Course]) -> None:
        """Round after round: all walks go as far as they can, then what they ask is asked for all at once."""
        while moving:
            for course in moving:
                course.move()
            asked: dict[Key, list[Course]] = {}
            for course in moving:
                if course.question is not None:
                    asked.setdefault((course.claimed.version, course.question), []).append(course)
            for (_, question), group in asked.items():
                self._ask(header, question, group)
            moving = [course for group in asked.values() for course in group if not course.error]

    def _ask(self, header: Header, question: Question, group: Sequence[Course]) -> None:
        setting = Setting(header.journey_id, header.campaign_id, header.brand, group[0].mover.definition)
        answers = self._asker.ask(setting, question, [course.mover for course in group])
        for course in group:
            mover = course.mover
            name = mover.enrollment_id
            if name in answers.given:
                course.hear(answers.given[name])
            else:
                course.error = answers.failed[name]

    def _store(
        self, header: Header, courses: Sequence[Course], *, token: str, now: datetime, goes_on: bool
    ) -> list[Course]:
        """Stores the batch. Where it ``goes_on``, returns those that were waiting for that alone and are still held."""
        stored = self._database.run(
            lambda connection: self._commit(connection, header, courses, token=token, now=now, goes_on=goes_on)
        )
        self._take_back([course for course in courses if course.mover.enrollment_id not in stored])
        return [course for course in courses if course.mover.enrollment_id in stored and course.goes_on]

    def _commit(
        self,
        connection: sa.Connection,
        header: Header,
        courses: Sequence[Course],
        *,
        token: str,
        now: datetime,
        goes_on: bool,
    ) -> set[str]:
        """Stores the batch and returns the ids of walks that were held."""
        failed = [course for course in courses if not course.is_storable]
        moves = [
            walks.Move(course.mover, course.claimed.signals, goes_on and course.must_be_stored)
            for course in courses
            if course.is_storable
        ]
        held = walks.store(connection, moves, token=token, now=now, lease=self._lease)
        kept_on = [course for course in courses if course.mover.enrollment_id in held]
        for course in kept_on:
            course.goes_on, course.mover.customer_id = held[course.mover.enrollment_id]
        self._record(connection, header, kept_on, now)
        if failed:
            walks.release(connection, _releases(failed), token=token)
        return set(held)

    def _record(self, connection: sa.Connection, header: Header, kept: Sequence[Course], now: datetime) -> None:
        """Writes what goes with the steps: history, counts, announcements, guards, and messages to take back."""
        walks.add_steps(
            connection, ((course.mover.enrollment_id, step) for course in kept for step in course.mover.steps)
        )
        walks.add_tallies(connection, _tallies(header.journey_id, kept))
        self._feed.append(connection, _entries(header.journey_id, kept, now))
        ended = [course for course in kept if course.mover.state is not WalkState.OPEN]
        walks.close_guards(
            connection,
            Counter((header.journey_id, course.mover.customer_id, course.claimed.entry_key) for course in ended),
        )
        walks.forget_signals(connection, [course.mover.enrollment_id for course in ended if course.claimed.signals])
        self._work.enqueue(connection, cancel_jobs(_unsettled(ended)))

    def _take_back(self, left: Sequence[Course]) -> None:
        """Cancels messages of walks that are not stored: of those that were ended meanwhile, or went on without them.

        Whoever goes on with an open one gets the same message by its key: that one stays.
        """
        messages = [(course.mover.enrollment_id, *course.accepted) for course in left if course.accepted is not None]

        def operation(connection: sa.Connection) -> None:
            useful = walks.note_messages(connection, messages)
            self._work.enqueue(connection, cancel_jobs([each for _, _, each in messages if each not in useful]))

        if messages:
            self._database.run(operation)


def cancel_jobs(message_ids: Sequence[str]) -> list[Job]:
    """Work that takes messages back, each job as many as delivery takes with one call."""
    return [
        Job(CANCEL, json.dumps(message_ids[start : start + CANCELLED_AT_ONCE]).encode())
        for start in range(0, len(message_ids), CANCELLED_AT_ONCE)
    ]


def _after(waiting: Sequence[tuple[str, bool]], last: str) -> list[tuple[str, bool]]:
    """The journeys, those behind the last one first."""
    return [each for each in waiting if each[0] > last] + [each for each in waiting if each[0] <= last]


def _course(claimed: Claimed, definition: Definition | None, signals: tuple[Signal, ...], now: datetime) -> Course:
    mover = Mover(definition or _UNREADABLE, claimed.walk, now, signals=signals, news=claimed.news)
    return Course(claimed, mover, "" if definition else "the version can't be read", claimed.attempts)


def _stop(course: Course) -> None:
    course.mover.end(WalkState.EXITED, "journey_archived")
    course.error = ""


def _releases(failed: Sequence[Course]) -> dict[str, tuple[str, timedelta]]:
    return {course.mover.enrollment_id: (course.error[:500], backoff(course.attempts + 1)) for course in failed}


def _unsettled(ended: Sequence[Course]) -> list[str]:
    """The messages of the visits at which walks ended early."""
    return [
        course.mover.message_id
        for course in ended
        if course.mover.state is WalkState.EXITED and course.mover.message_id
    ]


def _tallies(journey_id: str, kept: Sequence[Course]) -> Counter[tuple[str, int, str, str, str, str]]:
    keys = [
        (journey_id, course.claimed.version, "step", step.node_id, step.label, step.reason)
        for course in kept
        for step in course.mover.steps
    ]
    keys += [
        (journey_id, course.claimed.version, "goal", "", name, "") for course in kept for name in course.mover.goals
    ]
    keys += [
        (journey_id, course.claimed.version, "end", "", course.mover.state.value, "")
        for course in kept
        if course.mover.state is not WalkState.OPEN
    ]
    return Counter(keys)


def _entries(journey_id: str, kept: Sequence[Course], now: datetime) -> list[Entry]:
    announcers = {
        version: Announcer(journey_id, version, now) for version in {course.claimed.version for course in kept}
    }
    return [entry for course in kept for entry in _announced(course, announcers[course.claimed.version])]


def _announced(course: Course, announcer: Announcer) -> list[Entry]:
    walk = course.mover
    entries = [announcer.step_taken(walk, step) for step in walk.steps]
    entries += [announcer.goal_attained(walk, name) for name in walk.goals]
    if walk.state is not WalkState.OPEN:
        entries.append(
            announcer.ended(walk.enrollment_id, walk.customer_id, state=walk.state.value, reason=walk.end_reason)
        )
    return entries

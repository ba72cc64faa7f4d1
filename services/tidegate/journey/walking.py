"""Moves walks: claims those that are due, asks what they must know, and stores where they came to.

A pass takes a batch of one journey's due walks and the next pass one of the next journey, so that a large journey
does not keep a small one waiting. Steps, timers, counts, and announcements of a batch commit together; a walk
whose lease was lost meanwhile is left out of the commit.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from tidegate.journey import machine
from tidegate.journey.announce import Announcer
from tidegate.journey.asking import Asker, Setting
from tidegate.journey.canvas import Definition
from tidegate.journey.catalogue import Catalogue
from tidegate.journey.conditions import Signal
from tidegate.journey.store import journeys, walks
from tidegate.journey.store.rows import Claimed
from tidegate.journey.walk import Accepted, Answer, Facts, Posture, Question, Step, Walk, WalkState
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.errors import TidegateError
from tidegate.runtime.feed import Entry, Feed
from tidegate.runtime.ids import new_id
from tidegate.runtime.work import Job, WorkQueue, backoff

BATCH = 2000
LEASE = timedelta(seconds=45)
CANCEL = "cancel"
"""The queue of messages to be taken back."""

Key = tuple[int, Question]
"""What a batch asks together: a version and a question."""


@dataclass(slots=True)
class Course:
    """One walk on its way through a pass."""

    claimed: Claimed
    definition: Definition | None
    walk: Walk
    signals: tuple[Signal, ...] = ()
    steps: list[Step] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)
    question: Question | None = None
    answer: Answer | None = None
    error: str = ""

    @property
    def must_be_stored(self) -> bool:
        """Whether only that is missing for the walk to go on: it has come to a visit that isn't stored yet."""
        walk = self.walk
        return walk.posture is Posture.READY and walk.state is WalkState.OPEN and not self.error

    def resumed(self) -> "Course":
        """The course of the walk from where it has been stored."""
        claimed = self.claimed._replace(walk=self.walk, news=None, attempts=0)
        return Course(claimed, self.definition, self.walk, self.signals)

    def move(self, now: datetime) -> None:
        """Goes on with what is known now."""
        assert self.definition is not None
        claimed = self.claimed
        facts = Facts(
            now,
            self.signals,
            claimed.news if self.walk.visit == claimed.walk.visit else None,
            self.answer,
            claimed.walk.visit,
        )
        try:
            advance = machine.advance(self.definition, self.walk, facts)
        except machine.UnknownNode as error:
            self.error, self.question = f"the version has no node {error}", None
            return
        self.take(advance.walk, advance.steps)
        self.goals.extend(advance.goals)
        self.question = advance.question

    def take(self, walk: Walk, steps: Sequence[Step]) -> None:
        """Notes where the walk came to."""
        self.walk = walk
        self.steps.extend(steps)

    @property
    def is_storable(self) -> bool:
        """Whether there is something to store, if in spite of an error."""
        moved = self.walk.visit != self.claimed.walk.visit or self.walk.state is not WalkState.OPEN
        return moved or not self.error


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
    ) -> None:
        self._database = database
        self._feed = feed
        self._clock = clock
        self._catalogue = catalogue
        self._asker = asker
        self._work = work
        self._batch = batch
        self._lease = lease
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
        header, courses = self._courses(journey_id, claimed)
        if is_archived:
            for course in courses:
                _stop(course, now)
            self._store(header, courses, token=token, now=now, goes_on=False)
            return
        self._walk(header, courses, now)
        stored = self._store(header, courses, token=token, now=now, goes_on=True)
        if stored:
            courses = [course.resumed() for course in stored]
            self._walk(header, courses, now)
            self._store(header, courses, token=token, now=now, goes_on=False)

    def _courses(self, journey_id: str, claimed: Sequence[Claimed]) -> tuple[Header, list[Course]]:
        with self._database.read() as connection:
            journey = journeys.get(connection, journey_id)
            assert journey is not None
            signals = walks.signals_of(connection, [each.walk.enrollment_id for each in claimed if each.signals])
            definitions = {
                version: self._definition(connection, journey_id, version)
                for version in {each.version for each in claimed}
            }
        courses = [
            Course(
                each,
                definitions[each.version],
                each.walk,
                signals.get(each.walk.enrollment_id, ()),
                error="" if definitions[each.version] else "the version can't be read",
            )
            for each in claimed
        ]
        return Header(journey_id, journey.campaign_id, journey.brand), courses

    def _definition(self, connection: sa.Connection, journey_id: str, version: int) -> Definition | None:
        try:
            return self._catalogue.definition(connection, journey_id, version)
        except TidegateError as error:
            structlog.get_logger().error(
                "journey.version_unreadable", journey=journey_id, version=version, reason=error.reason
            )
            return None

    def _walk(self, header: Header, courses: Sequence[Course], now: datetime) -> None:
        """Round after round: all walks go as far as they can, then what they ask is asked for all at once."""
        moving = [course for course in courses if not course.error]
        while moving:
            for course in moving:
                course.move(now)
            asked: dict[Key, list[Course]] = {}
            for course in moving:
                if course.question is not None:
                    asked.setdefault((course.claimed.version, course.question), []).append(course)
            for (_, question), group in asked.items():
                self._ask(header, question, group)
            moving = [course for group in asked.values() for course in group if not course.error]

    def _ask(self, header: Header, question: Question, group: Sequence[Course]) -> None:
        definition = group[0].definition
        assert definition is not None
        setting = Setting(header.journey_id, header.campaign_id, header.brand, definition)
        answers = self._asker.ask(setting, question, [course.walk for course in group])
        for course in group:
            name = course.walk.enrollment_id
            if name in answers.given:
                course.answer = Answer(course.walk.visit, answers.given[name])
            else:
                course.error = answers.failed[name]

    def _store(
        self, header: Header, courses: Sequence[Course], *, token: str, now: datetime, goes_on: bool
    ) -> list[Course]:
        """Stores the batch. Where it ``goes_on``, returns those that were waiting for that alone and are still held."""
        stored = self._database.run(
            lambda connection: self._commit(connection, header, courses, token=token, now=now, goes_on=goes_on)
        )
        lost = [course for course in courses if course.is_storable and course.walk.enrollment_id not in stored]
        if lost:
            self._take_back(lost)
        return [course for course in courses if stored.get(course.walk.enrollment_id)]

    def _commit(
        self,
        connection: sa.Connection,
        header: Header,
        courses: Sequence[Course],
        *,
        token: str,
        now: datetime,
        goes_on: bool,
    ) -> dict[str, bool]:
        """Stores the batch and returns the ids of walks that were held, each with whether it still is."""
        failed = [course for course in courses if not course.is_storable]
        moves = [
            walks.Move(course.claimed, course.walk, goes_on and course.must_be_stored)
            for course in courses
            if course.is_storable
        ]
        held = walks.store(connection, moves, token=token, now=now, lease=self._lease)
        self._record(connection, header, [course for course in courses if course.walk.enrollment_id in held], now)
        if failed:
            walks.release(connection, _releases(failed), token=token)
        return held

    def _record(self, connection: sa.Connection, header: Header, kept: Sequence[Course], now: datetime) -> None:
        """Writes what goes with the steps: history, counts, announcements, guards, and messages to take back."""
        walks.add_steps(connection, ((course.walk.enrollment_id, step) for course in kept for step in course.steps))
        walks.add_tallies(connection, _tallies(header.journey_id, kept))
        self._feed.append(connection, _entries(header.journey_id, kept, now))
        ended = [course for course in kept if course.walk.state is not WalkState.OPEN]
        walks.close_guards(
            connection,
            Counter((header.journey_id, course.walk.customer_id, course.claimed.entry_key) for course in ended),
        )
        walks.forget_signals(connection, [course.walk.enrollment_id for course in ended if course.claimed.signals])
        self._work.enqueue(connection, cancel_jobs(_unsettled(ended)))

    def _take_back(self, lost: Sequence[Course]) -> None:
        """Messages of walks that somebody has ended meanwhile are cancelled."""
        messages = [
            course.answer.value.message_id
            for course in lost
            if course.answer is not None and isinstance(course.answer.value, Accepted)
        ]
        jobs = cancel_jobs(messages)
        self._database.run(lambda connection: self._work.enqueue(connection, jobs))


def cancel_jobs(message_ids: Sequence[str]) -> list[Job]:
    """Work that takes messages back, as many as one call takes at a time."""
    return [
        Job(CANCEL, json.dumps(message_ids[start : start + BATCH]).encode())
        for start in range(0, len(message_ids), BATCH)
    ]


def _after(waiting: Sequence[tuple[str, bool]], last: str) -> list[tuple[str, bool]]:
    """The journeys, those behind the last one first."""
    return [each for each in waiting if each[0] > last] + [each for each in waiting if each[0] <= last]


def _stop(course: Course, now: datetime) -> None:
    stopped = machine.stop(course.walk, "journey_archived", now)
    course.take(stopped.walk, stopped.steps)
    course.error = ""


def _releases(failed: Sequence[Course]) -> dict[str, tuple[str, timedelta]]:
    return {course.walk.enrollment_id: (course.error[:500], backoff(course.claimed.attempts + 1)) for course in failed}


def _unsettled(ended: Sequence[Course]) -> list[str]:
    """The messages that walks which ended early were still waiting for."""
    waiting = (Posture.MESSAGE, Posture.RECEIPT)
    return [
        course.walk.message_id
        for course in ended
        if course.walk.state is WalkState.EXITED and course.walk.message_id and course.walk.posture in waiting
    ]


def _tallies(journey_id: str, kept: Sequence[Course]) -> Counter[tuple[str, int, str, str, str, str]]:
    keys = [
        (journey_id, course.claimed.version, "step", step.node_id, step.label, step.reason)
        for course in kept
        for step in course.steps
    ]
    keys += [(journey_id, course.claimed.version, "goal", "", name, "") for course in kept for name in course.goals]
    keys += [
        (journey_id, course.claimed.version, "end", "", course.walk.state.value, "")
        for course in kept
        if course.walk.state is not WalkState.OPEN
    ]
    return Counter(keys)


def _entries(journey_id: str, kept: Sequence[Course], now: datetime) -> list[Entry]:
    announcers = {
        version: Announcer(journey_id, version, now) for version in {course.claimed.version for course in kept}
    }
    return [entry for course in kept for entry in _announced(course, announcers[course.claimed.version])]


def _announced(course: Course, announcer: Announcer) -> list[Entry]:
    walk = course.walk
    entries = [announcer.step_taken(walk, step) for step in course.steps]
    entries += [announcer.goal_attained(walk, name) for name in course.goals]
    if walk.state is not WalkState.OPEN:
        entries.append(
            announcer.ended(walk.enrollment_id, walk.customer_id, state=walk.state.value, reason=walk.end_reason)
        )
    return entries

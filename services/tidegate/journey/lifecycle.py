"""Publishes journeys, stops them, sets them going again, and ends them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from tidegate.journey import announce, codec
from tidegate.journey.catalogue import Catalogue
from tidegate.journey.drafts import Drafts, held
from tidegate.journey.issues import Issue, Severity
from tidegate.journey.resources import draft_of
from tidegate.journey.store import journeys as store
from tidegate.journey.store.journeys import Journey, Schedule, Version
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition, Violation
from tidegate.runtime.feed import Feed

Standing = Sequence[tuple[int, str, int]]
"""How many open walks stand where: (version, node, count)."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A version that was published, or would be, the warnings about it, and where earlier walks stand."""

    version: Version
    warnings: Sequence[Issue]
    standing: Standing


class Lifecycle:
    """Changes the states of journeys, and announces it."""

    def __init__(
        self,
        *,
        database: Database,
        feed: Feed,
        clock: Clock,
        drafts: Drafts,
        catalogue: Catalogue,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` is called when there is work for the workers."""
        self._database = database
        self._feed = feed
        self._clock = clock
        self._drafts = drafts
        self._catalogue = catalogue
        self._wake = wake

    def publish(self, journey_id: str, *, etag: str, publisher: str, note: str, is_rehearsal: bool) -> Publication:
        """Makes a version of the draft; FailedPrecondition when the draft has errors.

        A draft that equals the live version is answered with that version. A rehearsal changes nothing.
        """
        draft = self._drafts.get(journey_id)
        warnings = self._warnings(draft)

        def operation(connection: sa.Connection) -> Publication:
            journey = held(connection, journey_id, etag or str(draft.revision))
            version = self._version(connection, journey, publisher, note)
            if version.version > journey.live_version and not is_rehearsal:
                self._go_live(connection, journey, version)
            return Publication(version, warnings, store.standing(connection, journey_id))

        publication = self._database.run(operation)
        self._wake()
        return publication

    def _warnings(self, journey: Journey) -> list[Issue]:
        _refuse(journey, "archived")
        issues = self._drafts.validate(draft_of(journey), asks_others=True)
        errors = [issue for issue in issues if issue.severity is Severity.ERROR]
        if errors:
            raise InvalidDraft(journey.journey_id, errors)
        return issues

    def _version(self, connection: sa.Connection, journey: Journey, publisher: str, note: str) -> Version:
        live = store.version(connection, journey.journey_id, journey.live_version)
        if live is not None and live.definition == journey.draft:
            return live
        number = journey.live_version + 1
        return Version(journey.journey_id, number, journey.draft, self._clock.now(), publisher, note)

    def _go_live(self, connection: sa.Connection, journey: Journey, version: Version) -> None:
        _refuse(journey, "archived")
        state = "active" if journey.state == "draft" else journey.state
        store.add_version(connection, version)
        live = replace(journey, live_version=version.version)
        self._change(connection, live, state=state, now=version.published)
        definition = codec.read(version.definition, journey_id=journey.journey_id, version=version.version)
        store.drop_schedules(connection, journey.journey_id)
        schedules = [
            Schedule(journey.journey_id, version.version, each.segment_id, each.start, 0)
            for each in definition.entry.schedules
        ]
        store.add_schedules(connection, schedules)

    def pause(self, journey_id: str) -> Journey:
        """Stops an active journey; a paused one is answered as it is."""

        def operation(connection: sa.Connection) -> Journey:
            journey = held(connection, journey_id)
            _refuse(journey, "draft", "archived")
            if journey.state == "paused":
                return journey
            now = self._clock.now()
            return self._change(connection, journey, state="paused", now=now, paused=now)

        return self._database.run(operation)

    def resume(self, journey_id: str) -> Journey:
        """Sets a paused journey going again, by its pause policy; an active one is answered as it is."""

        def operation(connection: sa.Connection) -> Journey:
            journey = held(connection, journey_id)
            _refuse(journey, "draft", "archived")
            if journey.paused is None:
                return journey
            now = self._clock.now()
            definition = self._catalogue.definition(connection, journey_id, journey.live_version)
            if definition.pause.holds_timers:
                by = micros(now) - micros(journey.paused)
                store.shift_timers(connection, journey_id, paused=journey.paused, by=by)
            return self._change(connection, journey, state="active", now=now)

        journey = self._database.run(operation)
        self._wake()
        return journey

    def archive(self, journey_id: str) -> Journey:
        """Ends a journey for good; its walks are ended in the background."""

        def operation(connection: sa.Connection) -> Journey:
            journey = held(connection, journey_id)
            if journey.state == "archived":
                return journey
            store.drop_schedules(connection, journey_id)
            return self._change(connection, journey, state="archived", now=self._clock.now())

        journey = self._database.run(operation)
        self._wake()
        return journey

    def _change(
        self,
        connection: sa.Connection,
        journey: Journey,
        *,
        state: str,
        now: datetime,
        paused: datetime | None = None,
    ) -> Journey:
        """Stores the new state and announces it; a pause lasts as long as nobody says otherwise."""
        if state == "paused" and paused is None:
            paused = journey.paused
        changed = replace(journey, state=state, paused=paused, revision=journey.revision + 1, updated=now)
        store.change(connection, changed)
        entry = announce.journey_state(journey.journey_id, state=state, live_version=changed.live_version, now=now)
        self._feed.append(connection, [entry])
        return changed


class InvalidDraft(FailedPrecondition):
    """The draft has errors: each is a violation of a field within the draft."""

    def __init__(self, journey_id: str, errors: Sequence[Issue]) -> None:
        super().__init__(
            f"the draft of journey {journey_id} has {len(errors)} errors; mend them and publish again: "
            + "; ".join(_sentence(error) for error in errors[:5]),
            reason="INVALID_DRAFT",
        )
        self.violations = tuple(Violation(f"journey.draft.{error.field}", _sentence(error)) for error in errors)


def _sentence(error: Issue) -> str:
    where = f"node {error.node_id}: " if error.node_id else ""
    return f"{where}{error.description} ({error.reason.name})"


def _refuse(journey: Journey, *states: str) -> None:
    if journey.state in states:
        raise FailedPrecondition(
            f"journey {journey.journey_id} is {journey.state}, and so this can't be done with it",
            state=journey.state,
        )

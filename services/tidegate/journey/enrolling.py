"""Takes customers in by call, and audiences by schedule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import customers_pb2
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.journey.asking import TIMEOUT_SECONDS, Asker
from tidegate.journey.canvas import Definition
from tidegate.journey.catalogue import Catalogue
from tidegate.journey.conditions import Scalar
from tidegate.journey.entering import Candidate, Decision, Gatehouse
from tidegate.journey.store import journeys
from tidegate.journey.store.journeys import Journey, Schedule
from tidegate.runtime.client import Peers
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition, NotFound

_STREAM_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Request:
    """One customer who is to come in by call: by id, or by an identifier when ``customer_id`` is 0."""

    customer_id: int
    identifier: common_pb2.Identifier | None
    properties: Mapping[str, Scalar]
    entry_id: str


Resolved = tuple[int, int] | common_pb2.ItemError
"""A customer with the position of identity's feed that knows it, or why there is none."""


class Enrolling:
    """Entries that somebody asks for, or planned."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        gatehouse: Gatehouse,
        asker: Asker,
        peers: Peers,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._gatehouse = gatehouse
        self._asker = asker
        self._peers = peers
        self._last: tuple[str, int, str, datetime] | None = None

    def enroll(
        self, journey_id: str, requests: Sequence[Request], *, caller: str
    ) -> list[Decision | common_pb2.ItemError]:
        """Decides requests in order; each gets its decision, or what was wrong with it."""
        definition = self._open(journey_id)
        customers = self._customers(requests)
        known = {each[0]: each[1] for each in customers if isinstance(each, tuple)}
        excluded = self._asker.members(definition.entry.exclusions, known)
        candidates = [
            _by_call(request, found, caller=caller, is_excluded=found[0] in excluded)
            for request, found in zip(requests, customers, strict=True)
            if isinstance(found, tuple)
        ]
        decisions = iter(self._admit(journey_id, candidates))
        return [next(decisions) if isinstance(found, tuple) else found for found in customers]

    def _open(self, journey_id: str) -> Definition:
        with self._database.read() as connection:
            journey = journeys.get(connection, journey_id)
            if journey is None:
                raise NotFound("journey", journey_id)
            _demand_active(journey)
            return self._catalogue.definition(connection, journey_id, journey.live_version)

    def _admit(self, journey_id: str, candidates: Sequence[Candidate]) -> list[Decision]:
        def operation(connection: sa.Connection) -> list[Decision]:
            journey = journeys.share(connection, journey_id)
            if journey is None:
                raise NotFound("journey", journey_id)
            _demand_active(journey)
            definition = self._catalogue.definition(connection, journey_id, journey.live_version)
            return self._gatehouse.admit(connection, journey, definition, candidates, self._clock.now())

        return self._database.run(operation)

    def _customers(self, requests: Sequence[Request]) -> list[Resolved]:
        """Whom each request means, asked of identity for all at once."""
        resolved = self._resolved([each.identifier for each in requests if each.identifier is not None])
        ids: list[int | common_pb2.ItemError] = [
            each.customer_id if each.identifier is None else next(resolved) for each in requests
        ]
        answer = self._peers.identity().BatchGetContactPoints(
            customers_pb2.BatchGetContactPointsRequest(
                customer_ids=sorted({each for each in ids if isinstance(each, int)}), omit_consents=True
            ),
            timeout=TIMEOUT_SECONDS,
        )
        points = {each.customer_id: each for each in answer.points}
        return [each if not isinstance(each, int) else _known(points[each], answer.position) for each in ids]

    def _resolved(self, identifiers: Sequence[common_pb2.Identifier]) -> Iterator[int | common_pb2.ItemError]:
        if not identifiers:
            return iter(())
        answer = self._peers.identity().ResolveIdentifiers(
            customers_pb2.ResolveIdentifiersRequest(identifiers=identifiers), timeout=TIMEOUT_SECONDS
        )
        return iter([result.error if result.HasField("error") else result.customer_id for result in answer.results])

    def run_schedules(self) -> bool:
        """Takes a due audience in; False when none is due. One that fails does not keep the others waiting."""
        schedule = self._next()
        if schedule is None:
            return False
        self._last = schedule.key
        request = segments_pb2.ListMembersRequest(
            segment_id=schedule.segment_id, after_customer_id=schedule.after_customer_id
        )
        stream = self._peers.segmentation().ListMembers(request, timeout=_STREAM_SECONDS)
        for part in stream:
            members = [member.customer_id for member in part.members]
            if not members:
                continue
            if not self._take(schedule, members):
                stream.cancel()
                return True
            schedule = replace(schedule, after_customer_id=members[-1])
        self._database.run(
            lambda connection: journeys.advance_schedule(
                connection, schedule, after=schedule.after_customer_id, is_done=True
            )
        )
        return True

    def _next(self) -> Schedule | None:
        """The due audience behind the last one."""
        with self._database.read() as connection:
            due = journeys.due_schedules(connection, self._clock.now())
        behind = (each for each in due if self._last is None or each.key > self._last)
        return next(behind, due[0] if due else None)

    def _take(self, schedule: Schedule, members: Sequence[int]) -> bool:
        """Takes members in together with the note that they are.

        False when somebody else has done so, or the journey takes nobody in any more: then nothing is noted.
        """
        with self._database.read() as connection:
            definition = self._catalogue.definition(connection, schedule.journey_id, schedule.version)
        excluded = self._asker.members(definition.entry.exclusions, dict.fromkeys(members, 0))
        candidates = [_by_schedule(each, schedule, is_excluded=each in excluded) for each in members]

        def operation(connection: sa.Connection) -> bool:
            journey = journeys.share(connection, schedule.journey_id)
            if journey is None or journey.state != "active" or journey.live_version != schedule.version:
                return False
            if not journeys.advance_schedule(connection, schedule, after=members[-1], is_done=False):
                return False
            self._gatehouse.admit(connection, journey, definition, candidates, self._clock.now())
            return True

        return self._database.run(operation)


def _demand_active(journey: Journey) -> None:
    if journey.state != "active":
        raise FailedPrecondition(
            f"journey {journey.journey_id} is {journey.state} and takes nobody in; publish or resume it",
            state=journey.state,
        )


def _known(points: customers_pb2.ContactPoints, position: int) -> Resolved:
    if points.HasField("error"):
        return points.error
    return points.canonical_customer_id or points.customer_id, position


def _by_call(request: Request, found: tuple[int, int], *, caller: str, is_excluded: bool) -> Candidate:
    customer_id, position = found
    return Candidate(
        customer_id,
        f"call:{caller}/{request.entry_id}" if request.entry_id else "",
        {"kind": "call", "caller": caller, "entry_id": request.entry_id},
        request.properties,
        position,
        is_excluded,
    )


def _by_schedule(customer_id: int, schedule: Schedule, *, is_excluded: bool) -> Candidate:
    start = micros(schedule.start)
    return Candidate(
        customer_id,
        f"schedule:{schedule.segment_id}/{start}/{customer_id}",
        {"kind": "schedule", "segment_id": schedule.segment_id, "start": start},
        {},
        0,
        is_excluded,
    )

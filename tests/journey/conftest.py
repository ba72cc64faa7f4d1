"""journey behind a real server, on both databases, with small real servers for its peers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from journey.peers import PeerServices
from support.schemas import bring_up
from support.server import Suite, serving
from tidegate.api.journey.v1 import entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.journey.service import build
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.service import Context, Service


@dataclass
class World:
    """A running journey service, its peers, and the clock they share."""

    suite: Suite
    peers: PeerServices
    clock: ManualClock
    stub: JourneyServiceStub
    database: Database
    """journey's own."""

    def publish(self, definition: journeys_pb2.Definition, journey_id: str = "welcome", **fields: Any) -> None:
        """Makes and publishes a journey."""
        journey = journeys_pb2.Journey(journey_id=journey_id, draft=definition, **fields)
        self.stub.CreateJourney(api.CreateJourneyRequest(journey=journey))
        self.stub.PublishJourney(api.PublishJourneyRequest(journey_id=journey_id))

    def enroll(self, *customers: int, journey_id: str = "welcome", **item: Any) -> list[Any]:
        """Brings customers in, and returns the outcomes once everything has settled."""
        answer = self.stub.EnrollCustomers(
            api.EnrollCustomersRequest(
                journey_id=journey_id,
                items=[entry_pb2.EnrollmentItem(customer_id=each, **item) for each in customers],
            )
        )
        self.suite.settle()
        return [result.outcome if result.HasField("outcome") else result.error for result in answer.results]

    def pass_time(self, **delta: float) -> None:
        """Moves the clock, and waits until everything has settled."""
        self.clock.advance(timedelta(**delta))
        self.suite.settle()

    def settle(self) -> None:
        """Waits until everything has settled."""
        self.suite.settle()

    def now(self) -> datetime:
        """The business time."""
        return self.clock.now()

    def walks(self, journey_id: str = "welcome", customer_id: int = 0) -> list[Any]:
        """The walks, the oldest first."""
        request = api.ListEnrollmentsRequest(journey_id=journey_id, customer_id=customer_id, page_size=1000)
        return list(reversed(self.stub.ListEnrollments(request).enrollments))

    def walk(self, customer_id: int, journey_id: str = "welcome") -> Any:
        """The one walk of a customer, with its steps."""
        (walk,) = self.walks(journey_id, customer_id)
        return self.stub.GetEnrollment(api.GetEnrollmentRequest(enrollment_id=walk.enrollment_id))

    def path(self, customer_id: int, journey_id: str = "welcome") -> list[str]:
        """The steps of a customer's one walk, as "node" or "node label"."""
        steps = self.walk(customer_id, journey_id).steps
        return [f"{step.node_id} {step.edge_label}".strip() for step in steps]

    def sent_to(self, customer_id: int) -> list[Any]:
        """The messages handed to delivery for a customer."""
        sent = self.peers.delivery.sent.values()
        return [each.message for each in sent if each.message.recipient.customer_id == customer_id]

    def nobody_is_stuck(self) -> bool:
        """What ListStuck says."""
        return not self.stub.ListStuck(api.ListStuckRequest()).stuck


def paths(world: World, customers: Sequence[int]) -> set[tuple[str, ...]]:
    """The different paths of these customers."""
    return {tuple(world.path(each)) for each in customers}


@pytest.fixture
def peers() -> PeerServices:
    """The peers, to be told what they know."""
    return PeerServices()


def prepared(database: Database, service: str) -> None:
    """The peers keep what they know in memory."""
    if service == "journey":
        bring_up(database, service)


@pytest.fixture
def world(tmp_path: Path, database_url: str, clock: ManualClock, peers: PeerServices) -> Iterator[World]:
    """Everything running."""
    with running(tmp_path, database_url, clock, peers) as world:
        yield world


@contextmanager
def running(folder: Path, database_url: str, clock: ManualClock, peers: PeerServices) -> Iterator[World]:
    """journey on a database, which may have served before, and its peers."""
    databases = []

    def built(context: Context) -> Service:
        databases.append(context.database)
        return build(context)

    builders = {**peers.builders(), "journey": built}
    with serving(folder, clock=clock, database_url=database_url, builders=builders, prepare=prepared) as suite:
        yield World(suite, peers, clock, suite.stub("journey", JourneyServiceStub), databases[0])

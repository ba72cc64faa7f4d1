"""Walks: entry → split → send → wait → branch → exit, every step decided, stored, counted, and announced.

The services that journey calls are small servers in the benchmark's own process: what is measured is journey.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import grpc
import psycopg
from bench.measure import Cost, Median, Meter, Plan, Result, median_of, rate
from bench.world import DATABASES, World
from journey.canvases import branch, definition, end, send, split, tagged, wait
from journey.peers import PeerServices
from support.processes import Deployment
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import add_DeliveryServiceServicer_to_server
from tidegate.api.identity.v1.identity_service_pb2_grpc import add_IdentityServiceServicer_to_server
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.entry_pb2 import EnrollmentItem
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.journey.v1.journeys_pb2 import Journey
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import (
    add_SegmentationServiceServicer_to_server,
)

CUSTOMERS = 20_000
STEPS = 6
_BATCH = 1_000
_ROWS = 100_000
_CANVAS = definition(
    [split(), send(), wait(seconds=1), branch("bought", tagged("yes", "buyer")), end("thanks"), end("remind")],
    ["split hello", "hello pause", "pause bought", "bought yes thanks", "bought otherwise remind"],
)


def results(world: World) -> Iterator[Result]:
    """One line per database."""
    for kind in DATABASES:
        with world.serving(kind, ["journey"]) as (deployment, url), ExitStack() as stack:
            peers = PeerServices()
            for server in _served(deployment, peers):
                stack.callback(server.stop, None)
            figure, cost = _measured(deployment, world.items(CUSTOMERS), world.plan)
            limit = _postgresql_limit(url, world.plan) if url else _sqlite_limit(world.plan)
        yield Result(
            work="journeys, with small servers in place of the services that journey calls",
            database=kind,
            unit="steps/s",
            figure=figure,
            limit=limit,
            limit_is="/s, one claim-and-advance statement",
            cost=cost,
            target="≥ 10,000/s, ≥ 25 % of the limit",
            met=figure.value >= 10_000 and figure.value >= 0.25 * limit.value,
        )


def _served(deployment: Deployment, peers: PeerServices) -> Iterator[grpc.Server]:
    served: list[tuple[str, Callable[..., None], Any]] = [
        ("identity", add_IdentityServiceServicer_to_server, peers.identity),
        ("segmentation", add_SegmentationServiceServicer_to_server, peers.segmentation),
        ("delivery", add_DeliveryServiceServicer_to_server, peers.delivery),
    ]
    for name, add, servicer in served:
        server = grpc.server(ThreadPoolExecutor(8))
        add(servicer, server)
        server.add_insecure_port(deployment.addresses[name])
        server.start()
        yield server


def _measured(deployment: Deployment, customers: int, plan: Plan) -> tuple[Median, Cost]:
    stub = deployment.stub("journey", JourneyServiceStub)
    journey = Journey(journey_id="bench", draft=_CANVAS)
    stub.CreateJourney(api.CreateJourneyRequest(journey=journey))
    stub.PublishJourney(api.PublishJourneyRequest(journey_id="bench"))
    entered = 0

    def walk() -> None:
        nonlocal entered
        for _ in range(0, customers, _BATCH):
            items = [EnrollmentItem(customer_id=entered + number) for number in range(1, _BATCH + 1)]
            stub.EnrollCustomers(api.EnrollCustomersRequest(journey_id="bench", items=items))
            entered += _BATCH
        while _finished(stub) < entered:
            time.sleep(0.1)

    def run() -> float:
        return rate(STEPS * customers, walk)

    meter = Meter(deployment)
    figure = median_of(run, plan)
    return figure, meter.cost(STEPS * entered)


def _finished(stub: JourneyServiceStub) -> int:
    return stub.GetJourneyStats(api.GetJourneyStatsRequest(journey_id="bench")).stats.finished


_TABLE = "CREATE TABLE plain_walks (walk_id BIGINT PRIMARY KEY, due BIGINT NOT NULL, visit INT NOT NULL)"
_ADVANCE = """
    WITH due AS (SELECT walk_id FROM plain_walks WHERE due <= {now} ORDER BY due LIMIT 2000 {lock})
    UPDATE plain_walks SET due = due + 1000000, visit = visit + 1 FROM due
    WHERE plain_walks.walk_id = due.walk_id RETURNING plain_walks.walk_id
"""


def _postgresql_limit(url: str, plan: Plan) -> Median:
    """Rows per second that one statement claims and puts off, batch after batch."""
    with psycopg.connect(url) as connection:
        connection.execute(_TABLE)
        connection.execute(f"INSERT INTO plain_walks SELECT n, n, 0 FROM generate_series(1, {_ROWS}) AS n".encode())
        connection.execute("CREATE INDEX ON plain_walks (due)")
        connection.commit()

        def work() -> None:
            for _ in range(0, _ROWS, 2000):
                connection.execute(
                    _ADVANCE.format(now="%s", lock="FOR UPDATE SKIP LOCKED").encode(), (2**62,)
                ).fetchall()
                connection.commit()

        return median_of(lambda: rate(_ROWS, work), plan)


def _sqlite_limit(plan: Plan) -> Median:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(_TABLE)
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO plain_walks VALUES (?, ?, 0)", ((n, n) for n in range(1, _ROWS + 1)))
        connection.execute("CREATE INDEX ix ON plain_walks (due)")
        connection.execute("COMMIT")

        def work() -> None:
            for _ in range(0, _ROWS, 2000):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_ADVANCE.format(now="?", lock=""), (2**62,)).fetchall()
                connection.execute("COMMIT")

        return median_of(lambda: rate(_ROWS, work), plan)

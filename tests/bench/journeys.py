"""Journeys: entry → split → send → wait → branch → exit, from the call that enrols to the last walk's end."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

import psycopg
from bench.campaign import BATCH, NULL_ADAPTER, prepare
from bench.measure import Cost, Median, Meter, Plan, Result, median_of, rate
from bench.world import DATABASES, POSTGRESQL, World
from journey.canvases import branch, definition, end, send, split, tagged, wait
from support.processes import SERVICES, Deployment
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.enrollments_pb2 import ENROLLMENT_STATE_OPEN
from tidegate.api.journey.v1.entry_pb2 import ENTRY_FREQUENCY_AFTER_EXIT, Entry, EntryPolicy
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.journey.v1.journeys_pb2 import Journey
from tidegate.api.segmentation.v1 import experiments_pb2 as experiments
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub

CUSTOMERS = 5_000
STEPS = 5
_WALKS = 200_000
_LONGEST_WAIT = 120.0
_PAUSE = timedelta(milliseconds=100)

CANVAS = definition(
    [
        split("split", "bench"),
        send("hello", template_id="sale"),
        wait("pause", seconds=_PAUSE.total_seconds()),
        branch("buyer", tagged("yes", "buyer")),
        end("over", "over"),
    ],
    ["split hello", "hello pause", "pause buyer", "buyer yes over", "buyer over"],
    entry=Entry(policy=EntryPolicy(frequency=ENTRY_FREQUENCY_AFTER_EXIT)),
)


def results(world: World) -> Iterator[Result]:
    """One line per database."""
    for kind in DATABASES:
        with world.serving(kind, SERVICES, path=NULL_ADAPTER) as (deployment, url):
            figure, cost = _measured(deployment, world.items(CUSTOMERS), world.plan)
            limit = _advance_rate(url, world.plan) if url else None
        yield Result(
            work="journeys: entry → split → send → wait → branch → exit",
            database=kind,
            unit="steps/s",
            figure=figure,
            limit=limit,
            limit_is="/s, one claim-and-advance statement" if kind == POSTGRESQL else "",
            cost=cost,
            target="≥ 10,000/s and ≥ 25 % of the limit",
            met=figure.value >= 10_000 and (limit is None or figure.value >= 0.25 * limit.value),
        )


def _measured(deployment: Deployment, count: int, plan: Plan) -> tuple[Median, Cost]:
    customers = prepare(deployment, count, adapter="null", settings={}).customers
    journeys = _published(deployment)
    steps = 0

    def run() -> float:
        nonlocal steps
        steps += STEPS * count
        return rate(STEPS * count, lambda: _walk(journeys, customers))

    meter = Meter(deployment)
    return median_of(run, plan), meter.cost(steps)


def _published(deployment: Deployment) -> JourneyServiceStub:
    segmentation = deployment.stub("segmentation", SegmentationServiceStub)
    arms = [experiments.Arm(arm_id=name, share=5_000) for name in ("talk", "control")]
    experiment = experiments.Experiment(experiment_id="bench", arms=arms)
    segmentation.CreateExperiment(experiments.CreateExperimentRequest(experiment=experiment))
    segmentation.StartExperiment(experiments.StartExperimentRequest(experiment_id="bench"))
    journeys = deployment.stub("journey", JourneyServiceStub)
    journeys.CreateJourney(api.CreateJourneyRequest(journey=Journey(journey_id="bench", draft=CANVAS)))
    journeys.PublishJourney(api.PublishJourneyRequest(journey_id="bench"))
    return journeys


def _walk(journeys: JourneyServiceStub, customers: Sequence[int]) -> None:
    for start in range(0, len(customers), BATCH):
        request = api.EnrollCustomersRequest(journey_id="bench")
        for customer_id in customers[start : start + BATCH]:
            request.items.add(customer_id=customer_id)
        answer = journeys.EnrollCustomers(request)
        refused = [result.error for result in answer.results if result.HasField("error")]
        if refused:
            raise RuntimeError(f"journey refuses customers: {refused[0]}")
    _await_end(journeys)


def _await_end(journeys: JourneyServiceStub) -> None:
    """Asks for a single open walk, which costs the same however many there are."""
    deadline = time.monotonic() + _LONGEST_WAIT
    request = api.ListEnrollmentsRequest(journey_id="bench", states=[ENROLLMENT_STATE_OPEN], page_size=1)
    while journeys.ListEnrollments(request).enrollments:
        if time.monotonic() > deadline:
            raise RuntimeError(f"walks were still open after {_LONGEST_WAIT} s")
        time.sleep(0.02)


_ADVANCE = b"""
    WITH due AS (
        SELECT walk_id FROM plain_walks WHERE due_at <= 1 ORDER BY due_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    )
    UPDATE plain_walks SET node = node + 1, visit = visit + 1, due_at = 2
    FROM due WHERE plain_walks.walk_id = due.walk_id
    RETURNING plain_walks.walk_id, customer_id, node
"""


def _advance_rate(url: str, plan: Plan) -> Median:
    """Steps per second of one statement that claims a thousand walks and moves them on."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE plain_walks (walk_id BIGINT PRIMARY KEY, customer_id BIGINT, node INT, visit INT, due_at INT)"
        )
        connection.execute(b"INSERT INTO plain_walks SELECT n, n, 0, 0, 1 FROM generate_series(1, %d) AS n" % _WALKS)
        connection.execute("CREATE INDEX ON plain_walks (due_at)")
        connection.execute("ANALYZE")
        connection.commit()

        def work() -> None:
            for _ in range(20):
                connection.execute(_ADVANCE).fetchall()
                connection.commit()

        return median_of(lambda: rate(20_000, work), plan)

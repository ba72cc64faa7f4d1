"""The gate alone: messages that wait for their account are let go, and a frequency rule refuses each."""

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
from bench.campaign import CLOSED, NULL_ADAPTER, Campaign, prepare
from bench.measure import Cost, Median, Meter, Plan, Result, by, median_of, rate
from bench.world import DATABASES, POSTGRESQL, World
from support.processes import Deployment
from tidegate.api.delivery.v1.messages_pb2 import MESSAGE_STATE_DROPPED

MESSAGES = 10_000
_CUSTOMERS = 200_000
_BATCH = 1_000
_WEEK = 7 * 86_400
_NOW = 1_000_000_000


def results(world: World) -> Iterator[Result]:
    """One line per database, and on PostgreSQL one with two replicas."""
    for kind in DATABASES:
        yield _result(world, kind)
    yield _result(world, POSTGRESQL, replicas=2)


def _result(world: World, kind: str, *, replicas: int = 1) -> Result:
    count = world.items(MESSAGES)
    with world.serving(kind, ["identity", "delivery"], path=NULL_ADAPTER) as (deployment, url):
        campaign = prepare(deployment, count, adapter="null", settings={}, replicas=replicas)
        figure, cost = measured(campaign, deployment, world.plan)
        limit = _statement_rate(url, world.plan)
    return Result(
        work=f"gate: claimed → decided, the whole order of checks{by(replicas)}",
        database=kind,
        unit="decisions/s",
        figure=figure,
        limit=limit,
        limit_is="/s, one statement that counts and writes rows",
        cost=cost,
        target="≥ 20,000/s",
        met=figure.value >= 20_000,
    )


def measured(campaign: Campaign, deployment: Deployment, plan: Plan) -> tuple[Median, Cost]:
    """Items per second, and what one of them costs."""
    count = len(campaign.customers)
    costs: list[Cost] = []

    def run() -> float:
        campaign.pause()
        campaign.send(campaign.requests(CLOSED))
        meter = Meter(deployment)

        def work() -> None:
            campaign.resume()
            campaign.await_states(MESSAGE_STATE_DROPPED, count)

        figure = rate(count, work)
        costs.append(meter.cost(count))
        return figure

    figure = median_of(run, plan)
    return figure, costs[-1]


def _statement_rate(url: str | None, plan: Plan) -> Median:
    """Decisions per second of one set-based statement per thousand messages, over five rows per customer."""
    return _postgresql_rate(url, plan) if url else _sqlite_rate(plan)


_SEED = """
    INSERT INTO plain_ledger
    SELECT customer, %s - 100000 * k FROM generate_series(1, %s) AS customer, generate_series(1, 5) AS k
"""
_DECIDE = """
    INSERT INTO plain_ledger (customer_id, counted_at)
    SELECT asked.customer_id, {now} FROM {asked} AS asked
    WHERE (
        SELECT count(*) FROM plain_ledger AS held
        WHERE held.customer_id = asked.customer_id AND held.counted_at > {now} - {week}
    ) < 20
"""


def _postgresql_rate(url: str, plan: Plan) -> Median:
    locked = "(SELECT customer_id FROM plain_customers WHERE customer_id = ANY(%s) ORDER BY 1 FOR UPDATE)"
    decide = _DECIDE.format(now=_NOW, week=_WEEK, asked=locked)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE plain_customers (customer_id BIGINT PRIMARY KEY)")
        connection.execute(b"INSERT INTO plain_customers SELECT generate_series(1, %d)" % _CUSTOMERS)
        connection.execute("CREATE TABLE plain_ledger (customer_id BIGINT, counted_at BIGINT)")
        connection.execute(_SEED.encode(), (_NOW, _CUSTOMERS))
        connection.execute("CREATE INDEX ON plain_ledger (customer_id, counted_at)")
        connection.execute("ANALYZE")
        connection.commit()

        def work() -> None:
            for batch in _batches():
                connection.execute(decide.encode(), (batch,))
                connection.commit()

        return median_of(lambda: rate(MESSAGES, work), plan)


def _sqlite_rate(plan: Plan) -> Median:
    decide = _DECIDE.format(now=_NOW, week=_WEEK, asked="(SELECT value AS customer_id FROM json_each(?))")
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE plain_ledger (customer_id BIGINT, counted_at BIGINT)")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO plain_ledger VALUES (?, ?)",
            ((customer, _NOW - 100_000 * k) for customer in range(1, _CUSTOMERS + 1) for k in range(1, 6)),
        )
        connection.execute("CREATE INDEX ix ON plain_ledger (customer_id, counted_at)")
        connection.execute("COMMIT")

        def work() -> None:
            for batch in _batches():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(decide, (str(batch),))
                connection.execute("COMMIT")

        return median_of(lambda: rate(MESSAGES, work), plan)


def _batches() -> Iterator[list[int]]:
    chance = random.Random(1)
    for _ in range(MESSAGES // _BATCH):
        yield chance.sample(range(1, _CUSTOMERS + 1), _BATCH)

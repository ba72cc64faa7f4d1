"""Send: accepted → gate → adapter → recorded, with an adapter that does nothing and with real SMTP."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import aiosmtplib
from bench.campaign import NULL_ADAPTER, OPEN, Campaign, prepare
from bench.measure import Cost, Median, Meter, Plan, Result, by, median_of, rate
from bench.world import DATABASES, POSTGRESQL, World
from support.processes import Deployment
from tidegate.api.delivery.v1.messages_pb2 import MESSAGE_STATE_SENT

MESSAGES = 10_000
EMAILS = 5_000
_CONNECTIONS = 8
_MAIL = (
    b"From: Shop <news@example.com>\r\nTo: customer@example.org\r\nSubject: Sale\r\n"
    b"Message-ID: <1@example.com>\r\nDate: Mon, 01 Jun 2026 10:00:00 +0800\r\n\r\n" + b"A line of text.\r\n" * 20
)


def results(world: World) -> Iterator[Result]:
    """One line per database, and on PostgreSQL one with two replicas: through an adapter that accepts at once."""
    for kind in DATABASES:
        yield _result(world, kind)
    yield _result(world, POSTGRESQL, replicas=2)


def _result(world: World, kind: str, *, replicas: int = 1) -> Result:
    count = world.items(MESSAGES)
    with _campaign(world, kind, count, adapter="null", settings={}, replicas=replicas) as (campaign, deployment):
        figure, cost = measured(campaign, deployment, world.plan)
    return Result(
        work=f"send: accepted → gate → null adapter → recorded{by(replicas)}",
        database=kind,
        unit="messages/s",
        figure=figure,
        cost=cost,
        target="≥ 4,000/s",
        met=figure.value >= 4_000,
    )


def email_results(world: World) -> Iterator[Result]:
    """One line per database, through the e-mail adapter into a sink; ready-made mails beside it."""
    for kind in DATABASES:
        with _sink() as port:
            yield _email_result(world, kind, port)


def _email_result(world: World, kind: str, port: int) -> Result:
    count = world.items(EMAILS)
    limit = median_of(lambda: rate(count, lambda: asyncio.run(_ready_made(port, count))), world.plan)
    with _campaign(world, kind, count, adapter="email", settings=_smtp(port)) as (campaign, deployment):
        figure, cost = measured(campaign, deployment, world.plan)
    return Result(
        work="send: accepted → gate → e-mail over SMTP → recorded",
        database=kind,
        unit="messages/s",
        figure=figure,
        limit=limit,
        limit_is="ready-made mails/s, 8 connections",
        cost=cost,
        target="≥ 2,500/s",
        met=figure.value >= 2_500,
    )


def _smtp(port: int) -> dict[str, str | float]:
    sender = "Shop <news@example.com>"
    connection: dict[str, str | float] = {"host": "127.0.0.1", "port": port, "security": "none"}
    return {**connection, "sender": sender, "connections": _CONNECTIONS}


@contextmanager
def _campaign(
    world: World, kind: str, customers: int, *, adapter: str, settings: dict[str, str | float], replicas: int = 1
) -> Iterator[tuple[Campaign, Deployment]]:
    with world.serving(kind, ["identity", "delivery"], path=NULL_ADAPTER) as (deployment, _):
        yield prepare(deployment, customers, adapter=adapter, settings=settings, replicas=replicas), deployment


def measured(campaign: Campaign, deployment: Deployment, plan: Plan) -> tuple[Median, Cost]:
    """Items per second, and what one of them costs."""
    count = len(campaign.customers)
    sent = 0

    def run() -> float:
        nonlocal sent
        requests = campaign.requests(OPEN)

        def work() -> None:
            campaign.send(requests)
            campaign.await_states(MESSAGE_STATE_SENT, count)

        sent += count
        return rate(count, work)

    meter = Meter(deployment)
    figure = median_of(run, plan)
    return figure, meter.cost(sent)


@contextmanager
def _sink() -> Iterator[int]:
    """A mail server in a process of its own that counts what it gets; its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "tidegate_simulators.mail", "--pipe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        try:
            yield int(json.loads(process.stdout.readline())["port"])
        finally:
            process.communicate()


async def _ready_made(port: int, count: int) -> None:
    await asyncio.gather(*(_connection(port, count // _CONNECTIONS) for _ in range(_CONNECTIONS)))


async def _connection(port: int, count: int) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
    async with client:
        for _ in range(count):
            await client.sendmail("news@example.com", ["customer@example.org"], _MAIL)

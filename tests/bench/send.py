"""Send: accepted → gate → adapter → recorded, with an adapter that does nothing and with real SMTP."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import aiosmtplib
from bench.campaign import NULL_ADAPTER, OPEN, Campaign, prepare
from bench.measure import Cost, Median, Meter, Plan, Result, by, median_of, rate
from bench.world import DATABASES, POSTGRESQL, World
from support.ports import free_ports
from support.processes import Deployment
from tidegate.api.delivery.v1.messages_pb2 import MESSAGE_STATE_SENT

MESSAGES = 10_000
EMAILS = 5_000
_CONNECTIONS = 8
_BACKLOG = 256
_SOON = 10.0
_SYSTEM_PATH = os.pathsep.join((os.defpath, "/usr/sbin", "/usr/local/sbin"))
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
        with _sink() as (port, sink):
            yield _email_result(world, kind, port, sink=sink)


def _email_result(world: World, kind: str, port: int, *, sink: str) -> Result:
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
        limit_is=f"ready-made mails/s, 8 connections to {sink}",
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
def _sink() -> Iterator[tuple[int, str]]:
    """A mail server in a process of its own that throws away what it gets: its port, and what it is."""
    if (command := shutil.which("smtp-sink", path=_SYSTEM_PATH)) is not None:
        with _postfix_sink(command) as port:
            yield port, "Postfix's smtp-sink"
    else:
        with _simulator() as port:
            yield port, "the mail simulator"


@contextmanager
def _postfix_sink(command: str) -> Iterator[int]:
    (port,) = free_ports(1)
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to work as root
    with subprocess.Popen([command, *as_user, f"127.0.0.1:{port}", str(_BACKLOG)]) as process:
        try:
            _await_port(port)
            yield port
        finally:
            process.terminate()


def _await_port(port: int) -> None:
    deadline = time.monotonic() + _SOON
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def _simulator() -> Iterator[int]:
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

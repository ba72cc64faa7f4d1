"""Whether what waits costs: the gate, the way of a message and ExplainMessage beside a million other messages.

The same is measured with ten thousand that wait, and then with a million: some for years, some on a channel that nobody
serves, some sent long ago.
"""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from bench import gate, send, stock
from bench.campaign import NULL_ADAPTER, Campaign, prepare
from bench.measure import Cost, Median, Result, median_of, seconds
from bench.world import DATABASES, World
from support.processes import Deployment
from tidegate.api.delivery.v1 import delivery_service_pb2 as api

FEW, MANY = 10_000, 1_000_000
_KINDS = (("deferred", 0.4), ("accepted", 0.3), ("sent", 0.3))
_EXPLAINED = 100
_FLAT = 0.8
Measured = tuple[Median, Cost]


def results(world: World) -> Iterator[Result]:
    """Three lines per database; the limit is what the same was with few messages."""
    many = MANY if world.scale >= 1 else FEW * 5
    for kind in DATABASES:
        with world.serving(kind, ["identity", "delivery"], path=NULL_ADAPTER) as (deployment, url):
            campaign = prepare(deployment, world.items(gate.MESSAGES), adapter="null", settings={})
            folder = None if url else _folder(deployment)
            _fill(url, folder, 0, FEW)
            gated, sent = _measured(campaign, deployment, world)
            _fill(url, folder, FEW, many)
            gated_beside, sent_beside = _measured(campaign, deployment, world)
            explained = _explained(campaign, many, world)
        yield _flat("gate: claimed → decided", kind, "decisions/s", many, few=gated, much=gated_beside)
        yield _flat("send: accepted → recorded", kind, "messages/s", many, few=sent, much=sent_beside)
        yield Result(
            work=f"ExplainMessage beside {many:,} messages",
            database=kind,
            unit="ms",
            figure=explained,
            target="< 10 ms",
            met=explained.value < 10,
        )


def _folder(deployment: Deployment) -> Path:
    (file,) = deployment.folder.rglob("delivery.db")
    return file.parent


def _fill(url: str | None, folder: Path | None, begin: int, end: int) -> None:
    now, added = time.time_ns() // 1_000, end - begin
    for state, share in _KINDS:
        count = round(added * share)
        stock.fill(url, folder, count, state=state, begin=begin, now=now)
        begin += count
    stock.analyze(url)


def _measured(campaign: Campaign, deployment: Deployment, world: World) -> tuple[Measured, Measured]:
    return gate.measured(campaign, deployment, world.plan), send.measured(campaign, deployment, world.plan)


def _flat(work: str, kind: str, unit: str, many: int, *, few: Measured, much: Measured) -> Result:
    return Result(
        work=f"{work}, beside {many:,} messages",
        database=kind,
        unit=unit,
        figure=much[0],
        limit=few[0],
        limit_is=f"/s beside {FEW:,} ({few[1].cpu:.0f} CPU µs)",
        cost=much[1],
        target=f"flat: ratio ≥ {_FLAT}",
        met=much[0].value >= _FLAT * few[0].value,
    )


def _explained(campaign: Campaign, many: int, world: World) -> Median:
    return median_of(lambda: _explain(campaign, many), world.plan)


def _explain(campaign: Campaign, many: int) -> float:
    """Milliseconds of one call, over several messages that were sent."""
    numbers = random.sample(range(round(many * 0.75), many), _EXPLAINED)

    def work() -> None:
        for number in numbers:
            request = api.ExplainMessageRequest(message_id=stock.message_id(number))
            campaign.delivery.ExplainMessage(request)

    return seconds(work) * 1_000 / _EXPLAINED

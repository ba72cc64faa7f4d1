"""How long a triggered message takes from Send to its provider's call: while a hundred a second come, and beside a
campaign that the same account sends."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.campaign import NULL_ADAPTER, OPEN, Campaign, prepare
from bench.measure import Cost, Median, Meter, Result
from bench.world import DATABASES, World
from support.processes import Deployment
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as api
from tidegate.api.delivery.v1 import messages_pb2 as messages

_PER_SECOND = 100
_SECONDS = 15
_WARM_UP = 2
_SENDERS = 16
_MANY = 100_000
_BESIDE = 100
_FEW_PER_SECOND = 20
_PATIENCE = 30.0


def results(world: World) -> Iterator[Result]:
    """Two lines per database."""
    seconds = _SECONDS if world.scale >= 1 else 5
    for kind in DATABASES:
        with _campaign(world, kind, 1_000) as (campaign, deployment, journal):
            _send(campaign, _WARM_UP * _PER_SECOND, begin=0)
            meter = Meter(deployment)
            sent = _send(campaign, seconds * _PER_SECOND, begin=_WARM_UP * _PER_SECOND)
            took = _took(journal, sent)
            cost = meter.cost(len(sent))
        yield _result(f"at {_PER_SECOND}/s", kind, took, cost)
        many = world.items(_MANY)
        with _campaign(world, kind, many) as (campaign, _, journal):
            campaign.pause()
            campaign.send(campaign.requests(OPEN))
            campaign.resume()
            took = _took(journal, _send(campaign, _BESIDE, begin=0, per_second=_FEW_PER_SECOND))
        yield _result(f"beside a campaign of {many:,}", kind, took)


@contextmanager
def _campaign(world: World, kind: str, customers: int) -> Iterator[tuple[Campaign, Deployment, Path]]:
    """A campaign, and the file in which its adapter notes when it is called for which message."""
    with (
        TemporaryDirectory() as folder,
        world.serving(kind, ["identity", "delivery"], path=NULL_ADAPTER) as (deployment, _),
    ):
        journal = Path(folder) / "journal"
        yield prepare(deployment, customers, adapter="null", settings={"journal": str(journal)}), deployment, journal


def _result(beside: str, kind: str, took: Sequence[float], cost: Cost | None = None) -> Result:
    slow = took[int(len(took) * 0.99)]
    return Result(
        work=f"triggered message {beside}: Send → adapter's call, p99",
        database=kind,
        unit="ms",
        figure=Median(slow, took[0], took[-1], len(took)),
        limit=None,
        limit_is=f"median {took[len(took) // 2]:.0f} ms",
        cost=cost,
        target="< 200 ms",
        met=slow < 200,
    )


def _send(campaign: Campaign, count: int, *, begin: int, per_second: int = _PER_SECOND) -> dict[str, int]:
    """Hands over a message at a time, at a steady pace; returns by id when the call began, in ns."""
    first = time.monotonic()
    with ThreadPoolExecutor(_SENDERS) as pool:
        calls = []
        for number in range(count):
            time.sleep(max(first + number / per_second - time.monotonic(), 0))
            calls.append(pool.submit(_sent, campaign, begin + number))
        return dict(call.result() for call in calls)


def _sent(campaign: Campaign, number: int) -> tuple[str, int]:
    message = messages.OutgoingMessage(
        idempotency_key=f"triggered-{number}",
        recipient=messages.Recipient(customer_id=campaign.customers[number % len(campaign.customers)]),
        channels=["email"],
        template_id="sale",
        variables={"name": Value(string_value="customer")},
        message_class=messages.MESSAGE_CLASS_TRANSACTIONAL,
    )
    began = time.time_ns()
    answer = campaign.delivery.Send(api.SendRequest(messages=[message]))
    return answer.results[0].accepted.message_id, began


def _took(journal: Path, sent: dict[str, int]) -> list[float]:
    """Milliseconds from Send to the adapter's call, the shortest first."""
    called = _called(journal, sent)
    return sorted((called[message_id] - began) / 1e6 for message_id, began in sent.items())


def _called(journal: Path, wanted: dict[str, int]) -> dict[str, int]:
    """When the adapter was called for each of the messages, in ns."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        lines = [line.split() for line in journal.read_text().splitlines()] if journal.exists() else []
        called = {message_id: int(instant) for message_id, instant in lines}
        if wanted.keys() <= called.keys():
            return called
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(wanted.keys() - called.keys())} messages did not come to their provider")
        time.sleep(0.1)

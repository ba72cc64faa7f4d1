"""How long a triggered message takes from Send to its provider's call, while a hundred a second come."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.campaign import NULL_ADAPTER, Campaign, prepare
from bench.measure import Median, Meter, Result
from bench.world import DATABASES, World
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as api
from tidegate.api.delivery.v1 import messages_pb2 as messages

_PER_SECOND = 100
_SECONDS = 15
_WARM_UP = 2
_SENDERS = 16
_PATIENCE = 30.0


def results(world: World) -> Iterator[Result]:
    """One line per database."""
    seconds = _SECONDS if world.scale >= 1 else 5
    for kind in DATABASES:
        with (
            TemporaryDirectory() as folder,
            world.serving(kind, ["identity", "delivery"], path=NULL_ADAPTER) as (
                deployment,
                _,
            ),
        ):
            journal = Path(folder) / "journal"
            campaign = prepare(deployment, 1_000, adapter="null", settings={"journal": str(journal)})
            _send(campaign, _WARM_UP * _PER_SECOND, begin=0)
            meter = Meter(deployment)
            sent = _send(campaign, seconds * _PER_SECOND, begin=_WARM_UP * _PER_SECOND)
            called = _called(journal, sent)
            cost = meter.cost(len(sent))
        took = sorted((called[message_id] - began) / 1e6 for message_id, began in sent.items())
        slow = took[int(len(took) * 0.99)]
        yield Result(
            work=f"triggered message at {_PER_SECOND}/s: Send → adapter's call, p99",
            database=kind,
            unit="ms",
            figure=Median(slow, took[0], took[-1], len(took)),
            limit=None,
            limit_is=f"median {took[len(took) // 2]:.0f} ms",
            cost=cost,
            target="< 200 ms",
            met=slow < 200,
        )


def _send(campaign: Campaign, count: int, *, begin: int) -> dict[str, int]:
    """Hands over a message at a time, at a steady pace; returns by id when the call began, in ns."""
    first = time.monotonic()
    with ThreadPoolExecutor(_SENDERS) as pool:
        calls = []
        for number in range(count):
            time.sleep(max(first + number / _PER_SECOND - time.monotonic(), 0))
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

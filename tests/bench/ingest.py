"""Ingest: IngestStream → resolved, de-duplicated, stored, in the feed; by one process, and by two.

One process of Python computes on one core. A second replica brings the second core to use, also of this machine,
where client and database are on the same two.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.limits import copy_rate, insert_rate
from bench.measure import Cost, Median, Meter, Plan, Result, by, median_of, rate
from bench.world import DATABASES, POSTGRESQL, World
from google.protobuf.timestamp_pb2 import Timestamp
from support.command import start_installed
from support.processes import Deployment
from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.identity.v1 import changes_pb2
from tidegate.api.identity.v1.events_pb2 import Event, IngestStreamRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

EVENTS = 20_000
BATCH = 1_000
_EVENTS_PER_CUSTOMER = 4
_BEGINNING = 1_760_000_000


@dataclass
class Shop:
    """Makes events that no run has seen before: every fourth brings a customer, too."""

    made: int = 0

    def events(self, count: int) -> list[Event]:
        """The next ``count`` events; every third customer is known by a phone, too."""
        first, self.made = self.made, self.made + count
        return [self._event(number) for number in range(first, first + count)]

    def _event(self, number: int) -> Event:
        customer = number // _EVENTS_PER_CUSTOMER if number % 2 else number * 7919 % (number // 4 + 1)
        identifiers = [Identifier(namespace="member_id", value=f"m{customer}")]
        if customer % 3 == 0:
            identifiers.append(Identifier(namespace="phone", value=f"+86{13_000_000_000 + customer}"))
        return Event(
            source="bench",
            event_id=str(number),
            name="order_paid",
            time=Timestamp(seconds=_BEGINNING + number),
            identifiers=identifiers,
            properties={
                "cents": Value(int_value=number % 50_000),
                "category": Value(string_value=("frames", "lenses", "care")[number % 3]),
                "first": Value(bool_value=number % 5 == 0),
            },
        )


def results(world: World) -> Iterator[Result]:
    """One line per database, and on PostgreSQL one with two replicas."""
    for kind in DATABASES:
        yield _result(world, kind)
    yield _result(world, POSTGRESQL, replicas=2)


def _result(world: World, kind: str, *, replicas: int = 1) -> Result:
    shop, count = Shop(), world.items(EVENTS)
    with world.serving(kind, ["identity"]) as (deployment, url):
        stubs = stubs_of(deployment, replicas)
        figure, cost = _measured(deployment, stubs, shop, count, world.plan)
        limit = (
            copy_rate(url, "identity", items=shop.made, plan=world.plan)
            if url
            else insert_rate(deployment.folder / "identity.db", items=shop.made, plan=world.plan)
        )
    return Result(
        work=f"ingest: IngestStream → stored, in the feed{by(replicas)}",
        database=kind,
        unit="events/s",
        figure=figure,
        limit=limit,
        limit_is="/s, COPY of the same rows" if kind == POSTGRESQL else "/s, executemany of the same rows",
        cost=cost,
        target="≥ 10,000/s and ≥ 15 % of COPY",
        met=figure.value >= 10_000 and figure.value >= 0.15 * limit.value,
    )


def _measured(
    deployment: Deployment, stubs: Sequence[IdentityServiceStub], shop: Shop, count: int, plan: Plan
) -> tuple[Median, Cost]:
    meter, made = Meter(deployment), shop.made
    figure = median_of(lambda: rate_of(stubs, batches(shop.events(count))), plan)
    cost = meter.cost(shop.made - made)
    _check_feed(stubs[0], shop.made)
    return figure, cost


def stubs_of(deployment: Deployment, replicas: int) -> list[IdentityServiceStub]:
    """A stub for each of ``replicas`` of identity, of which ``deployment`` has one so far."""
    more = [deployment.add_replica(start=start_installed) for _ in range(replicas - 1)]
    first = deployment.stub("identity", IdentityServiceStub)
    return [first, *(deployment.stub_at(address, IdentityServiceStub) for address in more)]


def rate_of(stubs: Sequence[IdentityServiceStub], requests: Sequence[IngestStreamRequest]) -> float:
    """Events per second that ``stubs`` get through together, a stream each, which share ``requests``."""

    def work() -> None:
        with ThreadPoolExecutor(len(stubs)) as clients:
            sent = [clients.submit(stream, stub, requests[i :: len(stubs)]) for i, stub in enumerate(stubs)]
            for each in sent:
                each.result()

    return rate(sum(len(request.events) for request in requests), work)


def batches(events: Sequence[Event]) -> list[IngestStreamRequest]:
    """Requests of a thousand events."""
    return [
        IngestStreamRequest(sequence=start, events=events[start : start + BATCH])
        for start in range(0, len(events), BATCH)
    ]


def stream(stub: IdentityServiceStub, requests: Sequence[IngestStreamRequest]) -> None:
    """Sends ``requests``, none of whose events has been seen before."""
    for answer in stub.IngestStream(iter(requests)):
        if answer.refused or answer.duplicates:
            raise RuntimeError(f"the service refused events, or knows them: {answer}")


def _check_feed(stub: IdentityServiceStub, expected: int) -> None:
    """What is fast and not done is not counted."""
    recorded, position = 0, 0
    while True:
        page = stub.ListChanges(changes_pb2.ListChangesRequest(after_position=position, page_size=10_000))
        recorded += sum(change.HasField("event_recorded") for change in page.changes)
        if not page.changes:
            break
        position = page.next_position
    if recorded != expected:
        raise RuntimeError(f"{expected} events were sent and {recorded} are in the feed")

"""Who is whom: ingest that merges, identifiers looked up, two long histories merged, and memory over many events."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from bench.ingest import BATCH, batches, rate_of, stream, stubs_of
from bench.measure import Median, Meter, Result, by, median_of, seconds
from bench.world import DATABASES, POSTGRESQL, World
from google.protobuf.timestamp_pb2 import Timestamp
from support.processes import Deployment
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.identity.v1.customers_pb2 import ResolveIdentifiersRequest
from tidegate.api.identity.v1.events_pb2 import Event, IngestStreamRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.identity.v1.merges_pb2 import MergeCustomersRequest
from tidegate.api.identity.v1.references_pb2 import CustomerReference

EVENTS = 20_000
HISTORY = 10_000
MANY = 1_000_000
_ROUNDS = 10
_PEOPLE = BATCH // (2 * _ROUNDS)
_BEGINNING = 1_760_000_000
_MEGABYTE = 1_000_000


@dataclass
class Pairs:
    """Makes events of people who are known in two ways and, in one event of twenty, turn out to be one.

    Each batch has half of the events of fifty people, and the other half of fifty others, which ends with the event
    that joins what the batch before has made. People of other ``name`` are others.
    """

    name: str = "pair"
    batches: int = 0

    def events(self, count: int) -> list[Event]:
        """The next ``count`` events, in whole batches."""
        first = self.batches
        self.batches += count // BATCH
        return [event for number in range(first, self.batches) for event in self._batch(number)]

    @property
    def people(self) -> int:
        """How many are known by now."""
        return self.batches * _PEOPLE

    def _batch(self, number: int) -> Iterator[Event]:
        for turn, person in itertools.product(range(_ROUNDS), range(_PEOPLE)):
            yield self._event(number * _PEOPLE + person, turn)
            yield self._event((number - 1) * _PEOPLE + person, turn + _ROUNDS)

    def _event(self, person: int, turn: int) -> Event:
        name = f"{self.name}{person}"
        ways = (("member_id", name), ("device", name))
        known = ways if turn == 2 * _ROUNDS - 1 else (ways[turn % 2],)
        return event(f"{name}-{turn}", turn, *known)


def event(event_id: str, second: int, *known: tuple[str, str]) -> Event:
    """Something that happened to whom ``known`` names."""
    return Event(
        source="bench",
        event_id=event_id,
        name="page_viewed",
        time=Timestamp(seconds=_BEGINNING + second),
        identifiers=[Identifier(namespace=namespace, value=value) for namespace, value in known],
    )


def results(world: World) -> Iterator[Result]:
    """Three lines per database, and one with two replicas."""
    for kind in DATABASES:
        with world.serving(kind, ["identity"]) as (deployment, _):
            stub = deployment.stub("identity", IdentityServiceStub)
            pairs = Pairs()
            yield _joining(world, kind, deployment, {stub: pairs})
            yield _resolving(world, kind, stub, pairs)
            yield _merging(world, kind, stub)
    with world.serving(POSTGRESQL, ["identity"]) as (deployment, _):
        both = zip(stubs_of(deployment, 2), (Pairs("one"), Pairs("other")), strict=True)
        yield _joining(world, POSTGRESQL, deployment, dict(both))


def memory_results(world: World) -> Iterator[Result]:
    """How much more memory identity holds after a million events than after the first tenth of them.

    Each brings a customer, so that by then identity remembers as many identifiers as it ever does.
    """
    count = world.items(MANY)
    tenth = count // 10
    with world.serving(POSTGRESQL, ["identity"]) as (deployment, _):
        stub = deployment.stub("identity", IdentityServiceStub)
        (served,) = deployment.served
        held = []
        for first in range(0, count, tenth):
            fresh = [event(f"{number}", number, ("device", f"new{number}")) for number in range(first, first + tenth)]
            stream(stub, batches(fresh))
            held.append(served.resident_bytes())
    growth = held[-1] / held[0]
    yield Result(
        work=f"memory after {count:,} events, as a multiple of that after {tenth:,}",
        database=POSTGRESQL,
        unit=f"× {held[0] / _MEGABYTE:,.0f} MB",
        figure=Median(growth, growth, growth, 1),
        target="≤ 1.1",
        met=growth <= 1.1,
    )


def _joining(world: World, kind: str, deployment: Deployment, told: Mapping[IdentityServiceStub, Pairs]) -> Result:
    """``told`` has the people of whom each replica is told."""
    count = world.items(EVENTS) // len(told)

    def requests() -> list[IngestStreamRequest]:
        """In turns: one for each replica."""
        return list(chain.from_iterable(zip(*(batches(pairs.events(count)) for pairs in told.values()), strict=True)))

    for stub, pairs in told.items():
        stream(stub, batches(pairs.events(BATCH)))
    meter, before = Meter(deployment), sum(pairs.batches for pairs in told.values())
    figure = median_of(lambda: rate_of(list(told), requests()), world.plan)
    made = sum(pairs.batches for pairs in told.values()) - before
    return Result(
        work=f"ingest, 5 % of the events merge two customers{by(len(told))}",
        database=kind,
        unit="events/s",
        figure=figure,
        cost=meter.cost(made * BATCH),
        target="≥ 10,000/s",
        met=figure.value >= 10_000,
    )


def _resolving(world: World, kind: str, stub: IdentityServiceStub, pairs: Pairs) -> Result:
    known = (f"pair{number % pairs.people}" for number in range(BATCH))
    asked = ResolveIdentifiersRequest(identifiers=[Identifier(namespace="device", value=value) for value in known])
    figure = median_of(lambda: 1_000 * seconds(lambda: stub.ResolveIdentifiers(asked)), world.plan)
    return Result(
        work="ResolveIdentifiers of 1,000",
        database=kind,
        unit="ms",
        figure=figure,
        target="< 25 ms",
        met=figure.value < 25,
    )


def _merging(world: World, kind: str, stub: IdentityServiceStub) -> Result:
    numbers, count = itertools.count(), world.items(HISTORY)

    def run() -> float:
        names = [("member_id", f"long{next(numbers)}"), ("device", f"long{next(numbers)}")]
        for name in names:
            stream(stub, batches([event(f"{name}-{number}", number, name) for number in range(count)]))
        asked = MergeCustomersRequest(
            customers=[CustomerReference(identifier=Identifier(namespace=n, value=value)) for n, value in names],
            reason="bench",
        )
        return 1_000 * seconds(lambda: stub.MergeCustomers(asked))

    figure = median_of(run, world.plan)
    return Result(
        work=f"MergeCustomers of two with {count:,} events each",
        database=kind,
        unit="ms",
        figure=figure,
        target="< 100 ms",
        met=figure.value < 100,
    )

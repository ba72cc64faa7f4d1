"""The shop's own platform: what it tells identity of its customers."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

import grpc

from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.identity.v1.consents_pb2 import DECISION_GRANTED, Consent
from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert, UpsertCustomersRequest, UpsertCustomersResponse
from tidegate.api.identity.v1.events_pb2 import Event, IngestStreamRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.demo.policies import CHANNELS
from tidegate.demo.shop import CORPID, Fact, Person, identifiers
from tidegate.demo.words import text, timestamp, whole

T = TypeVar("T")
BATCH = 1000


class Refused(Exception):
    """Identity does not take what the demo tells it; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What identity answered, added up."""

    accepted: int = 0
    duplicates: int = 0
    created: int = 0
    merged: int = 0
    conflicts: int = 0


def ingest(identity: IdentityServiceStub, facts: Iterable[Fact], *, told: Callable[[int], None]) -> Ingested:
    """Streams ``facts`` to identity; ``told`` hears how many more were acknowledged. Raises Refused."""
    sent = list(batches(facts, BATCH))
    requests = (
        IngestStreamRequest(sequence=number, events=[_event(fact) for fact in batch])
        for number, batch in enumerate(sent)
    )
    total = Ingested()
    for answer in identity.IngestStream(requests):
        for refused in answer.refused:
            fact = sent[answer.sequence][refused.index]
            raise Refused(f"identity refuses {fact.event_id} of {fact.source}: {refused.error.message}")
        total = Ingested(
            total.accepted + answer.accepted,
            total.duplicates + answer.duplicates,
            total.created + answer.created,
            total.merged + answer.merged,
            total.conflicts + answer.conflicts,
        )
        told(answer.accepted + answer.duplicates)
    return total


def introduce(
    identity: IdentityServiceStub, people: Sequence[Person], time: datetime, *, told: Callable[[int], None]
) -> None:
    """Tells identity where each person can be reached and what they have agreed to. Raises Refused."""
    under_way: deque[tuple[list[Person], grpc.Future[UpsertCustomersResponse]]] = deque()
    for batch in batches(people, BATCH):
        request = UpsertCustomersRequest(customers=[_profile(person, time) for person in batch])
        under_way.append((batch, identity.UpsertCustomers.future(request)))
        if len(under_way) > 1:
            _hear(*under_way.popleft(), told)
    while under_way:
        _hear(*under_way.popleft(), told)


def _hear(batch: Sequence[Person], answer: "grpc.Future[UpsertCustomersResponse]", told: Callable[[int], None]) -> None:
    for person, result in zip(batch, answer.result().results, strict=True):
        if result.HasField("error"):
            raise Refused(f"identity refuses customer {person.number}: {result.error.message}")
    told(len(batch))


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """``items`` in lists of ``size``, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _event(fact: Fact) -> Event:
    event = Event(
        source=fact.source,
        event_id=fact.event_id,
        name=fact.name,
        time=timestamp(fact.time),
        identifiers=[Identifier(namespace=namespace, value=value) for namespace, value in fact.identifiers],
    )
    if fact.name == "order.paid":
        event.properties["amount"].CopyFrom(whole(fact.amount))
        event.properties["category"].CopyFrom(text(fact.category))
    return event


def _profile(person: Person, time: datetime) -> CustomerUpsert:
    bound = person.sources if person.linked else person.sources[:1]
    known = [pair for source in bound for pair in identifiers(person, source)]
    known += [("phone", person.phone), ("device", person.device)]
    if person.external_userid:
        known.append((f"wecom.external_userid:{CORPID}", person.external_userid))
    return CustomerUpsert(
        identifiers=[Identifier(namespace=namespace, value=value) for namespace, value in known],
        attributes={"city": text(person.city)},
        consents=[_consent(channel, time) for channel in CHANNELS if channel in person.consents],
        source=bound[0],
        time=timestamp(time),
    )


def _consent(channel: str, time: datetime) -> Consent:
    return Consent(
        purpose="marketing",
        channel=channel,
        decision=DECISION_GRANTED,
        time=timestamp(time),
        source="member centre",
        proof="ticked in the member centre",
    )

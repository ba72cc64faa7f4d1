"""Writers at the same time: no deadlock reaches a caller, nothing is merged by half, nothing is lost."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from support.feeds import changes
from support.patience import at_once
from support.people import event, ingest, put, resolved, upsert
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, definitions_pb2, events_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

WRITERS = 4
PEOPLE = 25
BATCHES = 12


def identifiers_of(person: int) -> list[str]:
    return [f"cookie {person}-{number}" for number in range(6)]


def batches_of(writer: int) -> list[list[events_pb2.Event]]:
    """Events that join the identifiers of each person, pair by pair, in an order of the writer's own."""
    shuffle = random.Random(writer)
    pairs = [
        pair
        for person in range(PEOPLE)
        for pair in zip(identifiers_of(person), identifiers_of(person)[1:], strict=False)
    ]
    shuffle.shuffle(pairs)
    events = [event(f"{writer}-{place}", *pair, time=writer) for place, pair in enumerate(pairs)]
    size = len(events) // BATCHES + 1
    return [events[start : start + size] for start in range(0, len(events), size)]


def test_writers_that_merge_the_same_people_agree_in_the_end(identity: IdentityServiceStub) -> None:
    def write(writer: int) -> int:
        return sum(len(ingest(identity, *batch)) for batch in batches_of(writer))

    with ThreadPoolExecutor(WRITERS) as pool:
        written = sum(pool.map(write, range(WRITERS)))
    assert written == WRITERS * PEOPLE * 5
    owners = [set(resolved(identity, *identifiers_of(person))) for person in range(PEOPLE)]
    assert all(len(owner) == 1 for owner in owners)
    assert len(set[int]().union(*owners)) == PEOPLE

    found = list(changes(identity, changes_pb2.ListChangesRequest(page_size=10_000)))
    counts = Counter(change.WhichOneof("change") for change in found)
    assert counts["event_recorded"] == written
    assert counts["customer_created"] - counts["customer_merged"] == PEOPLE
    merged = [c.customer_merged.merged_id for c in found if c.HasField("customer_merged")]
    assert len(merged) == len(set(merged))
    assert not set(merged) & set[int]().union(*owners)


def test_changes_to_a_customer_are_announced_in_the_order_in_which_they_took_effect(
    identity: IdentityServiceStub,
) -> None:
    """A sum that only grows must be announced growing, whichever transaction got its number first."""
    definition = definitions_pb2.AttributeDefinition(
        name="visits",
        type=definitions_pb2.ATTRIBUTE_TYPE_INT,
        merge_policy=definitions_pb2.MERGE_POLICY_SUM,
    )
    identity.CreateAttributeDefinition(
        definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=definition)
    )
    put(identity, *(upsert(f"member_id m-{number}") for number in range(12)))

    def write(writer: int) -> None:
        shuffle = random.Random(writer)
        for step in range(60):
            visited = shuffle.sample(range(12), 3)
            put(
                identity,
                *(
                    upsert(f"member_id m-{n}", source=f"w{writer}", time=step, attributes={"visits": 1})
                    for n in visited
                ),
            )

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    told: dict[int, list[int]] = {}
    for change in changes(identity, changes_pb2.ListChangesRequest(page_size=10_000)):
        if change.HasField("attributes_changed"):
            value = change.attributes_changed.changed["visits"].int_value
            told.setdefault(change.customer_id, []).append(value)
    assert sum(len(values) for values in told.values()) == WRITERS * 60 * 3
    assert all(values == sorted(values) for values in told.values())


def test_one_event_sent_by_all_at_once_is_stored_once(identity: IdentityServiceStub) -> None:
    def write(_writer: int) -> list[events_pb2.EventResult]:
        return ingest(identity, *(event(str(number), f"phone 138001380{number:02}") for number in range(40)))

    with ThreadPoolExecutor(WRITERS) as pool:
        results = [result for batch in pool.map(write, range(WRITERS)) for result in batch]
    assert sum(not result.duplicate for result in results) == 40
    assert sum(result.created for result in results) == 40
    assert len({result.customer_id for result in results}) == 40


def test_who_reads_while_others_merge_sees_customers_whole(identity: IdentityServiceStub) -> None:
    """A customer is never seen without what it brought into a merge or got out of one."""
    count = 75
    phones = [f"phone 1380013{number:04}" for number in range(count)]
    emails = [f"email p{number}@shop.example" for number in range(count)]
    created = put(identity, *(upsert(phone, time=1) for phone in phones), *(upsert(e, time=2) for e in emails))
    request = customers_pb2.BatchGetContactPointsRequest(customer_ids=[c.customer_id for c in created])
    merged = threading.Event()

    def read() -> int:
        seen = 0
        while not merged.is_set():
            for point in identity.BatchGetContactPoints(request).points:
                is_merged = point.customer_id != point.canonical_customer_id
                assert len(point.addresses) >= (2 if is_merged else 1), point
            seen += 1
        return seen

    def merge() -> int:
        try:
            for phone, email in zip(phones, emails, strict=True):
                put(identity, upsert(phone, email, time=3))
        finally:
            merged.set()
        return count

    assert all(seen > 0 for seen in at_once(read, read, merge, seconds=120))

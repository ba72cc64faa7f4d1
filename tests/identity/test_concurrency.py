"""Writers at the same time: no deadlock reaches a caller, nothing is merged by half, nothing is lost."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import grpc
from support.budget import budget
from support.feeds import changes
from support.patience import at_once
from support.people import customer, event, ingest, put, resolved, upsert, who
from support.status import failure_of
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, definitions_pb2, events_pb2, merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

WRITERS = 4
PEOPLE = budget(12, 25)
BATCHES = 12
STEPS = budget(25, 60)
PAIRS = budget(30, 75)


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
        for step in range(STEPS):
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
    assert sum(len(values) for values in told.values()) == WRITERS * STEPS * 3
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
    count = PAIRS
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


def test_people_who_merge_and_split_at_once_leave_what_the_feed_says(identity: IdentityServiceStub) -> None:
    """Whoever follows the feed knows to whom every id belongs, and every customer has what its ids brought."""
    ids = [result.customer_id for result in put(identity, *(_person(number) for number in range(12)))]

    def write(writer: int) -> Counter[str]:
        chance, done = random.Random(writer), Counter[str]()
        for step in range(30):
            one, other = chance.sample(ids, 2)
            if step % 3 == 2:
                done[_attempt(lambda: _split(identity, one))] += 1  # noqa: B023
            else:
                done[_attempt(lambda: _merge(identity, one, other))] += 1  # noqa: B023
            ingest(identity, event(f"{writer}-{step}", f"cookie c-{ids.index(one)}", time=writer))
        return done

    with ThreadPoolExecutor(WRITERS) as pool:
        done = sum(pool.map(write, range(WRITERS)), Counter[str]())
    assert set(done) <= {"done", "MERGE_FORBIDDEN", "INVALID_FIELD"}, done
    assert done["done"] > 20
    told = _owners_by_the_feed(changes(identity, changes_pb2.ListChangesRequest(page_size=10_000)))
    for number, customer_id in enumerate(ids):
        found = customer(identity, customer_id)
        assert found.customer_id == told[customer_id]
        assert resolved(identity, f"cookie c-{number}") == [found.customer_id]
        belonging = {found.customer_id, *found.alias_ids}
        assert belonging == {each for each, owner in told.items() if owner == found.customer_id}
        assert [one.tag for one in found.tags] == sorted(f"person {ids.index(each):02}" for each in belonging)


def _person(number: int) -> customers_pb2.CustomerUpsert:
    return upsert(f"cookie c-{number}", time=number, add_tags=[f"person {number:02}"])


def _merge(identity: IdentityServiceStub, one: int, other: int) -> None:
    identity.MergeCustomers(merges_pb2.MergeCustomersRequest(customers=[who(one), who(other)], reason="by chance"))


def _split(identity: IdentityServiceStub, customer_id: int) -> None:
    found = customer(identity, customer_id)
    identity.SplitCustomer(
        merges_pb2.SplitCustomerRequest(
            customer_id=found.customer_id, original_customer_ids=found.alias_ids[:1], reason="by chance"
        )
    )


def _attempt(call: Callable[[], None]) -> str:
    try:
        call()
    except grpc.RpcError as error:
        return failure_of(error).reason
    return "done"


def _owners_by_the_feed(told: Iterable[changes_pb2.Change]) -> dict[int, int]:
    """To whom every id belongs, as a follower of the feed knows it."""
    owners: dict[int, int] = {}
    for change in told:
        if change.HasField("customer_created"):
            owners[change.customer_id] = change.customer_id
        elif change.HasField("customer_merged"):
            merged = change.customer_merged
            owners.update({i: merged.survivor_id for i, owner in owners.items() if owner == merged.merged_id})
        elif change.HasField("customer_split"):
            for left in change.customer_split.separated:
                owners.update(dict.fromkeys(left.original_customer_ids, left.customer_id))
    return owners

"""Events through the contract: resolved, stored once, in order, each with its answer."""

import queue
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from support import feeds
from support.people import at, customer, event, identifiers_of, ingest, put, resolved, upsert
from tidegate.api.identity.v1 import changes_pb2, events_pb2, merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.filing import SHARED_FROM
from tidegate.runtime.clock import ManualClock


def listed(identity: IdentityServiceStub, customer_id: int, **fields: object) -> list[str]:
    request = events_pb2.ListCustomerEventsRequest(customer_id=customer_id, **fields)  # type: ignore[arg-type]
    return [stored.event.event_id for stored in identity.ListCustomerEvents(request).events]


def test_a_form_makes_one_customer_of_a_follower_and_a_lead(identity: IdentityServiceStub) -> None:
    """S01: website lead, follower, and phone become one customer."""
    lead, follower = ingest(
        identity,
        event("1", "phone 138 0013 8000", source="website", name="lead", time=1),
        event("2", "wechat.openid:wx1 o-1", source="wechat", name="follow", time=2),
    )
    assert lead.created
    assert follower.created
    assert lead.customer_id != follower.customer_id
    (form,) = ingest(
        identity,
        event("3", "wechat.openid:wx1 o-1", "phone +8613800138000", source="wechat", name="form", time=3),
    )
    assert form.customer_id == lead.customer_id
    assert not form.created
    found = customer(identity, follower.customer_id)
    assert found.customer_id == lead.customer_id
    assert list(found.alias_ids) == [follower.customer_id]
    assert identifiers_of(found) == ["wechat.openid:wx1 o-1", "phone +8613800138000"]
    assert listed(identity, follower.customer_id) == ["3", "2", "1"]


def test_replaying_changes_nothing(identity: IdentityServiceStub) -> None:
    events = [event("1", "phone 13800138000"), event("2", "email li@shop.example")]
    first = ingest(identity, *events)
    again = ingest(identity, *events, event("1", "member_id m-9"), event("1", "phone 13800138000", source="crm"))
    assert [result.customer_id for result in again[:3]] == [first[0].customer_id, first[1].customer_id, 1]
    assert [result.duplicate for result in again] == [True, True, True, False]
    assert resolved(identity, "member_id m-9") == [0]
    assert listed(identity, first[0].customer_id) == ["1", "1"]


def test_a_batch_may_hold_an_event_twice(identity: IdentityServiceStub) -> None:
    results = ingest(identity, event("1", "phone 13800138000"), event("1", "email li@shop.example"))
    assert [result.duplicate for result in results] == [False, True]
    assert results[0].customer_id == results[1].customer_id
    assert resolved(identity, "email li@shop.example") == [0]


def test_a_batch_may_make_merge_and_use_customers(identity: IdentityServiceStub) -> None:
    results = ingest(
        identity,
        event("1", "phone 13800138000", time=5),
        event("2", "email li@shop.example", time=1),
        event("3", "phone 13800138000", "email li@shop.example", time=9),
        event("4", "phone 13800138000", time=10),
    )
    survivor = results[1].customer_id
    assert {result.customer_id for result in results} == {survivor}
    assert [result.created for result in results] == [True, True, False, False]
    assert customer(identity, survivor).first_seen_time == at(1)
    merge = identity.ListMerges(merges_pb2.ListMergesRequest(customer_id=survivor)).merges[0]
    assert (merge.survivor_id, merge.source, merge.event_id) == (survivor, "shop", "3")


def test_strong_identifiers_are_protected_and_the_conflict_is_filed_once(identity: IdentityServiceStub) -> None:
    ingest(
        identity,
        event("1", "member_id m-1", "phone 13800138000"),
        event("2", "member_id m-2", "phone 13900139000"),
    )
    first, second = ingest(
        identity,
        event("3", "phone 13800138000", "phone 13900139000"),
        event("4", "phone 13800138000", "phone 13900139000"),
    )
    assert first.conflict_id
    assert first.conflict_id == second.conflict_id
    assert resolved(identity, "member_id m-1", "member_id m-2") == [1, 2]
    (conflict,) = identity.ListConflicts(merges_pb2.ListConflictsRequest(customer_id=2)).conflicts
    assert conflict.conflict_id == first.conflict_id
    assert conflict.state == merges_pb2.CONFLICT_STATE_OPEN
    assert conflict.reason == merges_pb2.CONFLICT_REASON_STRONG_IDENTIFIER
    assert conflict.namespace == "member_id"
    assert list(conflict.customer_ids) == [1, 2]
    assert [one.value for one in conflict.identifiers] == ["+8613800138000", "+8613900139000"]
    assert (conflict.source, conflict.event_id) == ("shop", "3")
    assert listed(identity, first.customer_id)[:2] == ["4", "3"]


def test_a_conflict_shows_customers_as_they_are_now(identity: IdentityServiceStub) -> None:
    ingest(identity, event("1", "member_id m-1", "phone 13800138000", time=5))
    ingest(identity, event("2", "member_id m-2", "phone 13800138000", time=6))
    ingest(identity, event("3", "email li@shop.example", time=1))
    ingest(identity, event("4", "email li@shop.example", "member_id m-1", time=7))
    assert resolved(identity, "member_id m-1") == [3]
    (conflict,) = identity.ListConflicts(merges_pb2.ListConflictsRequest()).conflicts
    assert list(conflict.customer_ids) == [2, 3]


def test_future_and_past_times_are_kept(identity: IdentityServiceStub, clock: ManualClock) -> None:
    late = datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    early = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(days=365)
    future, past = event("1", "member_id m"), event("2", "member_id m")
    future.time.FromDatetime(late)
    past.time.FromDatetime(early)
    ingest(identity, future, past)
    request = events_pb2.ListCustomerEventsRequest(customer_id=1)
    times = [stored.event.time.ToDatetime(UTC) for stored in identity.ListCustomerEvents(request).events]
    assert times == [late, early]
    assert customer(identity, 1).first_seen_time.ToDatetime(UTC) == early
    (stored, other) = identity.ListCustomerEvents(request).events
    assert stored.received_time.ToDatetime(UTC) == clock.now()
    assert (stored.from_future, other.from_future) == (True, False)
    changes = list(feeds.changes(identity, changes_pb2.ListChangesRequest(kinds=["event_recorded"])))
    assert [change.event_recorded.from_future for change in changes] == [True, False]


def test_an_event_comes_back_as_it_was(identity: IdentityServiceStub) -> None:
    properties = {"cents": 1250, "sku": "s-1", "rate": 0.5, "gift": True, "names": ["a", "李"]}
    given = event("1", "member_id m", "phone 13800138000", "email A@Shop.Example", properties=properties)
    ingest(identity, given)
    (stored,) = identity.ListCustomerEvents(events_pb2.ListCustomerEventsRequest(customer_id=1)).events
    assert stored.event.properties == given.properties
    assert [one.value for one in stored.event.identifiers] == ["m", "+8613800138000", "A@shop.example"]
    assert stored.original_customer_id == 1


def test_events_are_listed_by_pages_names_and_spans(identity: IdentityServiceStub) -> None:
    names = ["view", "order"]
    ingest(identity, *(event(f"{i:02}", "member_id m", name=names[i % 2], time=i) for i in range(20)))
    request = events_pb2.ListCustomerEventsRequest(customer_id=1, page_size=7)
    seen: list[str] = []
    while True:
        page = identity.ListCustomerEvents(request)
        seen += [stored.event.event_id for stored in page.events]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert seen == [f"{i:02}" for i in reversed(range(20))]
    assert listed(identity, 1, names=["order"], interval={"start": at(15), "end": at(19)}) == ["17", "15"]


def test_bad_events_leave_the_others_alone_and_name_their_fields(identity: IdentityServiceStub) -> None:
    nameless = event("3", "member_id m-3")
    nameless.name = "Order Paid"
    timeless = event("4", "member_id m-4")
    timeless.ClearField("time")
    bad = [
        event("1", "fax 1"),
        event("2", "phone 12"),
        nameless,
        timeless,
        event("", "member_id m-5"),
        event("6"),
        event("7", "member_id m-7", properties={"amount": float("nan")}),
        event("8", "member_id m-8", attributes={"shoe_size": 44}),
        event("9", "member_id null"),
        event("10", "member_id " + "x" * 513),
        event("11", *(f"cookie c{i}" for i in range(21))),
        event("12", "member_id m-12", source=""),
        event("13", "member_id m-13", properties={f"p{i}": i for i in range(65)}),
        event("14", "member_id m-14", properties={"text": "x" * 4097}),
        event("x" * 129, "member_id m-15"),
        event("16", "wechat.openid o-1"),
    ]
    good = event("20", "member_id m-20")
    results = ingest(identity, *bad, good)
    fields = [result.error.field_violations[0].field for result in results[:-1]]
    assert fields == [
        "events[0].identifiers[0].namespace",
        "events[1].identifiers[0].value",
        "events[2].name",
        "events[3].time",
        "events[4].event_id",
        "events[5].identifiers",
        'events[6].properties["amount"]',
        'events[7].attributes["shoe_size"]',
        "events[8].identifiers[0].value",
        "events[9].identifiers[0].value",
        "events[10].identifiers",
        "events[11].source",
        "events[12].properties",
        'events[13].properties["text"]',
        "events[14].event_id",
        "events[15].identifiers[0].namespace",
    ]
    assert {result.error.code for result in results[:-1]} == {grpc.StatusCode.INVALID_ARGUMENT.value[0]}
    assert results[-1].created
    assert results[-1].customer_id == 1


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_of_the_wrong_size_is_refused_as_a_whole(identity: IdentityServiceStub, count: int) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        ingest(identity, *(event(str(i), "member_id m") for i in range(count)))
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "1000" in str(raised.value.details())
    assert resolved(identity, "member_id m") == [0]


def test_a_stream_commits_and_acknowledges_in_order(identity: IdentityServiceStub) -> None:
    def batches() -> Iterator[events_pb2.IngestStreamRequest]:
        for sequence in range(12):
            events = [event(f"{sequence}-{i}", f"member_id m{i}", time=sequence) for i in range(50)]
            yield events_pb2.IngestStreamRequest(sequence=sequence, events=[*events, event("", "phone 1")])

    acknowledged = list(identity.IngestStream(batches()))
    assert [ack.sequence for ack in acknowledged] == list(range(12))
    assert [ack.accepted for ack in acknowledged] == [50] * 12
    assert [ack.created for ack in acknowledged] == [50] + [0] * 11
    assert [ack.refused[0].index for ack in acknowledged] == [50] * 12
    again = list(identity.IngestStream(batches()))
    assert [(ack.accepted, ack.duplicates) for ack in again] == [(0, 50)] * 12


def test_a_client_that_waits_for_each_acknowledgement_gets_it(identity: IdentityServiceStub) -> None:
    outgoing: queue.Queue[events_pb2.IngestStreamRequest | None] = queue.Queue()
    answers = identity.IngestStream(iter(outgoing.get, None))
    for sequence in range(5):
        events = [event(str(sequence), "member_id m")]
        outgoing.put(events_pb2.IngestStreamRequest(sequence=sequence, events=events))
        assert next(answers).sequence == sequence
    outgoing.put(None)
    assert list(answers) == []


def test_a_stream_ends_at_a_batch_that_cannot_be_read_and_keeps_what_came_before(
    identity: IdentityServiceStub,
) -> None:
    good = events_pb2.IngestStreamRequest(sequence=1, events=[event("1", "member_id m")])
    empty = events_pb2.IngestStreamRequest(sequence=2)
    answers = identity.IngestStream(iter([good, empty, good]))
    assert next(answers).accepted == 1
    with pytest.raises(grpc.RpcError) as raised:
        next(answers)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert resolved(identity, "member_id m") == [1]


def test_an_event_may_set_attributes_by_its_own_time(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m", time=100, attributes={"city": "Shanghai"}))
    ingest(
        identity,
        event("1", "member_id m", time=50, attributes={"city": "Wuhan", "gender": "f"}),
        event("2", "member_id m", time=150, attributes={"city": "Beijing"}),
        event("3", "member_id m", time=120, attributes={"city": "Xian"}),
    )
    found = customer(identity, "member_id m").attributes
    assert (found["city"].value.string_value, found["city"].source) == ("Beijing", "shop")
    assert found["gender"].value.string_value == "f"


def test_nothing_said_of_an_identifier_is_in_errors(identity: IdentityServiceStub) -> None:
    (result,) = ingest(identity, event("1", "phone 1380013800099"))
    assert result.error.message
    assert "1380013800099" not in str(result)


def test_an_announcement_has_the_numbers_of_the_event() -> None:
    """What both have in common goes on as the bytes that came."""
    event, recorded = (
        {field.name: (field.number, field.type) for field in message.DESCRIPTOR.fields}
        for message in (events_pb2.Event, changes_pb2.EventRecorded)
    )
    shared = event.keys() & recorded.keys()
    assert shared == event.keys() - {"identifiers", "attributes"}
    assert {name: event[name] for name in shared} == {name: recorded[name] for name in shared}


def test_a_phone_that_everybody_names_joins_nobody_and_is_filed_once(identity: IdentityServiceStub) -> None:
    """A till that sends the shop's own phone with every member: the members stay who they are."""
    results = []
    for start in range(0, 10_000, 1_000):
        numbers = range(start, start + 1_000)
        results += ingest(identity, *(event(f"e{n}", f"member_id m-{n}", "phone 13800138000", time=n) for n in numbers))
    assert len({result.customer_id for result in results}) == 10_000
    conflicts = identity.ListConflicts(merges_pb2.ListConflictsRequest()).conflicts
    assert len(conflicts) == SHARED_FROM + 1
    shared = conflicts[-1]
    assert (shared.reason, shared.namespace) == (merges_pb2.CONFLICT_REASON_CARDINALITY, "phone")
    assert [one.value for one in shared.identifiers] == ["+8613800138000"]
    assert {result.conflict_id for result in results[SHARED_FROM + 1 :]} == {shared.conflict_id}
    assert not identity.ListMerges(merges_pb2.ListMergesRequest()).merges


def test_a_phone_that_everybody_names_gathers_no_more_than_one_person_has(identity: IdentityServiceStub) -> None:
    """The same without anything that tells people apart: what is too much for one is left unlinked."""
    results = []
    for start in range(0, 3000, 1000):
        numbers = range(start, start + 1000)
        results += ingest(identity, *(event(f"e{n}", f"cookie c-{n}", "phone 13800138000", time=n) for n in numbers))
    assert not [result for result in results if result.HasField("error")]
    found = customer(identity, "phone 13800138000")
    assert len(found.identifiers) == 1001
    assert len(identity.ListConflicts(merges_pb2.ListConflictsRequest()).conflicts) == SHARED_FROM + 1

"""Events of staff, stores, and chat groups: each once, in pages, and announced without what is personal."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from support.entities import entity, entity_event, faults, ingest_entity_events, put_entities, reference
from support.feeds import changes
from support.people import at, event, ingest, values
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.identity.v1 import changes_pb2, entities_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub


def recorded(identity: IdentityServiceStub) -> list[entities_pb2.EntityEvent]:
    """The events announced."""
    request = changes_pb2.ListChangesRequest(kinds=["entity_event_recorded"])
    found = list(changes(identity, request))
    assert all(change.customer_id == 0 for change in found)
    return [change.entity_event_recorded.event for change in found]


def pages(identity: IdentityServiceStub, name: str, **fields: object) -> list[list[str]]:
    """Page by page, the ids of an entity's events."""
    request = entities_pb2.ListEntityEventsRequest(entity=reference(name), **fields)  # type: ignore[arg-type]
    found = []
    while True:
        answer = identity.ListEntityEvents(request)
        found.append([each.event_id for each in answer.events])
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


@pytest.fixture
def group(identity: IdentityServiceStub) -> str:
    """A chat group that exists."""
    put_entities(identity, entity("chat_group g"))
    return "chat_group g"


def test_an_event_is_stored_once_across_calls_and_within_one(identity: IdentityServiceStub, group: str) -> None:
    first = entity_event("1", group, properties={"inflow": 3})
    again = entity_event("1", group, what="member_left", time=9)
    other = entity_event("1", group, source="crm", time=1)
    assert [result.duplicate for result in ingest_entity_events(identity, first, again, other)] == [False, True, False]
    assert [result.duplicate for result in ingest_entity_events(identity, again, other)] == [True, True]
    request = entities_pb2.ListEntityEventsRequest(entity=reference(group))
    assert list(identity.ListEntityEvents(request).events) == [other, first]
    assert recorded(identity) == [first, other]


def test_an_event_of_an_unknown_entity_is_refused_and_may_come_again(identity: IdentityServiceStub, group: str) -> None:
    early, fine = entity_event("1", "staff li"), entity_event("2", group)
    results = ingest_entity_events(identity, early, fine, entity_event("1", group))
    assert results[0].error.reason == "STAFF_MEMBER_NOT_FOUND"
    assert [result.HasField("error") for result in results[1:]] == [False, False]
    assert not results[2].duplicate  # the refused one was not stored
    put_entities(identity, entity("staff li"))
    (late,) = ingest_entity_events(identity, entity_event("3", "staff li"))
    assert not late.HasField("error")
    assert pages(identity, "staff li") == [["3"]]


def test_bad_events_name_their_fields_and_leave_the_others_alone(identity: IdentityServiceStub, group: str) -> None:
    no_time = entity_event("5", group)
    no_time.ClearField("time")
    far = entity_event("6", group)
    far.time.CopyFrom(Timestamp(seconds=1_760_000_000_000))
    bad = [
        entity_event("1", "robot g"),
        entity_event("1", "chat_group "),
        entity_event("", group),
        entity_event("x" * 129, group),
        entity_event("4", group, source=""),
        entity_event("4", group, what="Joined"),
        no_time,
        far,
        entity_event("7", group, properties={"rate": float("inf")}),
        entity_event("8", group, properties={f"p{number}": 1 for number in range(65)}),
        entity_event("9\0", group),
    ]
    results = ingest_entity_events(identity, *bad, entity_event("good", group))
    assert faults(results) == [
        ["events[0].entity.kind"],
        ["events[1].entity.entity_id"],
        ["events[2].event_id"],
        ["events[3].event_id"],
        ["events[4].source"],
        ["events[5].name"],
        ["events[6].time"],
        ["events[7].time"],
        ['events[8].properties["rate"]'],
        ["events[9].properties"],
        ["events[10].event_id"],
        [],
    ]
    assert pages(identity, group) == [["good"]]
    assert list(failure(lambda: ingest_entity_events(identity)).violations) == ["events"]


def test_events_are_paged_newest_first_within_a_span(identity: IdentityServiceStub, group: str) -> None:
    put_entities(identity, entity("staff g"))
    ingest_entity_events(
        identity,
        *(entity_event(str(number), group, time=number // 2) for number in range(7)),
        entity_event("other", "staff g", time=2),
    )
    assert pages(identity, group, page_size=3) == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert pages(identity, group, interval=Interval(start=at(1), end=at(3))) == [["5", "4", "3", "2"]]
    assert pages(identity, group, interval=Interval(end=at(1)), page_size=1) == [["1"], ["0"]]
    assert pages(identity, "staff g") == [["other"]]


def test_a_list_of_what_is_not_there(identity: IdentityServiceStub, group: str) -> None:
    assert pages(identity, group) == [[]]
    assert failure(lambda: pages(identity, "store g")).reason == "STORE_NOT_FOUND"
    assert list(failure(lambda: pages(identity, "x g")).violations) == ["entity.kind"]
    assert list(failure(lambda: pages(identity, group, page_token="x")).violations) == ["page_token"]
    far = Interval(start=Timestamp(seconds=1_760_000_000_000))
    assert list(failure(lambda: pages(identity, group, interval=far)).violations) == ["interval.start"]


def test_personal_properties_are_kept_and_not_announced(identity: IdentityServiceStub, group: str) -> None:
    told = {"inflow": 3, "rate": 0.5, "tags": ["a", "b"]}
    given = entity_event("1", group, properties={**told, "name": "李雷", "birth_date": "1990-02-28"})
    ingest_entity_events(identity, given)
    (announced,) = recorded(identity)
    assert dict(announced.properties) == values(told)
    assert "李雷" not in str(announced)
    request = entities_pb2.ListEntityEventsRequest(entity=reference(group))
    assert list(identity.ListEntityEvents(request).events) == [given]


def test_ids_of_customers_events_are_others(identity: IdentityServiceStub, group: str) -> None:
    ingest(identity, event("1", "member_id m", source="wecom"))
    assert not ingest_entity_events(identity, entity_event("1", group))[0].duplicate


def test_an_entity_is_announced_before_its_events(identity: IdentityServiceStub) -> None:
    put_entities(identity, entity("staff li"))
    ingest_entity_events(identity, *(entity_event(str(number), "staff li") for number in range(3)))
    found = changes(identity, changes_pb2.ListChangesRequest())
    assert [change.WhichOneof("change") for change in found] == ["entity_changed"] + ["entity_event_recorded"] * 3

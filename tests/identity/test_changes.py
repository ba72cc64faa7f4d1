"""The change feed: what is announced, in which order, and that it tells of nobody who they are."""

import threading
import time

from google.protobuf.duration_pb2 import Duration
from support.feeds import changes
from support.people import at, event, ingest, put, upsert
from tidegate.api.identity.v1 import changes_pb2, consents_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub


def feed(identity: IdentityServiceStub, after: int = 0) -> list[changes_pb2.Change]:
    return list(changes(identity, changes_pb2.ListChangesRequest(after_position=after, page_size=3)))


def kinds(found: list[changes_pb2.Change]) -> list[tuple[str, int]]:
    return [(str(change.WhichOneof("change")), change.customer_id) for change in found]


def test_what_comes_with_an_event_is_announced_before_it(identity: IdentityServiceStub) -> None:
    ingest(
        identity,
        event("1", "phone 13800138000", time=5, attributes={"city": "Wuhan"}),
        event("2", "email li@shop.example", time=1),
        event("3", "phone 13800138000", "email li@shop.example", time=9),
    )
    found = feed(identity)
    assert kinds(found) == [
        ("customer_created", 1),
        ("customer_created", 2),
        ("customer_merged", 2),
        ("identifiers_changed", 2),
        ("attributes_changed", 2),
        ("event_recorded", 2),
        ("event_recorded", 2),
        ("event_recorded", 2),
    ]
    merged = found[2].customer_merged
    assert (merged.survivor_id, merged.merged_id) == (2, 1)
    assert list(found[3].identifiers_changed.namespaces) == ["email", "phone"]
    assert found[4].attributes_changed.changed["city"].string_value == "Wuhan"
    assert [one.event_recorded.original_customer_id for one in found[5:]] == [1, 2, 1]
    assert [one.event_recorded.event_id for one in found[5:]] == ["1", "2", "3"]


def test_changes_to_known_customers_are_announced_once(identity: IdentityServiceStub) -> None:
    put(identity, upsert("phone 13800138000", time=1))
    start = feed(identity)[-1].position
    change = upsert(
        "phone 13800138000",
        "email li@shop.example",
        time=10,
        attributes={"city": "Wuhan"},
        zone="Asia/Shanghai",
        add_tags=["vip"],
        consents=[
            consents_pb2.Consent(
                purpose="marketing", decision=consents_pb2.DECISION_GRANTED, time=at(3), proof="I agree"
            )
        ],
    )
    put(identity, change)
    found = feed(identity, start)
    assert kinds(found) == [
        ("identifiers_changed", 1),
        ("attributes_changed", 1),
        ("tags_changed", 1),
        ("consents_changed", 1),
        ("contact_points_changed", 1),
    ]
    assert list(found[2].tags_changed.added) == ["vip"]
    assert found[3].consents_changed.consents[0].proof == ""
    put(identity, change)
    assert feed(identity, found[-1].position) == []


def test_the_feed_tells_of_nobody_who_they_are(identity: IdentityServiceStub) -> None:
    secrets = {"name": "李雷", "birth_date": "1990-02-28", "given_name": "Lei"}
    put(
        identity,
        upsert("phone 13800138000", "email li.lei@shop.example", attributes=secrets, time=1),
    )
    ingest(identity, event("1", "phone 13800138000", properties={"name": "李雷", "cents": 5}, attributes=secrets))
    ingest(identity, event("2", "member_id a", "phone 13800138000"), event("3", "member_id b", "phone 13800138000"))
    found = feed(identity)
    text = str(found) + "".join(change.SerializeToString().decode("utf-8", "replace") for change in found)
    for secret in ("13800138000", "li.lei", *secrets.values()):
        assert secret not in text
    recorded = next(change.event_recorded for change in found if change.HasField("event_recorded"))
    assert set(recorded.properties) == {"cents"}
    assert any(change.HasField("conflict_filed") for change in found)


def test_positions_rise_and_pages_leave_nothing_out(identity: IdentityServiceStub) -> None:
    for number in range(7):
        ingest(identity, event(str(number), f"member_id m-{number}"))
    found = feed(identity)
    positions = [change.position for change in found]
    assert positions == sorted(set(positions))
    assert len(found) == 14
    page = identity.ListChanges(changes_pb2.ListChangesRequest(page_size=5))
    assert (page.next_position, page.head_position) == (positions[4], positions[-1])
    assert identity.ListChanges(changes_pb2.ListChangesRequest(after_position=positions[-1])).changes == []


def test_a_reader_that_waits_is_woken_by_a_change(identity: IdentityServiceStub) -> None:
    answers: list[changes_pb2.ListChangesResponse] = []
    request = changes_pb2.ListChangesRequest(wait=Duration(seconds=15))
    reader = threading.Thread(target=lambda: answers.append(identity.ListChanges(request)))
    started = time.monotonic()
    reader.start()
    ingest(identity, event("1", "member_id m"))
    reader.join(timeout=60)
    assert len(answers[0].changes) == 2
    assert time.monotonic() - started < 10


def test_a_reader_that_waits_in_vain_is_answered(identity: IdentityServiceStub) -> None:
    request = changes_pb2.ListChangesRequest(wait=Duration(nanos=50_000_000))
    answer = identity.ListChanges(request)
    assert (len(answer.changes), answer.next_position) == (0, 0)

"""A customer's timeline where identity serves alone, and the rule by which lists become one list in pages."""

import base64
import json
import socket
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.people import at, event, identifier, ingest, put, resolved, upsert, who
from support.server import serving
from support.status import failure, failure_of
from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.identity.v1 import consents_pb2, merges_pb2, timeline_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity import timeline
from tidegate.identity.model import Span
from tidegate.identity.timeline import Entry, Kind, Place, Stream, Stretch
from tidegate.runtime.clock import ManualClock

OWN = [
    timeline_pb2.TIMELINE_KIND_SPLIT,
    timeline_pb2.TIMELINE_KIND_MERGE,
    timeline_pb2.TIMELINE_KIND_CONSENT,
    timeline_pb2.TIMELINE_KIND_EVENT,
]
EVENT = timeline_pb2.TIMELINE_KIND_EVENT


def asked(stub: IdentityServiceStub, reference: int | str, **fields: Any) -> timeline_pb2.ListCustomerTimelineResponse:
    request = timeline_pb2.ListCustomerTimelineRequest(customer=who(reference), **fields)
    return stub.ListCustomerTimeline(request)


def told(stub: IdentityServiceStub, reference: int | str, **fields: Any) -> list[str]:
    return [short(entry) for entry in asked(stub, reference, **fields).entries]


def short(entry: timeline_pb2.TimelineEntry) -> str:
    match entry.WhichOneof("subject"):
        case "event":
            return f"event {entry.event.event.event_id}"
        case "merge":
            return f"merge {entry.merge.merged_id} into {entry.merge.survivor_id}"
        case "split":
            return f"split {[each.customer_id for each in entry.split.separated]} from {entry.split.remaining_id}"
        case "consent":
            return f"consent {entry.consent.purpose}"
        case other:
            raise AssertionError(other)


def pages(stub: IdentityServiceStub, reference: int | str, size: int, **fields: Any) -> list[list[str]]:
    found, token = [], ""
    while True:
        answer = asked(stub, reference, page_size=size, page_token=token, **fields)
        found.append([short(entry) for entry in answer.entries])
        token = answer.next_page_token
        if not token:
            return found


def token(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def decided(purpose: str, time: float) -> consents_pb2.Consent:
    return consents_pb2.Consent(purpose=purpose, decision=consents_pb2.DECISION_GRANTED, time=at(time), source="shop")


def test_what_identity_has_is_told_newest_first_in_pages(identity: IdentityServiceStub) -> None:
    """Of one instant decisions stand above events, and events by falling source and id."""
    ingest(identity, *(event(f"e{i}", "member_id m-1", time=time) for i, time in enumerate((1, 3, 3, 3, 4))))
    put(identity, upsert("member_id m-1", consents=[decided("marketing", 3), decided("service", 3)]))
    whole = ["event e4", "consent service", "consent marketing", "event e3", "event e2", "event e1", "event e0"]
    assert told(identity, "member_id m-1") == whole
    for size in (1, 2, 3, 7):
        found = pages(identity, "member_id m-1", size)
        assert [line for page in found for line in page] == whole
        assert {len(page) for page in found[:-1]} <= {size}


def test_kinds_and_a_span_are_chosen(identity: IdentityServiceStub) -> None:
    ingest(identity, *(event(f"e{time}", "member_id m-1", time=time) for time in range(5)))
    put(identity, upsert("member_id m-1", consents=[decided("marketing", 2)]))
    span = Interval(start=at(1), end=at(3))
    assert told(identity, "member_id m-1", interval=span) == ["consent marketing", "event e2", "event e1"]
    assert pages(identity, "member_id m-1", 1, interval=span, kinds=[EVENT]) == [["event e2"], ["event e1"]]


def test_who_was_merged_has_one_timeline_and_who_was_split_has_their_own(identity: IdentityServiceStub) -> None:
    for person in (1, 2, 3):
        ingest(identity, event(f"e{person}", f"member_id m-{person}", time=person))
    one, two, three = resolved(identity, "member_id m-1", "member_id m-2", "member_id m-3")
    for other in (two, three):
        request = merges_pb2.MergeCustomersRequest(customers=[who(one), who(other)], reason="same", override_rules=True)
        identity.MergeCustomers(request)
    merged = [f"merge {three} into {one}", f"merge {two} into {one}"]
    assert told(identity, two) == [*merged, "event e3", "event e2", "event e1"]
    apart = merges_pb2.SplitCustomerRequest(customer_id=one, original_customer_ids=[three], reason="not the same")
    identity.SplitCustomer(apart)
    split = f"split [{three}] from {one}"
    assert told(identity, one) == [split, *merged, "event e2", "event e1"]
    assert told(identity, three) == [split, merged[0], "event e3"]
    assert pages(identity, three, 1) == [[split], [merged[0]], ["event e3"]]
    assert asked(identity, three).entries[0].split.reason == "not the same"


def test_who_was_split_from_the_same_customer_does_not_see_the_other_split(identity: IdentityServiceStub) -> None:
    for person in (1, 2, 3):
        ingest(identity, event(f"e{person}", f"member_id m-{person}", time=person))
    people = resolved(identity, "member_id m-1", "member_id m-2", "member_id m-3")
    identity.MergeCustomers(
        merges_pb2.MergeCustomersRequest(customers=map(who, people), reason="same", override_rules=True)
    )
    for leaving in people[1:]:
        apart = merges_pb2.SplitCustomerRequest(
            customer_id=people[0], original_customer_ids=[leaving], reason="not the same"
        )
        identity.SplitCustomer(apart)
    for leaving in people[1:]:
        kinds = [timeline_pb2.TIMELINE_KIND_SPLIT]
        assert told(identity, leaving, kinds=kinds) == [f"split [{leaving}] from {people[0]}"]


def test_services_that_are_not_deployed_are_named_when_they_would_have_been_asked(
    identity: IdentityServiceStub,
) -> None:
    ingest(identity, event("e1", "member_id m-1"))
    answer = asked(identity, "member_id m-1")
    assert list(answer.missing_services) == ["delivery", "journey"]
    assert [short(entry) for entry in answer.entries] == ["event e1"]
    answer = asked(identity, "member_id m-1", kinds=[EVENT, timeline_pb2.TIMELINE_KIND_MESSAGE])
    assert list(answer.missing_services) == ["delivery"]
    assert not asked(identity, "member_id m-1", kinds=OWN).missing_services


@pytest.fixture
def silence() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_service_that_is_away_or_silent_is_named_and_the_rest_answered_in_time(
    tmp_path: Path, clock: ManualClock, silence: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        nobody = listening.getsockname()[1]
    with serving(tmp_path, "identity", clock=clock, delivery={"port": nobody}, journey={"port": silence}) as suite:
        identity = suite.stub("identity", IdentityServiceStub)
        ingest(identity, event("e1", "member_id m-1"))
        request = timeline_pb2.ListCustomerTimelineRequest(customer=who("member_id m-1"))
        answer = identity.ListCustomerTimeline(request, timeout=6)
        assert list(answer.missing_services) == ["delivery", "journey"]
        assert [short(entry) for entry in answer.entries] == ["event e1"]


def test_pages_that_wait_for_others_leave_room_for_calls(tmp_path: Path, clock: ManualClock, silence: int) -> None:
    pools = {"workers": 7, "connections": 2}
    with serving(
        tmp_path, "identity", clock=clock, journey={"port": silence}, pools=pools, limits={"streams": 1}
    ) as suite:
        identity = suite.stub("identity", IdentityServiceStub)
        ingest(identity, event("e1", "member_id m-1"))
        request = timeline_pb2.ListCustomerTimelineRequest(customer=who("member_id m-1"))
        waiting = [identity.ListCustomerTimeline.future(request, timeout=6) for _ in range(3)]
        refused = [failure_of(error) for each in waiting if isinstance(error := each.exception(), grpc.RpcError)]
        assert [each.reason for each in refused] == ["TOO_MANY_TIMELINES"] * 2
        assert told(identity, "member_id m-1", kinds=OWN) == ["event e1"]


WRONG_TOKENS: list[str] = [
    "!",
    token("x"),
    token(0, "event", ["shop"]),
    token(0, "nonsense", ["x"]),
    token(0, "merge", ["a\0b"]),
    token(0, "merge", [1]),
    token(2**62, "merge", ["x"]),
    token(10**25, "merge", ["x"]),
    token(0, "event", "shop"),
]


def test_a_token_of_something_else_is_refused(identity: IdentityServiceStub, subtests: pytest.Subtests) -> None:
    ingest(identity, event("e1", "member_id m-1"))
    for wrong in WRONG_TOKENS:
        with subtests.test(wrong=wrong):
            failed = failure(partial(asked, identity, "member_id m-1", page_token=wrong))
            assert set(failed.violations) == {"page_token"}


def test_what_is_wrong_is_named(identity: IdentityServiceStub) -> None:
    late = at(0)
    late.seconds = 10**15
    kinds: list[Any] = [EVENT, 0, 99]
    request = timeline_pb2.ListCustomerTimelineRequest(kinds=kinds, interval=Interval(end=late))
    failed = failure(lambda: identity.ListCustomerTimeline(request))
    assert set(failed.violations) == {"customer", "kinds[1]", "kinds[2]", "interval.end"}
    failed = failure(lambda: asked(identity, "member_id nobody"))
    assert (failed.code, failed.reason) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND")
    assert identifier("member_id nobody").value not in failed.message


PLACES = [Place(time, kind, (key,)) for time in range(4) for kind in Kind for key in "abc"]


@given(
    st.sets(st.sampled_from(PLACES), max_size=30),
    st.integers(1, 5),
    st.none() | st.integers(0, 3),
    st.none() | st.integers(0, 4),
)
def test_pages_of_any_size_are_the_whole_list_cut(
    places: set[Place], size: int, start: int | None, end: int | None
) -> None:
    span = Span(start, end)
    inside = [place for place in places if (start or 0) <= place.time < (9 if end is None else end)]
    whole = sorted(inside, key=lambda place: (place.time, -place.kind.rank, place.key), reverse=True)
    found: list[Place] = []
    more = True
    while more:
        streams = [
            _read(places, kind, timeline.stretch(kind, span, found[-1] if found else None, limit=size)) for kind in Kind
        ]
        page = timeline.page(streams, limit=size)
        assert len(page.entries) == size or not page.more
        found += [entry.place for entry in page.entries]
        more = page.more
    assert found == whole


def _read(places: set[Place], kind: Kind, wanted: Stretch) -> Stream:
    """What the owner of a kind answers."""
    start, end = wanted.span.start, wanted.span.end
    found: Sequence[Place] = sorted(
        (
            place
            for place in places
            if place.kind is kind
            and (start is None or place.time >= start)
            and (end is None or place.time < end)
            and (wanted.behind is None or (place.time, *place.key) < wanted.behind)
        ),
        reverse=True,
    )
    entries = [Entry(place, place) for place in found]
    return Stream(entries[: wanted.limit], len(entries) > wanted.limit)

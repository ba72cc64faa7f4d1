"""Tags that end by themselves, through the contract: never read after their end, and announced as removed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from support.feeds import changes
from support.people import at, customer, put, upsert, who
from support.server import Suite, serving
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, merges_pb2, tags_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.identity.v1.references_pb2 import CustomerChangeResult
from tidegate.identity import tags
from tidegate.identity.model import TagGroup, TagMark
from tidegate.runtime.clock import ManualClock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = 9 * 86_400 + 2 * 3_600
"""The clock at the start of a test, in seconds after START."""


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Suite]:
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as running:
        yield running


@pytest.fixture
def identity(suite: Suite) -> IdentityServiceStub:
    return suite.stub("identity", IdentityServiceStub)


def tag(
    identity: IdentityServiceStub, reference: int, *names: str, time: float = NOW, until: float | None = None
) -> CustomerChangeResult:
    tagged = tags_pb2.CustomerTags(
        customer=who(reference), tags=names, expire_time=None if until is None else at(until)
    )
    request = tags_pb2.TagCustomersRequest(customers=[tagged], source="desk", time=at(time))
    return identity.TagCustomers(request).results[0]


def create_group(identity: IdentityServiceStub, group_id: str, lifetime: timedelta) -> None:
    group = tags_pb2.TagGroup(group_id=group_id, lifetime=_duration(lifetime))
    identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))


def _duration(span: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(span)
    return duration


def tags_of(identity: IdentityServiceStub, reference: int) -> dict[str, Timestamp]:
    return {applied.tag: applied.expire_time for applied in customer(identity, reference).tags}


def found(identity: IdentityServiceStub, *names: str) -> list[int]:
    request = customers_pb2.SearchCustomersRequest(tags=names)
    return [each.customer_id for each in identity.SearchCustomers(request).customers]


def told(identity: IdentityServiceStub, after: int = 0) -> list[tuple[int, list[str], list[str]]]:
    """What the feed tells of tags: the customer, tags added, tags removed."""
    request = changes_pb2.ListChangesRequest(after_position=after, kinds=["tags_changed"])
    return [
        (change.customer_id, list(change.tags_changed.added), list(change.tags_changed.removed))
        for change in changes(identity, request)
    ]


def head(identity: IdentityServiceStub) -> int:
    return identity.ListChanges(changes_pb2.ListChangesRequest()).head_position


def test_a_tag_is_not_read_after_its_end_and_then_announced_as_removed(
    suite: Suite, identity: IdentityServiceStub, clock: ManualClock
) -> None:
    put(
        identity,
        upsert("member_id a", add_tags=["trial", "vip"], add_tags_expire_time=at(NOW + 3_600)),
        upsert("member_id b", add_tags=["trial"]),
    )
    assert tags_of(identity, 1) == {"trial": at(NOW + 3_600), "vip": at(NOW + 3_600)}
    assert tags_of(identity, 2) == {"trial": Timestamp()}
    suite.settle()
    start = head(identity)
    clock.advance(HOUR)
    assert tags_of(identity, 1) == {}
    assert found(identity, "trial") == [2]
    (usage,) = identity.ListTags(tags_pb2.ListTagsRequest()).tags
    assert (usage.tag, usage.customer_count) == ("trial", 1)
    suite.settle()
    assert told(identity, start) == [(1, [], ["trial", "vip"])]
    request = changes_pb2.ListChangesRequest(after_position=start)
    assert next(changes(identity, request)).tags_changed.time == at(NOW + 3_600)


def test_a_group_says_how_long_its_tags_stay(suite: Suite, identity: IdentityServiceStub, clock: ManualClock) -> None:
    create_group(identity, "heat", DAY)
    put(identity, upsert("member_id a", add_tags=["heat=hot"]), upsert("member_id b"))
    tag(identity, 2, "heat=hot", until=NOW + 3_600)
    shorter = tags_pb2.TagGroup(group_id="heat", lifetime=_duration(HOUR))
    identity.UpdateTagGroup(
        tags_pb2.UpdateTagGroupRequest(tag_group=shorter, update_mask=FieldMask(paths=["lifetime"]))
    )
    put(identity, upsert("member_id c", time=NOW - 1_800, add_tags=["heat=hot"]))
    ends = [tags_of(identity, each)["heat=hot"] for each in (1, 2, 3)]
    assert ends == [at(NOW + 86_400), at(NOW + 3_600), at(NOW + 1_800)]
    clock.advance(2 * HOUR)
    suite.settle()
    assert found(identity, "heat=hot") == [1]


def test_a_tag_put_on_again_stays_longer_and_one_told_again_does_not(
    suite: Suite, identity: IdentityServiceStub, clock: ManualClock
) -> None:
    put(identity, upsert("member_id a"))
    tag(identity, 1, "trial", time=NOW - 60, until=NOW + 60)
    assert not tag(identity, 1, "trial", time=NOW - 60, until=NOW + 6_000).changed
    assert tags_of(identity, 1) == {"trial": at(NOW + 60)}
    tag(identity, 1, "trial", time=NOW, until=NOW + 3_600)
    clock.advance(timedelta(seconds=60))
    suite.settle()
    assert tags_of(identity, 1) == {"trial": at(NOW + 3_600)}
    tag(identity, 1, "trial", time=NOW + 60)
    clock.advance(DAY)
    suite.settle()
    assert told(identity) == [(1, ["trial"], [])]


def test_what_has_ended_comes_back_by_a_newer_mark_alone(
    suite: Suite, identity: IdentityServiceStub, clock: ManualClock
) -> None:
    put(identity, upsert("member_id a"))
    tag(identity, 1, "trial", until=NOW + 3_600)
    clock.advance(DAY)
    suite.settle()
    assert not tag(identity, 1, "trial", time=NOW - 1).changed
    assert tags_of(identity, 1) == {}
    assert tag(identity, 1, "trial", time=NOW + 1).changed, "newer than the one that ended, if older than its end"
    assert told(identity) == [(1, ["trial"], []), (1, [], ["trial"]), (1, ["trial"], [])]


def test_a_tag_that_arrives_after_its_end_is_never_on(suite: Suite, identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id a"))
    assert not tag(identity, 1, "trial", time=NOW - 120, until=NOW - 60).changed
    suite.settle()
    assert (tags_of(identity, 1), told(identity)) == ({}, [])


def test_an_end_is_announced_once_whoever_notices_it(
    suite: Suite, identity: IdentityServiceStub, clock: ManualClock
) -> None:
    put(identity, upsert("member_id a", add_tags=["trial"], add_tags_expire_time=at(NOW + 60)))
    clock.advance(HOUR)
    put(identity, upsert("member_id a", add_tags=["vip"]))
    suite.settle()
    removed = [each for _, _, ended in told(identity) for each in ended]
    assert removed == ["trial"]


def test_ends_hold_over_a_merge_and_a_split(suite: Suite, identity: IdentityServiceStub, clock: ManualClock) -> None:
    put(identity, upsert("phone 13800138000", time=1), upsert("email li@shop.example", time=2))
    tag(identity, 1, "trial", time=10)
    tag(identity, 2, "trial", time=20, until=NOW + 60)
    tag(identity, 2, "guest", time=20, until=NOW + 7_200)
    identity.MergeCustomers(merges_pb2.MergeCustomersRequest(customers=[who(1), who(2)], reason="one"))
    assert tags_of(identity, 1) == {"trial": at(NOW + 60), "guest": at(NOW + 7_200)}
    clock.advance(HOUR)
    suite.settle()
    assert told(identity)[-1] == (1, [], ["trial"])
    start = head(identity)
    identity.SplitCustomer(
        merges_pb2.SplitCustomerRequest(customer_id=1, original_customer_ids=[2], reason="two after all")
    )
    suite.settle()
    assert told(identity, start) == [(1, ["trial"], []), (2, ["guest"], [])]
    clock.advance(2 * HOUR)
    suite.settle()
    assert (tags_of(identity, 1), tags_of(identity, 2)) == ({"trial": Timestamp()}, {})


def test_many_ends_are_announced_and_each_once(suite: Suite, identity: IdentityServiceStub, clock: ManualClock) -> None:
    create_group(identity, "heat", HOUR)
    put(identity, *(upsert(f"member_id m-{number}", add_tags=["heat=hot"]) for number in range(1_000)))
    put(identity, *(upsert(f"member_id n-{number}", add_tags=["heat=hot"]) for number in range(50)))
    suite.settle()
    start = head(identity)
    clock.advance(HOUR)
    suite.settle()
    ended = told(identity, start)
    assert sorted(customer_id for customer_id, _, _ in ended) == list(range(1, 1_051))
    assert {tuple(removed) for _, _, removed in ended} == {("heat=hot",)}


def test_ends_that_cannot_be(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id a"))
    refused = tag(identity, 1, "trial", time=NOW, until=NOW)
    assert refused.error.field_violations[0].field == "customers[0].expire_time"
    (upserted,) = put(identity, upsert("member_id a", add_tags=["x"], add_tags_expire_time=at(NOW)))
    assert upserted.error.field_violations[0].field == "customers[0].add_tags_expire_time"
    untagged = tags_pb2.CustomerTags(customer=who(1), tags=["x"], expire_time=at(NOW + 1))
    (result,) = identity.UntagCustomers(tags_pb2.UntagCustomersRequest(customers=[untagged], source="desk")).results
    assert result.error.field_violations[0].field == "customers[0].expire_time"
    short = failure(lambda: create_group(identity, "heat", timedelta(0)))
    assert list(short.violations) == ["tag_group.lifetime"]


STAGES = {"stage": TagGroup(group_id="stage", exclusive=True)}
PUT_ON = [
    ("stage=a", TagMark(present=True, time=1, source="s")),
    ("stage=b", TagMark(present=True, time=2, source="s", expires=5)),
    ("vip", TagMark(present=True, time=2, source="s", expires=3)),
    ("vip", TagMark(present=True, time=1, source="s")),
]


@given(st.permutations(PUT_ON), st.integers(0, len(PUT_ON)))
def test_when_an_end_is_noticed_makes_no_difference(order: list[tuple[str, TagMark]], noticed: int) -> None:
    marks: tags.Marks = {}
    for place, (name, mark) in enumerate(order):
        if place == noticed:
            tags.end(marks, 6)
        tags.apply(marks, name, mark, groups=STAGES)
    tags.end(marks, 6)
    assert tags.present(marks) == set()
    assert {name: mark.time for name, mark in marks.items() if mark.was_put_on} == {"stage=b": 2, "vip": 2}

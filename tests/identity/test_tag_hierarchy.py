"""Tags above tags, through the contract: who has a tag has those above it, in searches and on the feed."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from support.feeds import changes
from support.people import at, customer, put, upsert, who
from support.server import Suite, serving
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, tags_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock

CHINA = {"shanghai": "east", "hangzhou": "east", "east": "china", "wuhan": "china"}


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Suite]:
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as running:
        yield running


@pytest.fixture
def identity(suite: Suite) -> IdentityServiceStub:
    return stub(suite)


def stub(suite: Suite) -> IdentityServiceStub:
    return suite.stub("identity", IdentityServiceStub)


def create_group(suite: Suite, parents: Mapping[str, str], *names: str, exclusive: bool = False) -> tags_pb2.TagGroup:
    group = tags_pb2.TagGroup(group_id="area", parents=parents, names=names, closed=bool(names), exclusive=exclusive)
    created = stub(suite).CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group)).tag_group
    suite.settle()
    return created


def change_parents(suite: Suite, parents: Mapping[str, str]) -> None:
    group = tags_pb2.TagGroup(group_id="area", parents=parents)
    mask = FieldMask(paths=["parents"])
    stub(suite).UpdateTagGroup(tags_pb2.UpdateTagGroupRequest(tag_group=group, update_mask=mask))
    suite.settle()


def found(identity: IdentityServiceStub, *names: str) -> list[int]:
    request = customers_pb2.SearchCustomersRequest(tags=names)
    return [each.customer_id for each in identity.SearchCustomers(request).customers]


def told(identity: IdentityServiceStub, after: int = 0) -> list[tuple[int, list[str], list[str]]]:
    request = changes_pb2.ListChangesRequest(after_position=after, kinds=["tags_changed"])
    return [
        (change.customer_id, list(change.tags_changed.added), list(change.tags_changed.removed))
        for change in changes(identity, request)
    ]


def known(identity: IdentityServiceStub) -> dict[int, set[str]]:
    """The tags of customers as a reader of the feed knows them."""
    tags: dict[int, set[str]] = {}
    for customer_id, added, removed in told(identity):
        tags[customer_id] = tags.get(customer_id, set()).union(added).difference(removed)
    return tags


def test_who_has_a_tag_has_those_above_it(suite: Suite, identity: IdentityServiceStub) -> None:
    assert create_group(suite, CHINA).parents == CHINA
    put(
        identity,
        upsert("member_id a", time=1, add_tags=["area=shanghai", "vip"]),
        upsert("member_id b", time=1, add_tags=["area=wuhan"]),
    )
    assert found(identity, "area=china") == [1, 2]
    assert found(identity, "area=east", "vip") == [1]
    assert found(identity, "area=hangzhou") == []
    assert [applied.tag for applied in customer(identity, 1).tags] == ["area=shanghai", "vip"]
    assert told(identity)[0] == (1, ["area=china", "area=east", "area=shanghai", "vip"], [])


def test_a_tag_above_goes_with_the_last_below_it(suite: Suite, identity: IdentityServiceStub) -> None:
    create_group(suite, CHINA)
    put(identity, upsert("member_id a", time=1, add_tags=["area=shanghai", "area=wuhan"]))
    put(identity, upsert("member_id a", time=2, remove_tags=["area=shanghai"]))
    assert told(identity)[-1] == (1, [], ["area=east", "area=shanghai"])
    put(identity, upsert("member_id a", time=3, add_tags=["area=china"], remove_tags=["area=wuhan"]))
    assert told(identity)[-1] == (1, [], ["area=wuhan"])
    assert found(identity, "area=china") == [1]


def test_a_tag_that_was_there_by_another_is_put_on_unheard(suite: Suite, identity: IdentityServiceStub) -> None:
    create_group(suite, CHINA)
    put(identity, upsert("member_id a", time=1, add_tags=["area=shanghai"]))
    heard = told(identity)
    east = tags_pb2.CustomerTags(customer=who(1), tags=["area=east"])
    (result,) = identity.TagCustomers(tags_pb2.TagCustomersRequest(customers=[east], source="desk", time=at(2))).results
    assert result.changed
    assert told(identity) == heard
    assert [applied.tag for applied in customer(identity, 1).tags] == ["area=east", "area=shanghai"]


def test_an_exclusive_group_looks_at_what_was_put_on(suite: Suite, identity: IdentityServiceStub) -> None:
    create_group(suite, CHINA, exclusive=True)
    put(identity, upsert("member_id a", time=1, add_tags=["area=shanghai"]))
    put(identity, upsert("member_id a", time=2, add_tags=["area=wuhan"]))
    assert known(identity) == {1: {"area=wuhan", "area=china"}}


def test_another_hierarchy_is_told_of_all_customers(suite: Suite, identity: IdentityServiceStub) -> None:
    put(
        identity,
        *(upsert(f"member_id m-{number}", time=1, add_tags=["area=shanghai", "vip"]) for number in range(600)),
        upsert("member_id b", time=1, add_tags=["area=wuhan", "area=china"]),
    )
    create_group(suite, CHINA)
    first = {"vip", "area=shanghai", "area=east", "area=china"}
    assert known(identity) == {**dict.fromkeys(range(1, 601), first), 601: {"area=wuhan", "area=china"}}
    change_parents(suite, {"shanghai": "coast"})
    second = {"vip", "area=shanghai", "area=coast"}
    assert known(identity) == {**dict.fromkeys(range(1, 601), second), 601: {"area=wuhan", "area=china"}}
    identity.DeleteTagGroup(tags_pb2.DeleteTagGroupRequest(group_id="area"))
    suite.settle()
    assert known(identity)[600] == {"vip", "area=shanghai"}


def test_what_changes_nothing_of_the_hierarchy_is_not_told(suite: Suite, identity: IdentityServiceStub) -> None:
    create_group(suite, CHINA)
    put(identity, upsert("member_id a", time=1, add_tags=["area=shanghai"]))
    suite.settle()
    heard = told(identity)
    named = tags_pb2.TagGroup(group_id="area", display_name="Areas")
    mask = FieldMask(paths=["display_name"])
    identity.UpdateTagGroup(tags_pb2.UpdateTagGroupRequest(tag_group=named, update_mask=mask))
    change_parents(suite, CHINA)
    assert told(identity) == heard


@pytest.mark.parametrize(
    ("parents", "at_fault"),
    [
        ({"a": "a"}, {"a"}),
        ({"a": "b", "b": "c", "c": "a", "d": "e"}, {"a", "b", "c"}),
        ({f"{level}": f"{level + 1}" for level in range(9)}, {"0"}),
        ({"a": "b=c"}, {"a"}),
        ({"": "a"}, {""}),
    ],
)
def test_hierarchies_that_cannot_be(
    suite: Suite, identity: IdentityServiceStub, parents: Mapping[str, str], at_fault: set[str]
) -> None:
    refused = failure(lambda: create_group(suite, parents))
    assert set(refused.violations) == {f'tag_group.parents["{name}"]' for name in at_fault}


def test_a_closed_group_lists_the_tags_of_its_hierarchy(suite: Suite, identity: IdentityServiceStub) -> None:
    refused = failure(lambda: create_group(suite, {"wuhan": "china"}, "wuhan"))
    assert list(refused.violations) == ['tag_group.parents["wuhan"]']
    create_group(suite, {"wuhan": "china"}, "wuhan", "china")

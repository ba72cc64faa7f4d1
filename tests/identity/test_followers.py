"""Who follows the feed knows what is read, whatever ends, turns, or is defined otherwise meanwhile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.feeds import changes
from support.people import customer, put, resolved, upsert, who
from support.server import Suite, serving
from tidegate.api.identity.v1 import changes_pb2, customers_pb2, definitions_pb2, merges_pb2, tags_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.deriving import derive
from tidegate.identity.model import Derivation, TagGroup
from tidegate.identity.tags import with_those_above
from tidegate.runtime.clock import ManualClock, micros

PEOPLE = 3
TAGS = ("area=a", "area=b", "area=c", "vip")
HIERARCHIES: Sequence[Mapping[str, str]] = ({}, {"a": "b"}, {"a": "b", "b": "c"}, {"a": "d", "c": "d"})
DERIVED: Mapping[str, tuple[Derivation, int]] = {
    "birthday": (Derivation.MONTH_DAY, definitions_pb2.DERIVATION_MONTH_DAY),
    "age_band": (Derivation.AGE_BAND, definitions_pb2.DERIVATION_AGE_BAND),
}
WORLDS = count()
person = st.integers(0, PEOPLE - 1)
Doing = tuple[object, ...]
doings = st.one_of(
    st.tuples(st.just("tag"), person, st.sampled_from(TAGS), st.sampled_from([None, 1, 30, 90])),
    st.tuples(st.just("untag"), person, st.sampled_from(TAGS)),
    st.tuples(st.just("born"), person, st.sampled_from([None, "1996-11-20", "1996-12-01", "1990-02-28"])),
    st.tuples(st.just("merge"), st.just(0), st.integers(1, PEOPLE - 1)),
    st.tuples(st.just("split"), person),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(st.just("settle")),
    st.tuples(st.just("hierarchy"), st.sampled_from(HIERARCHIES)),
    st.tuples(st.just("derive"), st.lists(st.sampled_from(sorted(DERIVED)), unique=True)),
)


@dataclass
class Known:
    """What a follower knows of one customer."""

    tags: set[str] = field(default_factory=set)
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Follower:
    """Reads the feed as segmentation does."""

    identity: IdentityServiceStub
    known: dict[int, Known] = field(default_factory=dict)
    position: int = 0

    def catch_up(self) -> None:
        for change in changes(self.identity, changes_pb2.ListChangesRequest(after_position=self.position)):
            self.position = change.position
            self._apply(change)

    def _apply(self, change: changes_pb2.Change) -> None:
        known = self.known.setdefault(change.customer_id, Known())
        match change.WhichOneof("change"):
            case "customer_merged":
                self.known.pop(change.customer_merged.merged_id, None)
            case "customer_split":
                self.known[change.customer_id] = Known()
            case "tags_changed":
                known.tags = known.tags.union(change.tags_changed.added).difference(change.tags_changed.removed)
            case "attributes_changed":
                for name, given in change.attributes_changed.changed.items():
                    known.attributes.pop(name, None)
                    if given.HasField("string_value"):
                        known.attributes[name] = given.string_value


@dataclass
class World:
    """One service, its people of one example, and the definitions in force."""

    suite: Suite
    identity: IdentityServiceStub
    clock: ManualClock
    follower: Follower
    parents: Mapping[str, str] = field(default_factory=dict)
    derived: Sequence[str] = ()
    keys: Sequence[str] = ()
    apart: bool = False

    def begin(self) -> None:
        name = next(WORLDS)
        self.keys = [f"cookie w{name}-{each}" for each in range(PEOPLE)]
        self.apart = False
        put(self.identity, *map(upsert, self.keys))

    def do(self, doing: Doing) -> None:
        what, *how = doing
        self.clock.advance(timedelta(seconds=1))
        getattr(self, f"_{what}")(*how)

    def check(self) -> None:
        self.suite.settle()
        self.follower.catch_up()
        for customer_id in resolved(self.identity, *self.keys):
            found, known = customer(self.identity, customer_id), self.follower.known.get(customer_id, Known())
            assert known.tags == self._tags(found)
            assert known.attributes == self._attributes(found)

    def _tags(self, found: customers_pb2.Customer) -> set[str]:
        groups = {"area": TagGroup(group_id="area", parents=self.parents)}
        return with_those_above((applied.tag for applied in found.tags), groups)

    def _attributes(self, found: customers_pb2.Customer) -> dict[str, str]:
        born, now = found.attributes["birth_date"].value.string_value or None, micros(self.clock.now())
        derived = {name: derive(DERIVED[name][0], born, now) for name in self.derived}
        return {name: text for name, text in derived.items() if text is not None}

    def _tag(self, person: int, tag: str, days: int | None) -> None:
        told = upsert(self.keys[person], add_tags=[tag])
        if days is not None:
            told.add_tags_expire_time.FromDatetime(self.clock.now() + timedelta(days=days))
        put(self.identity, told)

    def _untag(self, person: int, tag: str) -> None:
        put(self.identity, upsert(self.keys[person], remove_tags=[tag]))

    def _born(self, person: int, day: str | None) -> None:
        put(self.identity, upsert(self.keys[person], attributes={"birth_date": day}))

    def _merge(self, one: int, other: int) -> None:
        references = [who(self.keys[one]), who(self.keys[other])]
        request = merges_pb2.MergeCustomersRequest(customers=references, reason="by chance", override_rules=True)
        if not self.apart:  # who was split is not merged again
            self.identity.MergeCustomers(request)

    def _split(self, person: int) -> None:
        found = customer(self.identity, self.keys[person])
        if found.alias_ids:
            request = merges_pb2.SplitCustomerRequest(
                customer_id=found.customer_id, original_customer_ids=found.alias_ids[:1], reason="by chance"
            )
            self.identity.SplitCustomer(request)
            self.apart = True

    def _wait(self, days: int) -> None:
        self.clock.advance(timedelta(days=days))

    def _settle(self) -> None:
        self.suite.settle()

    def _hierarchy(self, parents: Mapping[str, str]) -> None:
        group = tags_pb2.TagGroup(group_id="area", parents=parents)
        mask = FieldMask(paths=["parents"])
        self.identity.UpdateTagGroup(tags_pb2.UpdateTagGroupRequest(tag_group=group, update_mask=mask))
        self.parents = parents

    def _derive(self, names: Sequence[str]) -> None:
        derived = [definitions_pb2.DerivedAttribute(name=each, derivation=DERIVED[each][1]) for each in names]  # type: ignore[arg-type]
        definition = definitions_pb2.AttributeDefinition(name="birth_date", derived=derived)
        self.identity.UpdateAttributeDefinition(
            definitions_pb2.UpdateAttributeDefinitionRequest(
                attribute_definition=definition, update_mask=FieldMask(paths=["derived"])
            )
        )
        self.derived = names


@pytest.fixture(params=[False, True], ids=["free", "exclusive"])
def world(request: pytest.FixtureRequest, tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[World]:
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as suite:
        identity = suite.stub("identity", IdentityServiceStub)
        group = tags_pb2.TagGroup(group_id="area", exclusive=request.param)
        identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))
        yield World(suite, identity, clock, Follower(identity))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doings=st.lists(doings, min_size=4, max_size=20))
def test_who_follows_knows_what_is_read(world: World, doings: list[Doing]) -> None:
    world.begin()
    for doing in doings:
        world.do(doing)
    world.check()

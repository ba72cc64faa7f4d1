"""S19, members from shops, mini-program and market places: de-duplicated, and the facts by which they are owned.

Bought in both worlds: both may market; bought only in shops: the online shop may not; bought only online: it may.
identity has the facts: in which world somebody bought, over all that was found to be one person. A policy decides.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from support.feeds import changes
from support.people import START, customer, event, ingest, put, resolved, upsert
from support.relations import listed, relate, relation
from support.server import serving
from tidegate.api.identity.v1 import changes_pb2, definitions_pb2, events_pb2, merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock

SHOP, ONLINE = "last_bought_in_shop", "last_bought_online"
PERSONS = 240


@pytest.fixture
def identity(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[IdentityServiceStub]:
    """identity, with the market place's ids, and an attribute for each world that keeps the latest purchase."""
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as suite:
        stub = suite.stub("identity", IdentityServiceStub)
        market = definitions_pb2.Namespace(
            namespace_id="market.buyer",
            priority=650,
            max_per_customer=1,
            strength=definitions_pb2.STRENGTH_STRONG,
        )
        stub.CreateNamespace(definitions_pb2.CreateNamespaceRequest(namespace=market))
        for name in (SHOP, ONLINE):
            attribute = definitions_pb2.AttributeDefinition(
                name=name, type=definitions_pb2.ATTRIBUTE_TYPE_TIMESTAMP, merge_policy=definitions_pb2.MERGE_POLICY_MAX
            )
            request = definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=attribute)
            stub.CreateAttributeDefinition(request)
        yield stub


@dataclass(frozen=True)
class Person:
    """Somebody who is a member here and there: in which places, and in which worlds they bought."""

    number: int
    places: Sequence[str]
    worlds: frozenset[str]

    def known_as(self, place: str) -> list[str]:
        """The identifiers that a place has of them; the phone is what places have in common."""
        own = {
            "shop": f"member_id s{self.number}",
            "mini": f"wechat.openid:wxmini o{self.number}",
            "market": f"market.buyer b{self.number}",
        }
        return [own[place], f"phone +86139{self.number:08d}"]


def purchase(event_id: str, *identifiers: str, world: str, time: float) -> events_pb2.Event:
    return event(
        event_id,
        *identifiers,
        source=world,
        time=time,
        properties={"world": world},
        attributes={SHOP if world == "shop" else ONLINE: START + timedelta(seconds=time)},
    )


def owners(identity: IdentityServiceStub, reference: int | str) -> str:
    """Who may market, by the facts: `both`, `shop`, `online`, or `nobody yet`."""
    has = customer(identity, reference).attributes
    bought = SHOP in has, ONLINE in has
    return {(True, True): "both", (True, False): "shop", (False, True): "online"}.get(bought, "nobody yet")


def crowd(chance: random.Random) -> list[Person]:
    places = ("shop", "mini", "market")
    return [
        Person(
            number,
            chance.sample(places, chance.randint(1, 3)),
            frozenset(world for world in ("shop", "online") if chance.random() < 0.5),
        )
        for number in range(PERSONS)
    ]


def test_s19_members_are_de_duplicated_and_each_world_s_purchases_known(identity: IdentityServiceStub) -> None:
    chance = random.Random(19)
    persons = crowd(chance)
    members = [upsert(*each.known_as(place), source=place) for each in persons for place in each.places]
    bought = [
        purchase(f"{world}-{each.number}", each.known_as(chance.choice(each.places))[0], world=world, time=each.number)
        for each in persons
        for world in each.worlds
    ]
    chance.shuffle(members)
    for start in range(0, len(members), 97):
        assert not [each for each in put(identity, *members[start : start + 97]) if each.conflict_id]
    chance.shuffle(bought)
    ingest(identity, *bought)
    put(identity, *members)  # the nightly file once more
    ids = [resolved(identity, *(text for place in each.places for text in each.known_as(place))) for each in persons]
    assert {len(set(each)) for each in ids} == {1}
    assert len({each[0] for each in ids}) == PERSONS
    expected = Counter(_owner(each.worlds) for each in persons)
    assert len(expected) == 4
    assert Counter(owners(identity, each[0]) for each in ids) == expected
    assert {i for i, has in _announced(identity).items() if has == {SHOP, ONLINE}} == {
        each[0] for each, person in zip(ids, persons, strict=True) if len(person.worlds) == 2
    }


def test_s19_who_turns_out_to_be_one_person_bought_in_both_worlds_until_a_split(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id s1", time=0), upsert("market.buyer b1", time=1))
    shopper, buyer = (
        each.customer_id
        for each in ingest(
            identity,
            purchase("1", "member_id s1", world="shop", time=100),
            purchase("2", "market.buyer b1", world="online", time=200),
        )
    )
    assert [owners(identity, each) for each in (shopper, buyer)] == ["shop", "online"]
    put(identity, upsert("member_id s1", "market.buyer b1", time=300))
    assert [owners(identity, each) for each in (shopper, buyer)] == ["both", "both"]
    split = merges_pb2.SplitCustomerRequest(
        customer_id=shopper, original_customer_ids=[buyer], reason="a shared market account"
    )
    identity.SplitCustomer(split)
    assert [owners(identity, each) for each in (shopper, buyer)] == ["shop", "online"]


def test_s19_the_store_that_owns_a_member_is_known_with_its_history(identity: IdentityServiceStub) -> None:
    [member] = put(identity, upsert("member_id s1"))
    relate(identity, relation("member_id s1", "owner_store", "north", start=10))
    relate(identity, relation("member_id s1", "owner_store", "south", start=20))
    put(identity, upsert("market.buyer b1"), upsert("market.buyer b1", "member_id s1"))
    assert listed(identity, member.customer_id, kind="owner_store") == [
        "owner_store:south 20..",
        "owner_store:north 10..20",
    ]


def _owner(worlds: frozenset[str]) -> str:
    return "both" if len(worlds) == 2 else next(iter(worlds), "nobody yet")


def _announced(identity: IdentityServiceStub) -> Mapping[int, set[str]]:
    """Which of the two attributes the feed has told of customers that are nobody's aliases."""
    told: dict[int, set[str]] = {}
    kinds = ["attributes_changed", "customer_merged"]
    for change in changes(identity, changes_pb2.ListChangesRequest(kinds=kinds)):
        if change.HasField("customer_merged"):
            gone = told.pop(change.customer_merged.merged_id, set())
            told.setdefault(change.customer_merged.survivor_id, set()).update(gone)
        else:
            told.setdefault(change.customer_id, set()).update(change.attributes_changed.changed)
    return told

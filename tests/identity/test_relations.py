"""Relations: set, ended, listed, followed through merges and splits; households and accounts."""

from datetime import UTC, timedelta

import pytest
from support.people import at, customer, put, upsert, value, values, who
from support.relations import Follower, listed, relate, relation, unrelate
from support.status import failure
from tidegate.api.identity.v1 import merges_pb2, relations_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock


@pytest.fixture
def people(identity: IdentityServiceStub) -> list[int]:
    return [result.customer_id for result in put(identity, *(upsert(f"cookie p-{n}", time=n) for n in range(4)))]


def merge(stub: IdentityServiceStub, *ids: int) -> int:
    request = merges_pb2.MergeCustomersRequest(customers=map(who, ids), reason="the same person")
    return int(stub.MergeCustomers(request).customer.customer_id)


def split(stub: IdentityServiceStub, customer_id: int, *original_ids: int) -> list[str]:
    request = merges_pb2.SplitCustomerRequest(
        customer_id=customer_id, original_customer_ids=original_ids, reason="two persons"
    )
    return list(stub.SplitCustomer(request).kept_edits)


def test_the_newest_owner_is_in_force_and_the_earlier_ones_are_history(
    identity: IdentityServiceStub, people: list[int]
) -> None:
    relate(
        identity,
        relation(people[0], "owner_staff", "lin", start=10),
        relation(people[0], "owner_store", "s-1", start=11),
        relation("cookie p-0", "owner_staff", "wang", start=20),
    )
    relate(identity, relation(people[0], "owner_staff", "zhou", start=15))
    assert listed(identity, people[0]) == [
        "owner_staff:wang 20..",
        "owner_staff:zhou 15..20",
        "owner_store:s-1 11..",
        "owner_staff:lin 10..15",
    ]
    follower = Follower(identity)
    assert follower.follow() == {people[0]: {"owner_staff:wang", "owner_store:s-1"}}
    [done] = unrelate(identity, relation(people[0], "owner_staff", "wang", end=30))
    assert done.changed
    assert listed(identity, people[0], kind="owner_staff")[0] == "owner_staff:wang 20..30"
    assert follower.follow() == {people[0]: {"owner_store:s-1"}}


def test_households_accounts_and_groups_are_several_at_a_time_each_with_a_role(
    identity: IdentityServiceStub, people: list[int]
) -> None:
    relate(
        identity,
        relation(people[0], "household", "h-1", role="parent", start=1),
        relation(people[0], "household", "h-2", role="tenant", start=2),
        relation(people[0], "account", "h-1", role="buyer", start=3),
        relation(people[0], "chat_group", "g-1", start=4),
        relation(people[1], "household", "h-1", role="child", start=5),
    )
    relate(identity, relation(people[0], "account", "h-1", role="payer", start=6))
    assert listed(identity, people[0]) == [
        "account:h-1 payer 6..",
        "chat_group:g-1 4..",
        "account:h-1 buyer 3..6",
        "household:h-2 tenant 2..",
        "household:h-1 parent 1..",
    ]
    assert listed(identity, target="h-1", kind="household") == ["household:h-1 child 5..", "household:h-1 parent 1.."]
    assert listed(identity, target="h-1") == [
        "account:h-1 payer 6..",
        "household:h-1 child 5..",
        "account:h-1 buyer 3..6",
        "household:h-1 parent 1..",
    ]
    assert Follower(identity).follow() == {
        people[0]: {"household:h-1", "household:h-2", "account:h-1", "chat_group:g-1"},
        people[1]: {"household:h-1"},
    }


def test_repeating_a_request_changes_nothing(
    identity: IdentityServiceStub, people: list[int], clock: ManualClock
) -> None:
    batch = [
        relation(people[0], "owner_staff", "lin", start=10),
        relation(people[0], "owner_staff", "wang", start=20),
        relation(people[0], "account", "a-1", role="buyer"),
        relation(people[0], "inviter", people[1]),
        relation(people[0], "household", "h-1", start=1, end=2),
    ]
    assert all(result.changed for result in relate(identity, *batch))
    before, head = listed(identity, people[0]), _head(identity)
    clock.advance(_HOUR)
    assert not any(result.changed for result in relate(identity, *batch))
    assert listed(identity, people[0]) == before
    assert _head(identity) == head
    ended = [relation(people[0], "account", "a-1"), relation(people[0], "inviter", people[1])]
    assert all(result.changed for result in unrelate(identity, *ended))
    head = _head(identity)
    assert not any(result.changed for result in unrelate(identity, *ended, relation(people[0], "chat_group", "none")))
    assert _head(identity) == head
    assert Follower(identity).follow() == {people[0]: {"owner_staff:wang"}}


def test_one_bad_relation_leaves_the_others_alone(identity: IdentityServiceStub, people: list[int]) -> None:
    results = relate(
        identity,
        relation(people[0], "owner_staff", "", start=1),
        relation(987654321, "owner_staff", "lin"),
        relation("cookie nobody", "owner_staff", "lin"),
        relations_pb2.Relation(customer=who(people[0]), target_id="x", source="crm"),
        relation(people[0], "household", "h" * 64),
        relation(people[0], "owner_staff", "lin", start=10**7),
        relation(people[0], "owner_staff", "lin", start=5, end=5),
        relation(people[0], "owner_staff", "lin", end=5),
        relation(people[0], "owner_staff", "lin", source=""),
        relation(people[0], "inviter", 987654321),
        relations_pb2.Relation(
            customer=who(people[0]), kind=relations_pb2.RELATION_KIND_INVITER, target_id="7", source="crm"
        ),
        relation(people[0], "owner_staff", "a\0b"),
        relation(people[0], "owner_staff", "lin", start=1, role="seller"),
    )
    at_fault = [[v.field.partition("].")[2] for v in result.error.field_violations] for result in results]
    assert at_fault == [
        ["target_id"],
        [],
        [],
        ["kind"],
        ["target_id"],
        ["start_time"],
        ["end_time"],
        ["start_time"],
        ["source"],
        [],
        ["related_customer"],
        ["target_id"],
        [],
    ]
    reasons = [result.error.reason for result in results]
    assert [reasons[place] for place in (1, 2, 9)] == ["CUSTOMER_NOT_FOUND"] * 3
    assert not results[-1].HasField("error")
    assert listed(identity, people[0]) == ["owner_staff:lin seller 1.."]


def test_what_is_asked_wrongly_is_refused(identity: IdentityServiceStub) -> None:
    request = relations_pb2.ListRelationsRequest()
    assert "customer" in failure(lambda: identity.ListRelations(request)).violations
    request = relations_pb2.ListRelationsRequest(customer=who(5))
    assert failure(lambda: identity.ListRelations(request)).reason == "CUSTOMER_NOT_FOUND"
    request = relations_pb2.ListRelationsRequest(target_id="x", page_token="x")
    assert "page_token" in failure(lambda: identity.ListRelations(request)).violations
    empty = relations_pb2.SetRelationsRequest()
    assert "relations" in failure(lambda: identity.SetRelations(empty)).violations


@pytest.mark.parametrize("by", ["customer", "target"])
def test_relations_come_in_pages(identity: IdentityServiceStub, people: list[int], by: str) -> None:
    relate(identity, *(relation(people[n % 4], "chat_group", "g", start=n // 4) for n in range(40)))
    relate(identity, *(relation(people[0], "chat_group", f"g-{n}", start=n // 4) for n in range(40)))
    request = relations_pb2.ListRelationsRequest(page_size=7)
    if by == "customer":
        request.customer.CopyFrom(who(people[0]))
    else:
        request.target_id = "g"
    found: list[relations_pb2.Relation] = []
    while True:
        page = identity.ListRelations(request)
        assert len(page.relations) <= 7
        found += page.relations
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    assert len({each.SerializeToString() for each in found}) == len(found) == (41 if by == "customer" else 4)
    starts = [each.start_time.ToMicroseconds() for each in found]
    assert starts == sorted(starts, reverse=True)


def test_a_merge_joins_relations_and_a_split_gives_them_back(identity: IdentityServiceStub, people: list[int]) -> None:
    one, other = people[:2]
    follower = Follower(identity)
    relate(
        identity,
        relation(one, "owner_staff", "lin", start=10),
        relation(one, "household", "h-1", role="parent", start=11),
        relation(other, "owner_staff", "wang", start=20),
        relation(other, "account", "a-1", role="buyer", start=21),
        relation(other, "inviter", people[2], start=22),
    )
    apart = follower.follow()
    before = [listed(identity, one), listed(identity, other)]
    assert merge(identity, one, other) == one
    together = [
        f"inviter:{people[2]} 22..",
        "account:a-1 buyer 21..",
        "owner_staff:wang 20..",
        "household:h-1 parent 11..",
        "owner_staff:lin 10..20",
    ]
    assert listed(identity, one) == listed(identity, other) == together
    assert follower.follow() == {one: {f"inviter:{people[2]}", "account:a-1", "owner_staff:wang", "household:h-1"}}
    assert split(identity, one, other) == []
    assert [listed(identity, one), listed(identity, other)] == before
    assert follower.follow() == apart == Follower(identity).follow()


def test_what_was_set_while_joined_stays_where_it_was_told(
    identity: IdentityServiceStub, people: list[int], clock: ManualClock
) -> None:
    one, other = people[:2]
    merge(identity, one, other)
    clock.advance(_HOUR)
    relate(identity, relation(one, "owner_staff", "lin"), relation(other, "owner_store", "s-1"))
    assert split(identity, one, other) == ["relation:owner_staff:lin"]
    assert [name.split()[0] for name in listed(identity, one)] == ["owner_staff:lin"]
    assert [name.split()[0] for name in listed(identity, other)] == ["owner_store:s-1"]
    assert Follower(identity).follow() == {one: {"owner_staff:lin"}, other: {"owner_store:s-1"}}


def test_a_relation_that_both_had_ends_for_both(identity: IdentityServiceStub, people: list[int]) -> None:
    one, other = people[:2]
    relate(identity, relation(one, "chat_group", "g", start=1), relation(other, "chat_group", "g", start=2))
    merge(identity, one, other)
    assert listed(identity, one) == ["chat_group:g 2..", "chat_group:g 1..2"]
    unrelate(identity, relation(one, "chat_group", "g", end=9))
    assert listed(identity, one) == ["chat_group:g 2..9", "chat_group:g 1..2"]
    split(identity, one, other)
    assert listed(identity, one) == ["chat_group:g 1..9"]
    assert listed(identity, other) == ["chat_group:g 2..9"]


def test_identifiers_that_merge_customers_merge_their_relations(
    identity: IdentityServiceStub, people: list[int]
) -> None:
    """The way through ingest announces as the way by decision of a person does."""
    relate(
        identity, relation(people[1], "owner_staff", "lin", start=1), relation(people[0], "chat_group", "g", start=2)
    )
    follower = Follower(identity)
    follower.follow()
    put(identity, upsert("cookie p-0", "cookie p-1"))
    assert customer(identity, people[1]).customer_id == people[0]
    assert follower.follow() == {people[0]: {"owner_staff:lin", "chat_group:g"}}


def test_households_are_created_once_and_keep_what_is_not_named(identity: IdentityServiceStub) -> None:
    def told(
        key: str, kind: relations_pb2.RelationKind = relations_pb2.RELATION_KIND_HOUSEHOLD, **facts: object
    ) -> relations_pb2.Household:
        attributes = {name: value(fact) for name, fact in facts.items()}
        return relations_pb2.Household(household_id=key, kind=kind, attributes=attributes)

    def upserted(*households: relations_pb2.Household) -> list[relations_pb2.HouseholdResult]:
        return list(identity.UpsertHouseholds(relations_pb2.UpsertHouseholdsRequest(households=households)).results)

    account = relations_pb2.RELATION_KIND_ACCOUNT
    results = upserted(told("h", size=4, city="Suzhou"), told("h", account), told("h", city=None), told("", account))
    assert [result.created for result in results] == [True, True, False, False]
    assert [v.field for v in results[3].error.field_violations] == ["households[3].household_id"]
    results = upserted(told("h", size=5), told("x", relations_pb2.RELATION_KIND_INVITER), told("y", note="n" * 5000))
    assert [result.created for result in results] == [False] * 3
    assert [v.field for result in results for v in result.error.field_violations] == [
        "households[1].kind",
        'households[2].attributes["note"]',
    ]


def test_households_and_accounts_are_read_back_with_what_was_told(
    identity: IdentityServiceStub, clock: ManualClock
) -> None:
    facts = {"city": "Suzhou", "size": 4, "share": 0.5, "own": True, "since": at(5).ToDatetime(UTC), "cars": ["a", "b"]}
    household, account = relations_pb2.RELATION_KIND_HOUSEHOLD, relations_pb2.RELATION_KIND_ACCOUNT

    def tell(*households: relations_pb2.Household) -> None:
        identity.UpsertHouseholds(relations_pb2.UpsertHouseholdsRequest(households=households))

    tell(
        relations_pb2.Household(household_id="h", kind=household, attributes=values(facts)),
        relations_pb2.Household(household_id="h", kind=account),
    )
    clock.advance(timedelta(hours=1))
    tell(relations_pb2.Household(household_id="h", kind=household, attributes={"size": value(None)}))
    names = [("h", household), ("h", account), ("h", household), ("x", account), ("", account), ("h", 0)]
    request = relations_pb2.BatchGetHouseholdsRequest()
    for name, kind in names:
        request.households.add(household_id=name, kind=kind)
    results = identity.BatchGetHouseholds(request).results
    found = [result.household for result in results[:3]]
    assert [(each.household_id, each.kind) for each in found] == names[:3]
    assert dict(found[0].attributes) == values({name: fact for name, fact in facts.items() if name != "size"})
    assert found[0].update_time.ToDatetime() - found[0].create_time.ToDatetime() == timedelta(hours=1)
    assert found[1].update_time == found[1].create_time
    assert (results[3].error.reason, results[3].error.metadata["id"]) == ("ACCOUNT_NOT_FOUND", "x")
    assert [v.field for result in results[4:] for v in result.error.field_violations] == [
        "households[4].household_id",
        "households[5].kind",
    ]


def test_households_are_listed_by_id_in_pages(identity: IdentityServiceStub) -> None:
    household, account = relations_pb2.RELATION_KIND_HOUSEHOLD, relations_pb2.RELATION_KIND_ACCOUNT
    told = [relations_pb2.Household(household_id=name, kind=household) for name in "cabed"]
    told.append(relations_pb2.Household(household_id="bb", kind=account))
    identity.UpsertHouseholds(relations_pb2.UpsertHouseholdsRequest(households=told))
    request = relations_pb2.ListHouseholdsRequest(kind=household, page_size=2)
    pages = []
    while True:
        page = identity.ListHouseholds(request)
        pages.append("".join(each.household_id for each in page.households))
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    assert pages == ["ab", "cd", "e"]
    failed = failure(lambda: identity.ListHouseholds(relations_pb2.ListHouseholdsRequest(kind=9)))  # type: ignore[arg-type]
    assert set(failed.violations) == {"kind"}


def test_who_belongs_to_a_household_is_read_with_their_roles(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m-1"), upsert("member_id m-2"))
    relate(
        identity,
        relation("member_id m-1", "household", "h", role="payer", start=1),
        relation("member_id m-2", "household", "h", role="child", start=2),
        relation("member_id m-2", "account", "h", role="buyer", start=3),
    )
    assert listed(identity, kind="household", target="h") == ["household:h child 2..", "household:h payer 1.."]


def _head(stub: IdentityServiceStub) -> int:
    follower = Follower(stub)
    follower.follow()
    return follower.position


_HOUR = at(3600).ToDatetime() - at(0).ToDatetime()

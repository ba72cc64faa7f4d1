"""Staff, stores, and chat groups through the contract: upserts, reads, lists, and what is announced of them."""

import random
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from support.entities import entity, faults, get_entities, get_entity, put_entities
from support.feeds import changes
from support.people import identifier, put, resolved, upsert, value, values
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, definitions_pb2, entities_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock

FACTS = {
    "level": 3,
    "rate": 0.25,
    "trained": True,
    "city": "Wuhan",
    "since": datetime(2024, 2, 29, 8, 30, tzinfo=UTC),
    "skills": ["tyres", "brakes"],
}


def addresses(found: entities_pb2.Entity) -> list[str]:
    return [f"{each.namespace} {each.value}" for each in found.addresses]


def told(identity: IdentityServiceStub, after: int = 0) -> list[changes_pb2.Change]:
    return list(changes(identity, changes_pb2.ListChangesRequest(after_position=after)))


def listed(identity: IdentityServiceStub, kind: entities_pb2.EntityKind, **fields: object) -> list[list[str]]:
    """Page by page, the ids."""
    request = entities_pb2.ListEntitiesRequest(kind=kind, **fields)  # type: ignore[arg-type]
    pages = []
    while True:
        answer = identity.ListEntities(request)
        pages.append([each.entity_id for each in answer.entities])
        if not answer.next_page_token:
            return pages
        request.page_token = answer.next_page_token


def test_what_is_put_is_what_is_read(identity: IdentityServiceStub, clock: ManualClock) -> None:
    results = put_entities(
        identity,
        entity("store wuhan", "phone 138 0013 8000", display_name="Wuhan Optics", attributes={"size": 120}),
        entity(
            "staff li",
            "wecom.userid:corp LiLei",
            "email li@Shop.EXAMPLE",
            "wecom.userid:corp LiLei",
            display_name="李雷",
            attributes=FACTS,
            store_id="wuhan",
        ),
        entity(
            "chat_group g-1", "wecom.chat_id:corp wr1", "wecom.robot 693a91f6-7xxx", store_id="wuhan", archived=True
        ),
    )
    assert [result.HasField("error") for result in results] == [False] * 3
    store, li, group = get_entities(identity, "store wuhan", "staff li", "chat_group g-1")
    assert [store, li, group] == results
    assert addresses(store.entity) == ["phone +8613800138000"]
    assert addresses(li.entity) == ["wecom.userid:corp LiLei", "email li@shop.example"]
    assert addresses(group.entity) == ["wecom.chat_id:corp wr1", "wecom.robot 693a91f6-7xxx"]
    assert dict(li.entity.attributes) == values(FACTS)
    assert (li.entity.kind, li.entity.display_name, li.entity.store_id) == (1, "李雷", "wuhan")
    assert (li.entity.archived, group.entity.archived) == (False, True)
    assert li.entity.create_time.ToDatetime(UTC) == clock.now()
    assert li.entity.update_time == li.entity.create_time


def test_attributes_are_joined_by_name_and_all_else_is_replaced(
    identity: IdentityServiceStub, clock: ManualClock
) -> None:
    put_entities(
        identity,
        entity("store wuhan"),
        entity(
            "staff li",
            "wecom.userid:corp li",
            "email li@shop.example",
            display_name="Li",
            attributes={"a": 1, "b": 2, "c": "3"},
            store_id="wuhan",
            archived=True,
        ),
    )
    created = get_entity(identity, "staff li").create_time
    clock.advance(timedelta(hours=1))
    put_entities(
        identity, entity("staff li", "email li@shop.example", attributes={"b": None, "c": 3.0, "d": [], "e": None})
    )
    found = get_entity(identity, "staff li")
    assert dict(found.attributes) == values({"a": 1, "c": 3.0, "d": []})
    assert addresses(found) == ["email li@shop.example"]
    assert (found.display_name, found.store_id, found.archived) == ("", "", False)
    assert found.create_time == created
    assert found.update_time.ToDatetime(UTC) == clock.now()


def test_the_same_id_may_name_one_of_each_kind(identity: IdentityServiceStub) -> None:
    put_entities(identity, *(entity(f"{kind} 7", display_name=kind) for kind in ("staff", "store", "chat_group")))
    found = get_entities(identity, "chat_group 7", "staff 7", "store 7")
    assert [result.entity.display_name for result in found] == ["chat_group", "staff", "store"]


def test_a_repeated_request_changes_nothing(identity: IdentityServiceStub, clock: ManualClock) -> None:
    given = entity("staff li", "wecom.userid:corp li", display_name="Li", attributes=FACTS)
    (first,) = put_entities(identity, given)
    announced = told(identity)
    clock.advance(timedelta(hours=1))
    assert put_entities(identity, given) == [first]
    assert told(identity) == announced


def test_an_entity_that_comes_twice_is_taken_in_order(identity: IdentityServiceStub) -> None:
    results = put_entities(
        identity,
        entity("staff li", "wecom.userid:corp a", attributes={"a": 1, "b": 1}, display_name="first"),
        entity("staff li", "wecom.userid:corp b", attributes={"b": None, "c": 2}, display_name="last"),
    )
    assert results[0] == results[1]
    assert dict(results[0].entity.attributes) == values({"a": 1, "c": 2})
    assert (results[0].entity.display_name, addresses(results[0].entity)) == ("last", ["wecom.userid:corp b"])
    assert len(told(identity)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_it_is_all_one_how_upserts_are_batched(identity: IdentityServiceStub, seed: int) -> None:
    chance = random.Random(seed)

    def said(name: str, step: int) -> entities_pb2.Entity:
        attributes = {chance.choice("abc"): chance.choice([None, 1, 1.0, "1", True, ["1"]]) for _ in range(2)}
        robots = [f"wecom.robot {number}" for number in chance.sample(range(1, 9), chance.randrange(3))]
        return entity(name, *robots, attributes=attributes, display_name=str(step // 3), archived=chance.random() < 0.5)

    steps = [said("staff one", step) for step in range(20)]
    for step in steps:
        put_entities(identity, step)
    together = [entities_pb2.Entity.FromString(step.SerializeToString()) for step in steps]
    for step in together:
        step.entity_id = "all"
    put_entities(identity, *together)
    one, together_found = (result.entity for result in get_entities(identity, "staff one", "staff all"))
    one.entity_id = "all"
    assert one == together_found


def test_bad_entities_name_their_fields_and_leave_the_others_alone(identity: IdentityServiceStub) -> None:
    results = put_entities(
        identity,
        entity("robot r"),
        entity("staff "),
        entity(f"staff {'x' * 129}"),
        entity("staff a\0b"),
        entity("staff li", display_name="x" * 129),
        entity("staff li", attributes={f"a{number}": number for number in range(65)}),
        entity("staff li", attributes={"": 1}),
        entity("staff li", attributes={"rate": float("nan"), "note": "x" * 4097}),
        entity("staff li", *(f"wecom.robot {number}" for number in range(1, 22))),
        entity(
            "staff li", "fax 1", "wecom.userid li", "wecom.robot:corp 1", "phone 12", "cookie c", "wecom.robot null"
        ),
        entity("store a", store_id="b"),
        entity("staff good"),
    )
    assert faults(results[:7]) == [
        ["entities[0].kind"],
        ["entities[1].entity_id"],
        ["entities[2].entity_id"],
        ["entities[3].entity_id"],
        ["entities[4].display_name"],
        ["entities[5].attributes"],
        ["entities[6].attributes"],
    ]
    assert sorted(faults(results)[7]) == ['entities[7].attributes["note"]', 'entities[7].attributes["rate"]']
    assert faults(results)[8] == ["entities[8].addresses"]
    parts = ("namespace", "namespace", "namespace", "value", "namespace", "value")
    assert faults(results)[9] == [f"entities[9].addresses[{place}].{part}" for place, part in enumerate(parts)]
    assert faults(results)[10] == ["entities[10].store_id"]
    assert {result.error.code for result in results[:11]} == {grpc.StatusCode.INVALID_ARGUMENT.value[0]}
    assert results[11].entity.entity_id == "good"
    assert len(told(identity)) == 1


def test_a_store_must_exist_or_come_with_the_batch(identity: IdentityServiceStub) -> None:
    (refused, kept) = put_entities(identity, entity("staff li", store_id="nowhere"), entity("staff han"))
    assert (refused.error.reason, refused.error.metadata["id"]) == ("STORE_NOT_FOUND", "nowhere")
    assert kept.entity.entity_id == "han"
    assert get_entities(identity, "staff li")[0].error.reason == "STAFF_MEMBER_NOT_FOUND"
    results = put_entities(
        identity,
        entity("staff li", store_id="wuhan"),
        entity("chat_group g", store_id="wuhan"),
        entity("store wuhan", archived=True),
    )
    assert [result.HasField("error") for result in results] == [False] * 3
    (moved,) = put_entities(identity, entity("staff han", store_id="wuhan"))
    assert moved.entity.store_id == "wuhan"
    bad_store = put_entities(identity, entity("staff mei", store_id="far"), entity("store far", display_name="x" * 129))
    assert bad_store[0].error.reason == "STORE_NOT_FOUND"


def test_an_entity_has_64_attributes_in_all(identity: IdentityServiceStub) -> None:
    put_entities(identity, entity("staff li", attributes={f"a{number}": number for number in range(60)}))
    more = {f"b{number}": number for number in range(5)}
    refused, kept = put_entities(
        identity, entity("staff li", display_name="no", attributes=more), entity("staff li", display_name="yes")
    )
    assert [fault.field for fault in refused.error.field_violations] == ["entities[0].attributes"]
    assert kept.entity.display_name == "yes"
    (taken,) = put_entities(identity, entity("staff li", attributes=more | {"a0": None}))
    assert len(taken.entity.attributes) == 64


def test_addresses_name_nobody(identity: IdentityServiceStub) -> None:
    """What a namespace blocks as an identifier may be an entity's address; and several may share one."""
    mask = {"paths": ["blocked_values"]}
    blocked = definitions_pb2.Namespace(namespace_id="phone", blocked_values=["+8613800138000"])
    identity.UpdateNamespace(definitions_pb2.UpdateNamespaceRequest(namespace=blocked, update_mask=mask))
    results = put_entities(
        identity, entity("store wuhan", "phone 13800138000"), entity("staff li", "phone +86 138 0013 8000")
    )
    assert [addresses(result.entity) for result in results] == [["phone +8613800138000"]] * 2
    assert resolved(identity, "phone 13800138000") == [0]
    (refused,) = put(identity, upsert("phone 13800138000"))
    assert "blocked" in refused.error.message


@pytest.mark.parametrize("text", ["wecom.userid:corp li", "wecom.chat_id:corp wr1", "wecom.robot 693a"])
def test_addresses_of_entities_alone_name_no_customer(identity: IdentityServiceStub, text: str) -> None:
    (refused,) = put(identity, upsert(text))
    assert faults([refused]) == [["customers[0].identifiers[0].namespace"]]
    assert put_entities(identity, entity("staff li", text))[0].entity.addresses == [identifier(text)]


def test_a_namespace_of_ones_own_may_be_for_entities_alone(identity: IdentityServiceStub) -> None:
    def create(**fields: bool) -> definitions_pb2.Namespace:
        namespace = definitions_pb2.Namespace(namespace_id="feishu.open_id", entity_only=True, **fields)  # type: ignore[arg-type]
        return identity.CreateNamespace(definitions_pb2.CreateNamespaceRequest(namespace=namespace)).namespace

    assert list(failure(create).violations) == ["namespace.address"]
    created = create(address=True)
    assert created.entity_only
    got = identity.GetNamespace(definitions_pb2.GetNamespaceRequest(namespace_id="feishu.open_id")).namespace
    assert got == created
    assert put_entities(identity, entity("staff li", "feishu.open_id ou_7d"))[0].entity.addresses
    (refused,) = put(identity, upsert("feishu.open_id ou_7d"))
    assert faults([refused]) == [["customers[0].identifiers[0].namespace"]]
    mask = {"paths": ["entity_only"]}
    change = definitions_pb2.UpdateNamespaceRequest(namespace=created, update_mask=mask)
    assert list(failure(lambda: identity.UpdateNamespace(change)).violations) == ["update_mask.paths[0]"]
    change = definitions_pb2.UpdateNamespaceRequest(
        namespace=definitions_pb2.Namespace(namespace_id="feishu.open_id", address=True, display_name="Feishu")
    )
    assert identity.UpdateNamespace(change).namespace.entity_only


def test_entities_are_got_in_the_order_asked_for(identity: IdentityServiceStub) -> None:
    put_entities(identity, entity("staff a"), entity("store b"))
    results = get_entities(identity, "store b", "staff b", "x 1", "staff a", "chat_group b", "store b", "store c")
    assert [result.entity.entity_id for result in results] == ["b", "", "", "a", "", "b", ""]
    reasons = ["", "STAFF_MEMBER_NOT_FOUND", "INVALID_FIELD", "", "CHAT_GROUP_NOT_FOUND", "", "STORE_NOT_FOUND"]
    assert [result.error.reason for result in results] == reasons
    assert faults(results)[2] == ["entities[2].kind"]
    assert list(failure(lambda: get_entities(identity)).violations) == ["entities"]
    assert list(failure(lambda: put_entities(identity)).violations) == ["entities"]
    many = [entity(f"staff {number}") for number in range(1001)]
    assert list(failure(lambda: put_entities(identity, *many)).violations) == ["entities"]


def test_lists_are_paged_by_id_and_narrowed_by_store(identity: IdentityServiceStub) -> None:
    staff = [entity(f"staff s-{n}", store_id="ab"[n % 2], archived=n == 3) for n in range(5)]
    put_entities(identity, *reversed(staff), entity("store a"), entity("store b"), entity("chat_group g", store_id="a"))
    kind = entities_pb2.ENTITY_KIND_STAFF
    assert listed(identity, kind, page_size=2) == [["s-0", "s-1"], ["s-2", "s-3"], ["s-4"]]
    assert listed(identity, kind, page_size=2, store_id="a") == [["s-0", "s-2"], ["s-4"]]
    assert listed(identity, kind, store_id="b") == [["s-1", "s-3"]]
    assert listed(identity, kind, store_id="nowhere") == [[]]
    assert listed(identity, entities_pb2.ENTITY_KIND_STORE) == [["a", "b"]]
    bad = [
        ("kind", entities_pb2.ListEntitiesRequest()),
        ("page_token", entities_pb2.ListEntitiesRequest(kind=kind, page_token="?")),
        ("page_size", entities_pb2.ListEntitiesRequest(kind=kind, page_size=-1)),
        ("store_id", entities_pb2.ListEntitiesRequest(kind=kind, store_id="a\0")),
    ]
    for field, request in bad:
        assert list(failure(lambda: identity.ListEntities(request)).violations) == [field]  # noqa: B023


def test_a_thousand_entities_go_in_one_call(identity: IdentityServiceStub) -> None:
    given = [
        entity(f"staff {number:04}", f"wecom.userid:corp u{number}", attributes={"a": number, "b": "x"})
        for number in range(1000)
    ]
    results = put_entities(identity, *given)
    assert [result.entity.entity_id for result in results] == [each.entity_id for each in given]
    assert get_entities(identity, *(f"staff {number:04}" for number in range(1000))) == results


def test_the_feed_tells_all_that_holds_and_of_nobody_who_they_are(identity: IdentityServiceStub) -> None:
    definition = definitions_pb2.AttributeDefinition(
        name="id_card", type=definitions_pb2.ATTRIBUTE_TYPE_STRING, personal=True
    )
    identity.CreateAttributeDefinition(
        definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=definition)
    )
    secrets = {"name": "李雷", "birth_date": "1990-02-28", "id_card": "42010119900228"}
    put_entities(
        identity,
        entity("store wuhan"),
        entity(
            "staff li",
            "wecom.userid:corp li-lei-7",
            "phone 13800138000",
            display_name="Mr Li",
            attributes={"level": 3, "city": "Wuhan", **secrets},
            store_id="wuhan",
        ),
    )
    put_entities(
        identity, entity("staff li", "phone 13800138000", attributes={"level": 4, "city": None}, archived=True)
    )
    found = told(identity)
    assert [(change.WhichOneof("change"), change.customer_id) for change in found] == [("entity_changed", 0)] * 3
    store, first, second = (change.entity_changed for change in found)
    assert (store.entity.kind, store.entity.entity_id) == (entities_pb2.ENTITY_KIND_STORE, "wuhan")
    assert (first.entity.entity_id, first.store_id, first.archived) == ("li", "wuhan", False)
    assert dict(first.attributes) == values({"level": 3, "city": "Wuhan"})
    assert (second.store_id, second.archived, dict(second.attributes)) == ("", True, {"level": value(4)})
    text = str(found) + "".join(change.SerializeToString().decode("utf-8", "replace") for change in found)
    for secret in ("li-lei-7", "13800138000", "Mr Li", *secrets.values()):
        assert secret not in text
    assert dict(get_entity(identity, "staff li").attributes) == values({"level": 4, **secrets})


def test_a_change_of_what_stays_off_the_feed_is_announced_all_the_same(identity: IdentityServiceStub) -> None:
    put_entities(identity, entity("staff li", "wecom.userid:corp li"))
    start = told(identity)[-1].position
    put_entities(identity, entity("staff li", "wecom.userid:corp lei"))
    put_entities(identity, entity("staff li", "wecom.userid:corp lei", display_name="Lei"))
    assert [change.WhichOneof("change") for change in told(identity, start)] == ["entity_changed"] * 2

"""Values that attributes may have, through the contract: what is not listed is refused wherever it comes from."""

from functools import partial
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from support.people import customer, event, ingest, put, upsert, value, values
from support.status import failure
from tidegate.api.identity.v1 import customers_pb2, definitions_pb2
from tidegate.api.identity.v1.definitions_pb2 import AttributeDefinition, CreateAttributeDefinitionRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

TEXT, LIST = definitions_pb2.ATTRIBUTE_TYPE_STRING, definitions_pb2.ATTRIBUTE_TYPE_LIST
INT, DATE = definitions_pb2.ATTRIBUTE_TYPE_INT, definitions_pb2.ATTRIBUTE_TYPE_DATE


def define(identity: IdentityServiceStub, name: str, kind: int, *allowed: Any) -> AttributeDefinition:
    definition = AttributeDefinition(
        name=name,
        type=kind,  # type: ignore[arg-type]
        allowed_values=[value(each) for each in allowed],
    )
    request = CreateAttributeDefinitionRequest(attribute_definition=definition)
    return identity.CreateAttributeDefinition(request).attribute_definition


def allow(identity: IdentityServiceStub, name: str, *allowed: Any) -> AttributeDefinition:
    definition = AttributeDefinition(name=name, allowed_values=[value(each) for each in allowed])
    mask = FieldMask(paths=["allowed_values"])
    request = definitions_pb2.UpdateAttributeDefinitionRequest(attribute_definition=definition, update_mask=mask)
    return identity.UpdateAttributeDefinition(request).attribute_definition


def found(identity: IdentityServiceStub, **wanted: Any) -> list[int]:
    request = customers_pb2.SearchCustomersRequest(attributes=values(wanted))
    return [each.customer_id for each in identity.SearchCustomers(request).customers]


@pytest.mark.parametrize(
    ("kind", "allowed", "right", "wrong"),
    [
        (TEXT, ["gold", "tin"], "tin", "Gold"),
        (INT, [1, 2, 3], 2, 4),
        (LIST, ["sport", "art"], ["art", "sport"], ["art", "war"]),
    ],
)
def test_a_value_that_is_not_listed_is_refused(
    identity: IdentityServiceStub, kind: int, allowed: list[Any], right: Any, wrong: Any
) -> None:
    define(identity, "choice", kind, *allowed)
    taken, refused = put(
        identity,
        upsert("member_id a", attributes={"choice": right}),
        upsert("member_id b", attributes={"choice": wrong}),
    )
    assert customer(identity, taken.customer_id).attributes["choice"].value == value(right)
    (violation,) = refused.error.field_violations
    assert violation.field == 'customers[1].attributes["choice"]'
    assert all(f"`{each}`" in violation.description for each in allowed)
    (refused_event,) = ingest(identity, event("1", "member_id a", attributes={"choice": wrong}))
    assert refused_event.error.field_violations[0].field == 'events[0].attributes["choice"]'
    (cleared,) = put(identity, upsert("member_id a", attributes={"choice": None}))
    assert not cleared.HasField("error")


def test_an_import_holds_values_against_the_list_too(identity: IdentityServiceStub) -> None:
    define(identity, "tier", TEXT, "gold", "tin")
    part = customers_pb2.ImportCustomersRequest(
        sequence=7,
        customers=[
            upsert("member_id a", attributes={"tier": "gold"}),
            upsert("member_id b", attributes={"tier": "brass"}),
        ],
    )
    answer = identity.ImportCustomers(iter([part]))
    assert (answer.created, answer.refused) == (1, 1)
    assert answer.refusals[0].error.field_violations[0].field == 'customers[1].attributes["tier"]'


def test_zone_and_locale_have_a_list_like_others(identity: IdentityServiceStub) -> None:
    allow(identity, "zone", "Asia/Shanghai")
    allow(identity, "locale", "zh-CN", "en")
    (refused,) = put(identity, upsert("member_id a", zone="Europe/Paris", locale="fr"))
    assert [fault.field for fault in refused.error.field_violations] == ["customers[0].zone", "customers[0].locale"]
    (taken,) = put(identity, upsert("member_id a", zone="Asia/Shanghai", locale="en"))
    assert taken.customer_id


def test_another_list_is_for_values_that_come_later(identity: IdentityServiceStub) -> None:
    define(identity, "tier", TEXT, "gold", "tin")
    put(identity, upsert("member_id a", attributes={"tier": "tin"}))
    changed = allow(identity, "tier", "gold")
    assert changed.allowed_values == [value("gold")]
    (refused,) = put(identity, upsert("member_id b", attributes={"tier": "tin"}))
    assert refused.HasField("error")
    assert found(identity, tier="tin") == [1], "what customers have stays"
    allow(identity, "tier")
    (taken,) = put(identity, upsert("member_id b", attributes={"tier": "brass"}))
    assert taken.customer_id


def test_a_refusal_names_the_first_of_many(identity: IdentityServiceStub) -> None:
    define(identity, "store", TEXT, *(f"s{number}" for number in range(1000)))
    (refused,) = put(identity, upsert("member_id a", time=1, attributes={"store": "s1000"}))
    (violation,) = refused.error.field_violations
    assert "`s4`, and 995 more" in violation.description
    (taken,) = put(identity, upsert("member_id a", time=1, attributes={"store": "s999"}))
    assert taken.customer_id


WRONG_LISTS: list[tuple[int, list[Any], str]] = [
    (TEXT, ["a", 1], "allowed_values[1]"),
    (INT, ["1"], "allowed_values[0]"),
    (LIST, [["a"]], "allowed_values[0]"),
    (LIST, ["x" * 257], "allowed_values[0]"),
    (TEXT, [None], "allowed_values[0]"),
    (DATE, ["2020-01-01"], "allowed_values"),
    (INT, list(range(1001)), "allowed_values"),
]


def test_lists_that_cannot_be(identity: IdentityServiceStub, subtests: pytest.Subtests) -> None:
    for kind, allowed, field in WRONG_LISTS:
        with subtests.test(field=field):
            refused = failure(partial(define, identity, "choice", kind, *allowed))
            assert list(refused.violations) == [f"attribute_definition.{field}"]


def test_a_list_is_kept_in_order_and_once(identity: IdentityServiceStub) -> None:
    created = define(identity, "tier", TEXT, "tin", "gold", "tin")
    request = definitions_pb2.GetAttributeDefinitionRequest(name="tier")
    assert identity.GetAttributeDefinition(request).attribute_definition == created
    assert [each.string_value for each in created.allowed_values] == ["tin", "gold"]

"""Definitions through the contract: created, changed under etags, and in force at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from support.people import customer, event, ingest, put, resolved, upsert
from support.status import failure
from tidegate.api.identity.v1 import definitions_pb2, tags_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub


def create_namespace(identity: IdentityServiceStub, **fields: object) -> definitions_pb2.Namespace:
    namespace = definitions_pb2.Namespace(**fields)  # type: ignore[arg-type]
    return identity.CreateNamespace(definitions_pb2.CreateNamespaceRequest(namespace=namespace)).namespace


def create_attribute(identity: IdentityServiceStub, **fields: object) -> definitions_pb2.AttributeDefinition:
    definition = definitions_pb2.AttributeDefinition(**fields)  # type: ignore[arg-type]
    request = definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=definition)
    return identity.CreateAttributeDefinition(request).attribute_definition


def test_a_namespace_of_ones_own_works_at_once(identity: IdentityServiceStub) -> None:
    created = create_namespace(
        identity,
        namespace_id="soc_sec_id",
        priority=950,
        max_per_customer=1,
        strength=definitions_pb2.STRENGTH_STRONG,
        normal_form=definitions_pb2.NORMAL_FORM_DIGITS,
        blocked_values=["1234567"],
    )
    assert created.etag == "1"
    results = ingest(
        identity,
        event("1", "soc_sec_id 698-8048"),
        event("2", "soc_sec_id 6988048"),
        event("3", "soc_sec_id 1234567"),
    )
    assert [result.customer_id for result in results] == [1, 1, 0]
    assert results[2].error.field_violations[0].field == "events[2].identifiers[0].value"


def test_what_is_built_in_is_listed_and_can_be_changed(identity: IdentityServiceStub) -> None:
    listed = identity.ListNamespaces(definitions_pb2.ListNamespacesRequest()).namespaces
    assert {"phone", "email", "member_id", "wechat.openid", "wechat.unionid", "wecom.external_userid",
            "wecom.pending_id", "device", "apns.token", "cookie", "wecom.userid", "wecom.chat_id",
            "wecom.robot"} == {namespace.namespace_id for namespace in listed}  # fmt: skip
    phone = next(namespace for namespace in listed if namespace.namespace_id == "phone")
    phone.blocked_values.append("+8613800138000")
    request = definitions_pb2.UpdateNamespaceRequest(namespace=phone, update_mask=FieldMask(paths=["blocked_values"]))
    updated = identity.UpdateNamespace(request).namespace
    assert (updated.etag, updated.priority, updated.default_region) == ("1", phone.priority, "CN")
    (result,) = ingest(identity, event("1", "phone 13800138000"))
    assert "blocked" in result.error.message


def test_a_stale_etag_is_refused(identity: IdentityServiceStub) -> None:
    first = create_namespace(identity, namespace_id="badge")
    request = definitions_pb2.UpdateNamespaceRequest(namespace=first)
    request.namespace.priority = 7
    assert identity.UpdateNamespace(request).namespace.etag == "2"
    with pytest.raises(grpc.RpcError) as raised:
        identity.UpdateNamespace(request)
    assert raised.value.code() is grpc.StatusCode.ABORTED
    got = identity.GetNamespace(definitions_pb2.GetNamespaceRequest(namespace_id="badge")).namespace
    assert (got.priority, got.etag) == (7, "2")


def test_a_mask_keeps_the_other_fields_and_names_what_cannot_be_changed(identity: IdentityServiceStub) -> None:
    create_namespace(identity, namespace_id="badge", display_name="Badge", priority=5)
    change = definitions_pb2.Namespace(namespace_id="badge", priority=8, display_name="not this")
    mask = FieldMask(paths=["priority"])
    updated = identity.UpdateNamespace(
        definitions_pb2.UpdateNamespaceRequest(namespace=change, update_mask=mask)
    ).namespace
    assert (updated.priority, updated.display_name) == (8, "Badge")
    with pytest.raises(grpc.RpcError) as raised:
        mask = FieldMask(paths=["normal_form"])
        identity.UpdateNamespace(definitions_pb2.UpdateNamespaceRequest(namespace=change, update_mask=mask))
    assert "update_mask.paths[0]" in str(raised.value.details())


def refusal(attempt: Callable[[], object]) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as raised:
        attempt()
    return raised.value.code()


def test_ids_that_are_taken_unknown_or_malformed(identity: IdentityServiceStub) -> None:
    text = definitions_pb2.ATTRIBUTE_TYPE_STRING
    taken, wrong = grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(lambda: create_namespace(identity, namespace_id="phone")) is taken
    assert refusal(lambda: create_namespace(identity, namespace_id="Phone")) is wrong
    assert refusal(lambda: create_namespace(identity, namespace_id="p", blocked_patterns=["("])) is wrong
    assert refusal(lambda: create_attribute(identity, name="city")) is wrong
    assert refusal(lambda: create_attribute(identity, name="city", type=text)) is taken
    unknown = tags_pb2.GetTagGroupRequest(group_id="nope")
    assert refusal(lambda: identity.GetTagGroup(unknown)) is grpc.StatusCode.NOT_FOUND


def test_an_attribute_of_ones_own_follows_its_policy(identity: IdentityServiceStub) -> None:
    create_attribute(
        identity,
        name="spent",
        type=definitions_pb2.ATTRIBUTE_TYPE_INT,
        merge_policy=definitions_pb2.MERGE_POLICY_SUM,
    )
    put(identity, upsert("phone 13800138000", time=1, attributes={"spent": 100}))
    put(identity, upsert("phone 13800138000", time=1, attributes={"spent": 100}))
    put(identity, upsert("phone 13800138000", time=2, attributes={"spent": 20}))
    put(identity, upsert("email li@shop.example", time=3, attributes={"spent": 3}))
    ingest(identity, event("1", "phone 13800138000", "email li@shop.example", time=9, attributes={"spent": 5}))
    assert customer(identity, 1).attributes["spent"].value.int_value == 128


def test_a_sum_of_texts_is_refused(identity: IdentityServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        create_attribute(
            identity,
            name="notes",
            type=definitions_pb2.ATTRIBUTE_TYPE_STRING,
            merge_policy=definitions_pb2.MERGE_POLICY_SUM,
        )
    assert "attribute_definition.merge_policy" in str(raised.value.details())


def test_a_tag_group_lives_and_goes(identity: IdentityServiceStub) -> None:
    group = tags_pb2.TagGroup(group_id="tier", closed=True, names=["gold"])
    identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))
    listed = identity.ListTagGroups(tags_pb2.ListTagGroupsRequest()).tag_groups
    assert [one.group_id for one in listed] == ["tier"]
    identity.DeleteTagGroup(tags_pb2.DeleteTagGroupRequest(group_id="tier", etag="1"))
    put(identity, upsert("member_id m", add_tags=["tier=tin"]))
    assert [applied.tag for applied in customer(identity, 1).tags] == ["tier=tin"]


def test_a_limit_that_is_set_later_holds_from_then_on(identity: IdentityServiceStub) -> None:
    create_namespace(identity, namespace_id="card")
    put(identity, upsert("member_id m", "card a", "card b"))
    change = definitions_pb2.Namespace(namespace_id="card", max_per_customer=2)
    identity.UpdateNamespace(definitions_pb2.UpdateNamespaceRequest(namespace=change))
    (result,) = put(identity, upsert("member_id m", "card c"))
    assert result.conflict_id
    assert resolved(identity, "card a", "card b", "card c") == [1, 1, 0]


def test_masked_changes_at_the_same_time_all_hold(identity: IdentityServiceStub) -> None:
    identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=tags_pb2.TagGroup(group_id="tier")))

    def change(number: int) -> None:
        field = ("display_name", "names", "closed")[number % 3]
        wanted = tags_pb2.TagGroup(group_id="tier", display_name="Tiers", names=["gold"], closed=True)
        mask = FieldMask(paths=[field])
        identity.UpdateTagGroup(tags_pb2.UpdateTagGroupRequest(tag_group=wanted, update_mask=mask))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change, range(6)))
    found = identity.GetTagGroup(tags_pb2.GetTagGroupRequest(group_id="tier")).tag_group
    assert (found.display_name, list(found.names), found.closed, found.etag) == ("Tiers", ["gold"], True, "7")


def test_a_region_is_one_of_the_standard(identity: IdentityServiceStub) -> None:
    refused = failure(lambda: create_namespace(identity, namespace_id="line", default_region="China"))
    assert list(refused.violations) == ["namespace.default_region"]

"""Customers through the contract: upserts, aliases, reads, search, contact points."""

import grpc
import pytest
from support.people import at, customer, event, identifier, identifiers_of, ingest, put, resolved, upsert, values, who
from tidegate.api.identity.v1 import changes_pb2, consents_pb2, customers_pb2, merges_pb2, privacy_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub


def search(identity: IdentityServiceStub, **conditions: object) -> list[int]:
    request = customers_pb2.SearchCustomersRequest(**conditions)  # type: ignore[arg-type]
    return [found.customer_id for found in identity.SearchCustomers(request).customers]


def points(identity: IdentityServiceStub, *customer_ids: int) -> customers_pb2.BatchGetContactPointsResponse:
    request = customers_pb2.BatchGetContactPointsRequest(customer_ids=customer_ids)
    return identity.BatchGetContactPoints(request)


def test_an_upsert_creates_then_updates(identity: IdentityServiceStub) -> None:
    full = upsert(
        "member_id m-1",
        "phone 13800138000",
        time=10,
        attributes={"city": "Shanghai", "name": "李雷", "birth_date": "1990-02-28"},
        zone="Asia/Shanghai",
        locale="zh-CN",
        add_tags=["vip", "stage=new"],
        consents=[consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, time=at(5))],
    )
    (created,) = put(identity, full)
    assert created.created
    (again,) = put(identity, full)
    assert (again.customer_id, again.created) == (created.customer_id, False)
    found = customer(identity, "phone +8613800138000")
    assert found.customer_id == created.customer_id
    assert {name: one.value.string_value for name, one in found.attributes.items()} == {
        "city": "Shanghai",
        "name": "李雷",
        "birth_date": "1990-02-28",
        "zone": "Asia/Shanghai",
        "locale": "zh-CN",
    }
    assert (found.zone, found.locale) == ("Asia/Shanghai", "zh-CN")
    assert [applied.tag for applied in found.tags] == ["stage=new", "vip"]
    assert found.consents[0].decision == consents_pb2.DECISION_GRANTED
    assert found.first_seen_time == at(10)


def test_upserts_by_id_follow_aliases(identity: IdentityServiceStub) -> None:
    put(identity, upsert("phone 13800138000", time=1), upsert("email li@shop.example", time=2))
    put(identity, upsert("phone 13800138000", "email li@shop.example", time=3))
    (result,) = put(identity, upsert("cookie c-1", customer_id=2, attributes={"city": "Wuhan"}))
    assert result.customer_id == 1
    found = customer(identity, 2)
    assert found.customer_id == 1
    assert found.attributes["city"].value.string_value == "Wuhan"
    (cookie,) = [link for link in found.identifiers if link.identifier.namespace == "cookie"]
    assert cookie.original_customer_id == 2


def test_what_is_known_is_merged_by_its_policies(identity: IdentityServiceStub) -> None:
    put(
        identity,
        upsert("phone 13800138000", time=1, attributes={"city": "Shanghai", "gender": "f"}, add_tags=["a"]),
        upsert("email li@shop.example", time=2, attributes={"city": "Wuhan"}, add_tags=["b"]),
    )
    put(identity, upsert("phone 13800138000", "email li@shop.example", time=3))
    found = customer(identity, 1)
    assert found.attributes["city"].value.string_value == "Wuhan"
    assert found.attributes["gender"].value.string_value == "f"
    assert [applied.tag for applied in found.tags] == ["a", "b"]


def test_bad_upserts_leave_the_others_alone_and_name_their_fields(identity: IdentityServiceStub) -> None:
    bad = [
        upsert(),
        upsert("phone 12"),
        upsert("member_id m", source=""),
        upsert("member_id m", zone="Asia/Atlantis"),
        upsert("member_id m", add_tags=["=x"]),
        upsert("member_id m", attributes={"birth_date": "1990-13-01"}),
        upsert("member_id m", attributes={"city": 5}),
        upsert("member_id m", consents=[consents_pb2.Consent(purpose="marketing")]),
        upsert("member_id m", consents=[consents_pb2.Consent(decision=consents_pb2.DECISION_DENIED)]),
        upsert(customer_id=-1),
    ]
    results = put(identity, *bad, upsert(customer_id=99), upsert("member_id good"))
    assert [result.error.field_violations[0].field for result in results[:10]] == [
        "customers[0].identifiers",
        "customers[1].identifiers[0].value",
        "customers[2].source",
        "customers[3].zone",
        "customers[4].add_tags[0]",
        'customers[5].attributes["birth_date"]',
        'customers[6].attributes["city"]',
        "customers[7].consents[0].decision",
        "customers[8].consents[0].purpose",
        "customers[9].customer_id",
    ]
    assert results[10].error.reason == "CUSTOMER_NOT_FOUND"
    assert results[10].error.code == grpc.StatusCode.NOT_FOUND.value[0]
    assert results[11].created
    assert resolved(identity, "member_id m") == [0]


def test_identifiers_are_resolved_in_order_each_with_its_answer(identity: IdentityServiceStub) -> None:
    put(identity, upsert("phone 13800138000"))
    asked = ["phone 138 0013 8000", "phone 13900139000", "fax 1", "phone 13800138000"]
    request = customers_pb2.ResolveIdentifiersRequest(identifiers=[identifier(text) for text in asked])
    results = identity.ResolveIdentifiers(request).results
    assert [result.customer_id for result in results] == [1, 0, 0, 1]
    assert [result.error.code for result in results] == [0, 5, 3, 0]
    assert results[2].error.field_violations[0].field == "identifiers[2].namespace"
    assert "13900139000" not in str(results)


def test_customers_are_read_by_id_and_by_identifier(identity: IdentityServiceStub) -> None:
    put(identity, upsert("phone 13800138000"), upsert("member_id m"))
    request = customers_pb2.BatchGetCustomersRequest(
        customers=[who(2), who("phone 13800138000"), who(7), who("email x@shop.example"), who(0)]
    )
    results = identity.BatchGetCustomers(request).results
    assert [result.customer.customer_id for result in results] == [2, 1, 0, 0, 0]
    assert [result.error.code for result in results] == [0, 0, 5, 5, 3]
    assert results[4].error.field_violations[0].field == "customers[4]"


@pytest.mark.parametrize("reference", [99, "phone 13900139000"])
def test_a_customer_that_is_not_there_is_not_found(identity: IdentityServiceStub, reference: int | str) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        customer(identity, reference)
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND
    assert "13900139000" not in str(raised.value.details())


def test_search_matches_everything_that_is_given(identity: IdentityServiceStub) -> None:
    put(
        identity,
        *(
            upsert(
                f"member_id m-{i}",
                attributes={"city": "Wuhan" if i % 2 else "Xian"},
                add_tags=["all", *(["third"] if i % 3 == 0 else [])],
            )
            for i in range(10)
        ),
    )
    assert search(identity, tags=["third"]) == [1, 4, 7, 10]
    assert search(identity, tags=["third", "all"], attributes=values({"city": "Wuhan"})) == [4, 10]
    assert search(identity, identifiers=[identifier("member_id m-3")], tags=["third"]) == [4]
    assert search(identity, identifiers=[identifier("member_id m-3"), identifier("member_id m-4")]) == []
    assert search(identity, identifiers=[identifier("member_id m-77")]) == []
    assert search(identity, attributes=values({"city": "Beijing"})) == []


def test_search_goes_by_pages(identity: IdentityServiceStub) -> None:
    put(identity, *(upsert(f"member_id m-{i}", add_tags=["all"]) for i in range(5)))
    request = customers_pb2.SearchCustomersRequest(tags=["all"], page_size=2)
    pages = []
    while True:
        page = identity.SearchCustomers(request)
        pages.append([found.customer_id for found in page.customers])
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert pages == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize("token", ["!", "bm90IGpzb24=", "WyJ4Il0="])
def test_a_foreign_page_token_is_refused(identity: IdentityServiceStub, token: str) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        search(identity, tags=["all"], page_token=token)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "page_token" in str(raised.value.details())


def test_a_search_for_nothing_is_refused(identity: IdentityServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        search(identity)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_contact_points_follow_merges_and_say_what_they_reflect(identity: IdentityServiceStub) -> None:
    put(
        identity,
        upsert("phone 13800138000", "member_id m-1", time=1, zone="Asia/Shanghai"),
        upsert("email li@shop.example", "cookie c-1", time=2, locale="zh-CN"),
    )
    before = points(identity, 1, 2)
    assert [[a.value for a in point.addresses] for point in before.points] == [
        ["+8613800138000"],
        ["li@shop.example"],
    ]
    put(identity, upsert("phone 13800138000", "email li@shop.example", time=3))
    after = points(identity, 2, 1, 77)
    assert [point.customer_id for point in after.points] == [2, 1, 77]
    assert [point.canonical_customer_id for point in after.points] == [1, 1, 0]
    assert [a.value for a in after.points[0].addresses] == ["+8613800138000", "li@shop.example"]
    assert (after.points[0].zone, after.points[0].locale) == ("Asia/Shanghai", "zh-CN")
    assert after.points[2].error.code == grpc.StatusCode.NOT_FOUND.value[0]
    merged = [
        change.position
        for change in identity.ListChanges(changes_pb2.ListChangesRequest()).changes
        if change.WhichOneof("change") == "customer_merged"
    ]
    assert before.position < merged[0] <= after.position


def test_events_alone_do_not_move_what_contact_points_reflect(identity: IdentityServiceStub) -> None:
    ingest(identity, event("1", "phone 13800138000"))
    before = points(identity, 1).position
    ingest(identity, event("2", "phone 13800138000", time=9))
    assert points(identity, 1).position == before


def test_identifiers_can_be_linked_to_a_known_customer(identity: IdentityServiceStub) -> None:
    put(identity, upsert("phone 13800138000"), upsert("email li@shop.example"))
    links = [
        merges_pb2.IdentifierLink(
            customer=who("phone 13800138000"), identifiers=[identifier("member_id m-1")], source="desk"
        ),
        merges_pb2.IdentifierLink(customer=who(1), identifiers=[identifier("email li@shop.example")], source="desk"),
        merges_pb2.IdentifierLink(customer=who(9), identifiers=[identifier("member_id m-9")], source="desk"),
    ]
    results = identity.LinkIdentifiers(merges_pb2.LinkIdentifiersRequest(links=links)).results
    assert [result.customer_id for result in results] == [1, 1, 0]
    assert results[2].error.reason == "CUSTOMER_NOT_FOUND"
    expected = ["member_id m-1", "phone +8613800138000", "email li@shop.example"]
    assert identifiers_of(customer(identity, 2)) == expected


def test_an_import_counts_what_it_did(identity: IdentityServiceStub) -> None:
    parts = [
        customers_pb2.ImportCustomersRequest(
            sequence=number,
            customers=[upsert("phone 12"), *(upsert(f"member_id m-{i}") for i in range(3 * number))],
        )
        for number in (1, 2)
    ]
    answer = identity.ImportCustomers(iter(parts))
    assert (answer.created, answer.updated, answer.refused) == (6, 3, 2)
    assert [(refusal.sequence, refusal.index) for refusal in answer.refusals] == [(1, 0), (2, 0)]


def test_what_is_not_there_yet_says_so(identity: IdentityServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        identity.GetErasure(privacy_pb2.GetErasureRequest(erasure_id="e"))
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED

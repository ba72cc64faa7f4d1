"""Customers through the contract: upserts, aliases, reads, search, contact points."""

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from support import feeds
from support.people import at, customer, event, identifier, identifiers_of, ingest, put, resolved, upsert, values, who
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, consents_pb2, customers_pb2, definitions_pb2, merges_pb2
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


def test_contact_points_are_narrowed_to_what_is_wanted(identity: IdentityServiceStub) -> None:
    granted = consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, time=at(5))
    (made,) = put(identity, upsert("phone 13800138000", "email li@shop.example", time=1, consents=[granted]))
    request = customers_pb2.BatchGetContactPointsRequest(customer_ids=[made.customer_id])
    (whole,) = identity.BatchGetContactPoints(request).points
    assert ({one.namespace for one in whole.addresses}, len(whole.consents)) == ({"phone", "email"}, 1)
    request.namespaces.append("email")
    request.omit_consents = True
    (narrow,) = identity.BatchGetContactPoints(request).points
    assert ([one.value for one in narrow.addresses], len(narrow.consents)) == (["li@shop.example"], 0)
    request.namespaces.extend(f"n{number}" for number in range(1_000))
    assert failure(lambda: identity.BatchGetContactPoints(request)).violations.keys() == {"namespaces"}


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
        for change in feeds.changes(identity, changes_pb2.ListChangesRequest())
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


def test_instants_that_no_calendar_shows_are_refused_where_they_stand(identity: IdentityServiceStub) -> None:
    def broken(seconds: int, nanos: int = 0) -> Timestamp:
        return Timestamp(seconds=seconds, nanos=nanos)

    events = [event(f"e{number}", "member_id m-1", time=1) for number in range(5)]
    events[0].time.CopyFrom(broken(1_760_000_000_000))  # milliseconds, given as seconds
    events[1].time.CopyFrom(broken(-(10**12)))
    events[2].time.CopyFrom(broken(0, nanos=-1))
    events[3].properties["due"].timestamp_value.CopyFrom(broken(2**62))
    fields = [[fault.field for fault in result.error.field_violations] for result in ingest(identity, *events)]
    assert fields == [["events[0].time"], ["events[1].time"], ["events[2].time"], ['events[3].properties["due"]'], []]
    late = customers_pb2.CustomerUpsert(identifiers=[identifier("member_id m-1")], source="crm", time=broken(2**62))
    decided = upsert(
        "member_id m-1",
        consents=[consents_pb2.Consent(purpose="p", decision=consents_pb2.DECISION_DENIED, time=broken(2**62))],
    )
    results = put(identity, late, decided, upsert("member_id m-2"))
    assert [[fault.field for fault in result.error.field_violations] for result in results] == [
        ["customers[0].time"],
        ["customers[1].consents[0].time"],
        [],
    ]


def test_what_is_dated_in_the_future_is_refused_and_cannot_win_for_ever(identity: IdentityServiceStub) -> None:
    granted = consents_pb2.Consent(purpose="p", decision=consents_pb2.DECISION_GRANTED, time=at(10**9))
    results = put(
        identity,
        upsert("member_id m-1", time=10**9, attributes={"city": "Wuhan"}),
        upsert("member_id m-1", consents=[granted]),
    )
    assert [result.error.field_violations[0].field for result in results] == [
        "customers[0].time",
        "customers[1].consents[0].time",
    ]
    ingest(identity, event("e1", "member_id m-1", time=10**9, attributes={"city": "Wuhan"}))
    put(identity, upsert("member_id m-1", attributes={"city": "Suzhou"}))
    assert customer(identity, "member_id m-1").attributes["city"].value.string_value == "Suzhou"


def test_an_item_that_names_a_customer_and_nothing_else_harms_no_other(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m-1"))
    results = put(identity, upsert(customer_id=1), upsert("member_id m-2"), upsert(customer_id=99))
    assert [result.customer_id for result in results] == [1, 2, 0]
    assert results[2].error.reason == "CUSTOMER_NOT_FOUND"


def test_texts_that_cannot_be_kept_are_refused(identity: IdentityServiceStub) -> None:
    events = [
        event("e\0", "member_id m-1"),
        event("e2", "member_id m\0"),
        event("e3", "member_id m-1", properties={"a": "b\0"}),
        event("e4", "member_id m-1", properties={"a\0": "b"}),
        event("e5", "member_id m-1", properties={"a": ["b\0"]}),
        event("e6", "member_id m-1", source="s\0"),
        event("e7", "member_id m-1"),
    ]
    results = ingest(identity, *events)
    assert [result.error.field_violations[0].field if result.error.code else "" for result in results] == [
        "events[0].event_id",
        "events[1].identifiers[0].value",
        'events[2].properties["a"]',
        "events[3].properties",
        'events[4].properties["a"]',
        "events[5].source",
        "",
    ]


def test_unknown_customers_are_told_as_such(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m-1"))
    for call in (
        lambda: identity.ListMerges(merges_pb2.ListMergesRequest(customer_id=999)),
        lambda: identity.ListConflicts(merges_pb2.ListConflictsRequest(customer_id=999)),
    ):
        assert failure(call).code is grpc.StatusCode.NOT_FOUND
    assert not identity.ListMerges(merges_pb2.ListMergesRequest(customer_id=1)).merges


def test_a_part_of_an_import_that_is_no_part_is_counted_and_the_others_taken(identity: IdentityServiceStub) -> None:
    parts = [
        customers_pb2.ImportCustomersRequest(sequence=number, customers=customers)
        for number, customers in ((1, [upsert("member_id m-1")]), (2, []), (3, [upsert("member_id m-2")]))
    ]
    answer = identity.ImportCustomers(iter(parts))
    assert (answer.created, answer.refused) == (2, 1)
    (refusal,) = answer.refusals
    assert (refusal.sequence, refusal.error.field_violations[0].field) == (2, "customers")


def link(identity: IdentityServiceStub, *links: tuple[int | str, str]) -> list[customers_pb2.UpsertResult]:
    request = merges_pb2.LinkIdentifiersRequest(
        links=[
            merges_pb2.IdentifierLink(customer=who(reference), identifiers=[identifier(text)], source="desk")
            for reference, text in links
        ]
    )
    return list(identity.LinkIdentifiers(request).results)


def test_links_are_made_to_the_customer_that_is_named_and_to_no_other(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m-1"), upsert("email li@shop.example"))
    mistyped, chained, again, conflicting = link(
        identity,
        ("phone 13900139000", "email li@shop.example"),
        ("member_id m-1", "cookie c-1"),
        ("cookie c-1", "device d-1"),
        ("member_id m-1", "member_id m-2"),
    )
    assert mistyped.error.reason == "CUSTOMER_NOT_FOUND"
    assert resolved(identity, "phone 13900139000") == [0]
    assert (chained.customer_id, again.customer_id) == (1, 1)
    assert resolved(identity, "device d-1") == [1]
    assert conflicting.customer_id == 1
    assert conflicting.conflict_id
    assert not conflicting.created
    assert resolved(identity, "member_id m-2") == [0]


def test_values_that_add_up_need_a_time_so_that_none_counts_twice(identity: IdentityServiceStub) -> None:
    points = definitions_pb2.AttributeDefinition(
        name="points", type=definitions_pb2.ATTRIBUTE_TYPE_INT, merge_policy=definitions_pb2.MERGE_POLICY_SUM
    )
    identity.CreateAttributeDefinition(definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=points))
    (refused,) = put(identity, upsert("member_id m-1", attributes={"points": 5}))
    assert refused.error.field_violations[0].field == "customers[0].time"
    for _ in range(2):
        put(identity, upsert("member_id m-1", time=1, attributes={"points": 5}))
    assert customer(identity, "member_id m-1").attributes["points"].value.int_value == 5


@pytest.mark.parametrize("size", [1, 2, 4])
def test_attributes_do_not_depend_on_how_facts_are_batched(identity: IdentityServiceStub, size: int) -> None:
    nickname = definitions_pb2.AttributeDefinition(
        name="nickname", type=definitions_pb2.ATTRIBUTE_TYPE_STRING, merge_policy=definitions_pb2.MERGE_POLICY_SURVIVOR
    )
    identity.CreateAttributeDefinition(definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=nickname))
    events = [
        event("1", "cookie a", time=1, attributes={"nickname": "anna"}),
        event("2", "cookie b", time=2, attributes={"nickname": "bob"}),
        event("3", "cookie a", "cookie b", time=3),
        event("4", "device d", time=4, attributes={"nickname": "dora"}),
    ]
    for start in range(0, 4, size):
        ingest(identity, *events[start : start + size])
    assert customer(identity, "cookie b").attributes["nickname"].value.string_value == "anna"

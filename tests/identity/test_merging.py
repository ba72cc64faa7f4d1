"""Merging and splitting by decision of a person, through the contract."""

from collections.abc import Sequence

import grpc
from support.feeds import changes
from support.people import at, customer, event, identifier, identifiers_of, ingest, put, resolved, upsert, value, who
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, consents_pb2, customers_pb2, events_pb2, merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub


def merge(
    identity: IdentityServiceStub, *references: int | str, override: bool = False, reason: str = "the same person"
) -> merges_pb2.MergeCustomersResponse:
    request = merges_pb2.MergeCustomersRequest(
        customers=[who(each) for each in references], reason=reason, override_rules=override
    )
    answer: merges_pb2.MergeCustomersResponse = identity.MergeCustomers(request)
    return answer


def preview(identity: IdentityServiceStub, *references: int | str) -> merges_pb2.PreviewMergeResponse:
    request = merges_pb2.PreviewMergeRequest(customers=[who(each) for each in references])
    answer: merges_pb2.PreviewMergeResponse = identity.PreviewMerge(request)
    return answer


def split(identity: IdentityServiceStub, customer_id: int, *leaving: int) -> merges_pb2.SplitCustomerResponse:
    request = merges_pb2.SplitCustomerRequest(
        customer_id=customer_id, original_customer_ids=leaving, reason="two persons"
    )
    answer: merges_pb2.SplitCustomerResponse = identity.SplitCustomer(request)
    return answer


def events_of(identity: IdentityServiceStub, customer_id: int) -> list[str]:
    request = events_pb2.ListCustomerEventsRequest(customer_id=customer_id)
    return [found.event.event_id for found in identity.ListCustomerEvents(request).events]


def two_people(identity: IdentityServiceStub) -> tuple[int, int]:
    """Customer 1 from shops, customer 2 from the web shop, each with events, values, tags, and consents."""
    ingest(
        identity,
        event("a1", "phone 13800138000", "member_id m-1", time=10, attributes={"city": "Shanghai", "gender": "f"}),
        event("b1", "email li@shop.example", "cookie c-1", time=20, attributes={"city": "Wuhan"}),
        event("a2", "phone 13800138000", time=30, attributes={"city": "Suzhou"}),
        event("b2", "cookie c-1", "device d-1", time=5),
    )
    put(
        identity,
        upsert("phone 13800138000", time=40, add_tags=["vip", "stage=grown"]),
        upsert(
            "email li@shop.example",
            time=50,
            add_tags=["new"],
            consents=[consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, time=at(5))],
        ),
    )
    first, second = resolved(identity, "phone 13800138000", "email li@shop.example")
    return first, second


def test_a_merge_by_hand_joins_all_and_says_why(identity: IdentityServiceStub) -> None:
    first, second = two_people(identity)
    seen = preview(identity, first, "email li@shop.example")
    assert customer(identity, first).alias_ids == [], "a preview changes nothing"
    merged = merge(identity, first, "email li@shop.example")
    assert merged.customer == seen.customer
    assert not seen.obstacles
    survivor, away = second, first  # b2 is the earliest that is known of any of them
    (row,) = merged.merges
    assert (row.survivor_id, row.merged_id, row.reason) == (survivor, away, "the same person")
    assert row.source, "who decided it"
    assert merged.customer.customer_id == survivor
    assert merged.customer.alias_ids == [away]
    assert merged.customer.attributes["city"].value.string_value == "Suzhou"
    assert [applied.tag for applied in merged.customer.tags] == ["new", "stage=grown", "vip"]
    assert sorted(events_of(identity, away)) == ["a1", "a2", "b1", "b2"]
    assert merge(identity, first, second).merges == [], "they are one already"
    (listed,) = identity.ListMerges(merges_pb2.ListMergesRequest(customer_id=first)).merges
    assert listed == row


def test_what_a_rule_forbids_needs_an_override(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m-1", time=1), upsert("member_id m-2", time=2))
    (obstacle,) = preview(identity, 1, 2).obstacles
    assert obstacle.reason == merges_pb2.CONFLICT_REASON_STRONG_IDENTIFIER
    assert (obstacle.namespace, list(obstacle.customer_ids)) == ("member_id", [1, 2])
    refused = failure(lambda: merge(identity, 1, 2))
    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "MERGE_FORBIDDEN"
    assert resolved(identity, "member_id m-1", "member_id m-2") == [1, 2]
    assert merge(identity, 1, 2, override=True).customer.customer_id == 1
    assert resolved(identity, "member_id m-1", "member_id m-2") == [1, 1]


def test_a_split_gives_everybody_back_what_was_theirs(identity: IdentityServiceStub) -> None:
    first, second = two_people(identity)
    before = [customer(identity, each) for each in (first, second)]
    merge(identity, first, second)
    put(identity, upsert(customer_id=second, attributes={"country": "CN"}, add_tags=["called"]))
    answer = split(identity, second, first)
    assert answer.kept_edits == ["attribute:country", "tag:called"]
    (separated,) = answer.separated
    assert separated == before[0]
    after = answer.remaining
    del after.attributes["country"]
    after.tags.remove(next(applied for applied in after.tags if applied.tag == "called"))
    assert after == before[1]
    assert events_of(identity, first) == ["a2", "a1"]
    assert events_of(identity, second) == ["b1", "b2"]


def test_those_who_were_split_are_never_merged_again(identity: IdentityServiceStub) -> None:
    first, second = two_people(identity)
    merge(identity, first, second)
    split(identity, second, first)
    (result,) = ingest(identity, event("both", "phone 13800138000", "email li@shop.example", time=60))
    assert result.conflict_id
    assert resolved(identity, "phone 13800138000", "email li@shop.example") == [first, second]
    refused = failure(lambda: merge(identity, first, second, override=True))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "MERGE_FORBIDDEN")
    (obstacle,) = preview(identity, first, second).obstacles
    assert obstacle.reason == merges_pb2.CONFLICT_REASON_NEVER_MERGE


def test_those_who_leave_stay_together_as_they_were_merged(identity: IdentityServiceStub) -> None:
    put(identity, *(upsert(f"phone 1380013800{number}", time=number) for number in range(5)))
    merge(identity, 4, 3)  # 4 into 3
    merge(identity, 3, 2)  # 3 into 2
    merge(identity, 5, 1)
    merge(identity, 1, 2)
    answer = split(identity, 1, 3, 4, 5)
    assert {each.customer_id: list(each.alias_ids) for each in answer.separated} == {3: [4], 5: []}
    assert answer.remaining.alias_ids == [2]
    assert merge(identity, 5, 3).customer.customer_id == 3, "they were not split from each other"
    assert failure(lambda: merge(identity, 5, 2)).reason == "MERGE_FORBIDDEN"


def test_a_split_is_announced_whole(identity: IdentityServiceStub) -> None:
    first, second = two_people(identity)
    merge(identity, first, second)
    seen = [change.position for change in changes(identity, changes_pb2.ListChangesRequest())][-1]
    split(identity, second, first)
    at_first, *rest = changes(identity, _after(seen))
    assert at_first.WhichOneof("change") == "customer_split"
    assert at_first.customer_split.remaining_id == second
    (left,) = at_first.customer_split.separated
    assert (left.customer_id, left.original_customer_ids) == (first, [first])
    for customer_id, city, tags in ((first, "Suzhou", ["stage=grown", "vip"]), (second, "Wuhan", ["new"])):
        mine = {change.WhichOneof("change"): change for change in rest if change.customer_id == customer_id}
        assert mine["attributes_changed"].attributes_changed.changed["city"] == value(city)
        assert list(mine["tags_changed"].tags_changed.added) == tags
        assert "contact_points_changed" in mine
        assert mine["identifiers_changed"].identifiers_changed.namespaces
    points = identity.BatchGetContactPoints(customers_pb2.BatchGetContactPointsRequest(customer_ids=[first]))
    assert points.position >= at_first.position


def unlink(identity: IdentityServiceStub, text: str, reason: str = "a shop's own phone") -> customers_pb2.Customer:
    request = merges_pb2.UnlinkIdentifierRequest(identifier=identifier(text), reason=reason)
    found: customers_pb2.Customer = identity.UnlinkIdentifier(request).customer
    return found


def test_an_identifier_is_taken_off_and_what_it_brought_stays(identity: IdentityServiceStub) -> None:
    ingest(identity, event("e1", "phone 13800138000", "member_id m-1", time=1))
    seen = [change.position for change in changes(identity, changes_pb2.ListChangesRequest())][-1]
    assert identifiers_of(unlink(identity, "phone 13800138000")) == ["member_id m-1"]
    assert resolved(identity, "phone 13800138000", "member_id m-1") == [0, 1]
    assert events_of(identity, 1) == ["e1"]
    told = {change.WhichOneof("change"): change for change in changes(identity, _after(seen))}
    assert list(told["identifiers_changed"].identifiers_changed.namespaces) == ["member_id"]
    assert "contact_points_changed" in told
    (result,) = ingest(identity, event("e2", "phone 13800138000", time=2))
    assert (result.customer_id, result.created) == (2, True), "it may be somebody else's now"
    assert failure(lambda: unlink(identity, "phone 13900139000")).code is grpc.StatusCode.NOT_FOUND
    assert list(failure(lambda: unlink(identity, "member_id m-1", reason="")).violations) == ["reason"]


def resolve(identity: IdentityServiceStub, conflict_id: str, decision: merges_pb2.ConflictState) -> merges_pb2.Conflict:
    request = merges_pb2.ResolveConflictRequest(conflict_id=conflict_id, decision=decision, note="asked the customer")
    found: merges_pb2.Conflict = identity.ResolveConflict(request).conflict
    return found


def conflicting(identity: IdentityServiceStub) -> str:
    """Two members come together by a phone that is one of theirs, and bring an identifier that is new."""
    put(identity, upsert("member_id m-1", "phone 13800138000", time=1), upsert("member_id m-2", time=2))
    (result,) = put(identity, upsert("member_id m-2", "phone 13800138000", "member_id m-3", time=3))
    assert result.conflict_id
    return result.conflict_id


def test_a_conflict_decided_as_one_person_joins_all_that_came_together(identity: IdentityServiceStub) -> None:
    conflict_id = conflicting(identity)
    decided = resolve(identity, conflict_id, merges_pb2.CONFLICT_STATE_MERGED)
    assert decided.state == merges_pb2.CONFLICT_STATE_MERGED
    assert (list(decided.customer_ids), decided.resolution_note) == ([1], "asked the customer")
    assert decided.HasField("resolve_time")
    assert resolved(identity, "member_id m-1", "member_id m-2", "member_id m-3", "phone 13800138000") == [1] * 4
    (merged,) = identity.ListMerges(merges_pb2.ListMergesRequest()).merges
    assert (merged.survivor_id, merged.merged_id, merged.reason) == (1, 2, "asked the customer")
    again = failure(lambda: resolve(identity, conflict_id, merges_pb2.CONFLICT_STATE_KEPT_APART))
    assert (again.code, again.metadata["state"]) == (grpc.StatusCode.FAILED_PRECONDITION, "merged")


def test_a_conflict_decided_as_two_people_keeps_them_apart_for_ever(identity: IdentityServiceStub) -> None:
    conflict_id = conflicting(identity)
    decided = resolve(identity, conflict_id, merges_pb2.CONFLICT_STATE_KEPT_APART)
    assert decided.state == merges_pb2.CONFLICT_STATE_KEPT_APART
    assert sorted(decided.customer_ids) == [1, 2]
    assert failure(lambda: merge(identity, 1, 2, override=True)).reason == "MERGE_FORBIDDEN"
    open_ones = merges_pb2.ListConflictsRequest(state=merges_pb2.CONFLICT_STATE_OPEN)
    assert not identity.ListConflicts(open_ones).conflicts


def test_a_conflict_whose_customers_were_merged_meanwhile_cannot_keep_them_apart(
    identity: IdentityServiceStub,
) -> None:
    conflict_id = conflicting(identity)
    merge(identity, 1, 2, override=True)
    refused = failure(lambda: resolve(identity, conflict_id, merges_pb2.CONFLICT_STATE_KEPT_APART))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMERS_ARE_ONE")
    assert resolve(identity, conflict_id, merges_pb2.CONFLICT_STATE_MERGED).customer_ids == [1]
    unknown = failure(lambda: resolve(identity, "c-404", merges_pb2.CONFLICT_STATE_MERGED))
    assert unknown.code is grpc.StatusCode.NOT_FOUND
    blank = failure(lambda: resolve(identity, "", merges_pb2.CONFLICT_STATE_OPEN))
    assert sorted(blank.violations) == ["conflict_id", "decision"]


def _after(position: int) -> changes_pb2.ListChangesRequest:
    return changes_pb2.ListChangesRequest(after_position=position)


def test_bad_requests_name_their_fields(identity: IdentityServiceStub) -> None:
    first, second = two_people(identity)

    def fields(call: object) -> Sequence[str]:
        failed = failure(call)  # type: ignore[arg-type]
        assert failed.code is grpc.StatusCode.INVALID_ARGUMENT
        return sorted(failed.violations)

    assert fields(lambda: merge(identity, first, reason=" ")) == ["customers", "reason"]
    assert fields(lambda: merge(identity, first, "phone 12")) == ["customers[1].identifier.value"]
    assert fields(lambda: split(identity, 0)) == ["customer_id", "original_customer_ids"]
    assert fields(lambda: split(identity, first, second, first)) == [
        "original_customer_ids[0]",
        "original_customer_ids[1]",
    ]
    assert failure(lambda: merge(identity, first, 99)).code is grpc.StatusCode.NOT_FOUND
    assert failure(lambda: split(identity, 99, 1)).code is grpc.StatusCode.NOT_FOUND

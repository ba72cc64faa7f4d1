"""Suppressions: made, changed, renewed, imported."""

from typing import Any

import grpc
from support.delivery.rules import at
from support.status import failure
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub


def suppress(policies: PolicyServiceStub, **fields: Any) -> policies_pb2.Suppression:
    wanted = policies_pb2.Suppression(**fields)
    return policies.CreateSuppression(pb.CreateSuppressionRequest(suppression=wanted)).suppression


def test_suppressions_of_customers_and_addresses(policies: PolicyServiceStub) -> None:
    email = common_pb2.Identifier(namespace="email", value="Somebody@Example.com")
    of_customer = suppress(policies, customer_id=7, channels=["sms"], note="by phone")
    of_address = suppress(policies, address=email, cause=policies_pb2.SUPPRESSION_CAUSE_COMPLAINT)
    assert of_customer.cause == policies_pb2.SUPPRESSION_CAUSE_MANUAL
    assert of_address.address.value == "S…@Example.com"
    again = suppress(policies, address=common_pb2.Identifier(namespace="email", value="somebody@example.COM"))
    assert again == of_address, "one that exists is returned unchanged"
    of_seven = policies.ListSuppressions(pb.ListSuppressionsRequest(customer_id=7)).suppressions
    assert list(of_seven) == [of_customer]
    complaint = pb.ListSuppressionsRequest(cause=policies_pb2.SUPPRESSION_CAUSE_COMPLAINT)
    assert list(policies.ListSuppressions(complaint).suppressions) == [of_address]
    exported = [
        one for page in policies.ExportSuppressions(pb.ExportSuppressionsRequest()) for one in page.suppressions
    ]
    assert {one.address.value for one in exported} == {"", "Somebody@Example.com"}


def test_a_suppression_changes_in_all_but_its_target(policies: PolicyServiceStub) -> None:
    made = suppress(policies, customer_id=7, channels=["sms"])
    wanted = policies_pb2.Suppression(suppression_id=made.suppression_id, channels=["email"], note="n")
    after = policies.UpdateSuppression(pb.UpdateSuppressionRequest(suppression=wanted)).suppression
    assert (after.customer_id, list(after.channels), after.note) == (7, ["email"], "n")
    assert after.etag != made.etag
    policies.DeleteSuppression(pb.DeleteSuppressionRequest(suppression_id=made.suppression_id, etag=after.etag))
    failed = failure(lambda: policies.GetSuppression(pb.GetSuppressionRequest(suppression_id=made.suppression_id)))
    assert failed.code is grpc.StatusCode.NOT_FOUND


def test_a_suppression_is_renewed_by_one_that_holds_longer_and_shortened_by_none(policies: PolicyServiceStub) -> None:
    made = suppress(policies, customer_id=7, channels=["sms"], note="a week", expire_time=at("2026-10-01"))
    longer = {"customer_id": 7, "channels": ["sms"], "cause": policies_pb2.SUPPRESSION_CAUSE_COMPLAINT}
    renewed = suppress(policies, **longer, expire_time=at("2026-12-01"))
    assert (renewed.suppression_id, renewed.cause) == (made.suppression_id, policies_pb2.SUPPRESSION_CAUSE_COMPLAINT)
    assert (renewed.expire_time, renewed.note) == (at("2026-12-01"), "")
    assert renewed.etag != made.etag
    assert suppress(policies, customer_id=7, channels=["sms"], expire_time=at("2026-11-01")) == renewed
    for_ever = suppress(policies, customer_id=7, channels=["sms"])
    assert not for_ever.HasField("expire_time")
    assert suppress(policies, customer_id=7, channels=["sms"], expire_time=at("2027-11-01")) == for_ever


def test_an_import_answers_for_each(policies: PolicyServiceStub) -> None:
    suppress(policies, customer_id=1)
    wanted = [policies_pb2.Suppression(customer_id=number) for number in (1, 2, 0, 3, 2, 4)]
    wanted[-1].expire_time.seconds = 10**15
    results = policies.ImportSuppressions(pb.ImportSuppressionsRequest(suppressions=wanted)).results
    assert [result.existed for result in results] == [True, False, False, False, True, False]
    assert results[1].suppression_id == results[4].suppression_id
    assert results[2].error.field_violations[0].field == "suppressions[2].customer_id"
    assert results[5].error.field_violations[0].field == "suppressions[5].expire_time"
    listed = policies.ListSuppressions(pb.ListSuppressionsRequest()).suppressions
    assert sorted(one.customer_id for one in listed) == [1, 2, 3]

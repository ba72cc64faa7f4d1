"""Quiet hours, exemptions and ownership policies: made, changed, refused by their fields."""

from functools import partial
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from support.delivery.rules import at, create, rolling
from support.status import failure
from tidegate.api.delivery.v1 import messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub


def night(quiet_hours_id: str = "night", **more: Any) -> policies_pb2.QuietHours:
    window = policies_pb2.LocalWindow(start="22:00", end="08:00")
    return policies_pb2.QuietHours(**{"quiet_hours_id": quiet_hours_id, "windows": [window], **more})


def test_quiet_hours(policies: PolicyServiceStub) -> None:
    window = policies_pb2.LocalWindow(
        start="21:30", end="09:00", weekdays=[policies_pb2.WEEKDAY_SATURDAY, policies_pb2.WEEKDAY_SUNDAY]
    )
    wanted = night(
        windows=[window],
        holidays=["2026-12-25", "2027-01-01"],
        brand="b",
        channels=["sms"],
        action=policies_pb2.QUIET_ACTION_NEXT_CHANNEL,
        spread=Duration(seconds=1800),
    )
    made = policies.CreateQuietHours(pb.CreateQuietHoursRequest(quiet_hours=wanted)).quiet_hours
    assert (made.windows, made.holidays, made.action, made.spread.seconds) == (
        wanted.windows,
        wanted.holidays,
        policies_pb2.QUIET_ACTION_NEXT_CHANNEL,
        1800,
    )
    mask = FieldMask(paths=["holidays"])
    emptied = pb.UpdateQuietHoursRequest(quiet_hours=night(), update_mask=mask)
    assert policies.UpdateQuietHours(emptied).quiet_hours.holidays == []
    listed = policies.ListQuietHours(pb.ListQuietHoursRequest()).quiet_hours
    assert [one.version for one in listed] == [2]
    policies.DeleteQuietHours(pb.DeleteQuietHoursRequest(quiet_hours_id="night"))
    assert not policies.ListQuietHours(pb.ListQuietHoursRequest()).quiet_hours


WRONG_QUIET_HOURS: list[tuple[policies_pb2.QuietHours, str]] = [
    (
        night(windows=[policies_pb2.LocalWindow(start="24:00", end="08:00")]),
        "quiet_hours.windows[0].start",
    ),
    (night(windows=[policies_pb2.LocalWindow(start="22:00", end="8")]), "quiet_hours.windows[0].end"),
    (night(windows=[]), "quiet_hours.windows"),
    (night(holidays=["2026-02-30"]), "quiet_hours.holidays[0]"),
    (night(spread=Duration(seconds=6 * 3600 + 1)), "quiet_hours.spread"),
    (night(classes=[messages_pb2.MESSAGE_CLASS_VERIFICATION]), "quiet_hours.classes[0]"),
]


def test_wrong_quiet_hours_are_refused_by_their_field(policies: PolicyServiceStub, subtests: pytest.Subtests) -> None:
    for hours, field in WRONG_QUIET_HOURS:
        with subtests.test(field=field):
            asked = pb.CreateQuietHoursRequest(quiet_hours=hours)
            failed = failure(partial(policies.CreateQuietHours, asked))
            assert set(failed.violations) == {field}


def test_exemptions(policies: PolicyServiceStub) -> None:
    create(policies, rolling("r"))
    wanted = policies_pb2.Exemption(
        exemption_id="vip",
        rule_ids=["r"],
        customers=policies_pb2.CustomerList(customer_ids=[2, 1]),
        reason="asked for it",
        end_time=at("2026-12-01"),
        granted_by="somebody else",
    )
    made = policies.CreateExemption(pb.CreateExemptionRequest(exemption=wanted)).exemption
    assert list(made.customers.customer_ids) == [1, 2]
    assert made.start_time.ToJsonString() == "2026-10-10T02:00:00Z", "at once, by the clock"
    assert made.granted_by not in ("", "somebody else"), "the caller granted it"
    changed = policies_pb2.Exemption(exemption_id="vip", segment_id="vips")
    request = pb.UpdateExemptionRequest(exemption=changed, update_mask=FieldMask(paths=["segment_id"]))
    after = policies.UpdateExemption(request).exemption
    assert (after.segment_id, after.reason, after.granted_by) == ("vips", "asked for it", made.granted_by)


WRONG_EXEMPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"rule_ids": ["unknown"]}, "exemption.rule_ids"),
    ({"rule_ids": []}, "exemption.rule_ids"),
    ({"reason": ""}, "exemption.reason"),
    ({"end_time": None}, "exemption.end_time"),
    ({"end_time": at("2026-10-01")}, "exemption.end_time"),
    ({"end_time": Timestamp(seconds=10**12)}, "exemption.end_time"),
    ({"segment_id": None}, "exemption.customers"),
]


def test_wrong_exemptions_are_refused_by_their_field(policies: PolicyServiceStub, subtests: pytest.Subtests) -> None:
    create(policies, rolling("r"))
    right = {
        "exemption_id": "e",
        "rule_ids": ["r"],
        "segment_id": "vips",
        "reason": "why",
        "end_time": at("2026-12-01"),
    }
    for changes, field in WRONG_EXEMPTIONS:
        with subtests.test(field=field):
            asked = pb.CreateExemptionRequest(exemption=policies_pb2.Exemption(**{**right, **changes}))
            failed = failure(partial(policies.CreateExemption, asked))
            assert set(failed.violations) == {field}


def test_ownership_policies(policies: PolicyServiceStub) -> None:
    wanted = policies_pb2.OwnershipPolicy(
        ownership_policy_id="shop.own", sender_unit="shop", segment_id="bought", note="by contract"
    )
    made = policies.CreateOwnershipPolicy(pb.CreateOwnershipPolicyRequest(ownership_policy=wanted)).ownership_policy
    assert (made.sender_unit, made.segment_id, made.note) == ("shop", "bought", "by contract")
    change = policies_pb2.OwnershipPolicy(ownership_policy_id="shop.own", segment_id="visited", etag=made.etag)
    changed = policies.UpdateOwnershipPolicy(
        pb.UpdateOwnershipPolicyRequest(ownership_policy=change, update_mask=FieldMask(paths=["segment_id"]))
    ).ownership_policy
    assert (changed.segment_id, changed.note) == ("visited", "by contract")
    listed = policies.ListOwnershipPolicies(pb.ListOwnershipPoliciesRequest()).ownership_policies
    found = policies.GetOwnershipPolicy(pb.GetOwnershipPolicyRequest(ownership_policy_id="shop.own"))
    assert list(listed) == [changed] == [found.ownership_policy]
    stale = pb.DeleteOwnershipPolicyRequest(ownership_policy_id="shop.own", etag=made.etag)
    assert failure(lambda: policies.DeleteOwnershipPolicy(stale)).code is grpc.StatusCode.ABORTED
    policies.DeleteOwnershipPolicy(pb.DeleteOwnershipPolicyRequest(ownership_policy_id="shop.own"))
    assert not policies.ListOwnershipPolicies(pb.ListOwnershipPoliciesRequest()).ownership_policies
    wrong = pb.CreateOwnershipPolicyRequest(ownership_policy=policies_pb2.OwnershipPolicy(ownership_policy_id="No"))
    assert set(failure(lambda: policies.CreateOwnershipPolicy(wrong)).violations) == {
        "ownership_policy.ownership_policy_id",
        "ownership_policy.sender_unit",
        "ownership_policy.segment_id",
    }

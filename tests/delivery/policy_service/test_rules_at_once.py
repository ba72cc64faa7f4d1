"""The rules of a campaign, written at once or not at all."""

from collections.abc import Sequence
from typing import Any

import grpc
from support.delivery.rules import create, dated, rolling
from support.server import Suite
from support.status import failure
from tidegate.api.delivery.v1 import delivery_service_pb2, frequency_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub


def write(policies: PolicyServiceStub, *rules: frequency_pb2.FrequencyRule, gone: Sequence[str] = ()) -> Any:
    return policies.WriteFrequencyRules(pb.WriteFrequencyRulesRequest(frequency_rules=rules, delete_rule_ids=gone))


def phases(*, most: int = 2) -> list[frequency_pb2.FrequencyRule]:
    """The budgets of a campaign: three rules of an early phase, two of the peak day that replace them."""
    early = [dated(f"early.{one}", "2026-10-10", "2026-10-20", channels=[one], max=most) for one in "abc"]
    day = ("2026-10-15", "2026-10-16")
    peak = [dated(f"peak.{one}", *day, channels=[one], replaces=[f"early.{one}"]) for one in "ab"]
    for rule in (*early, *peak):
        rule.scope.kind, rule.scope.id = frequency_pb2.SCOPE_KIND_CAMPAIGN, "double11"
    return [*peak, *early]


def listed(policies: PolicyServiceStub, campaign_id: str = "") -> list[str]:
    asked = pb.ListFrequencyRulesRequest(campaign_id=campaign_id)
    return [one.rule_id for one in policies.ListFrequencyRules(asked).frequency_rules]


def announced(suite: Suite) -> list[tuple[str, int]]:
    asked = delivery_service_pb2.ListChangesRequest(kinds=["policy_changed"])
    changes = suite.stub("delivery", DeliveryServiceStub).ListChanges(asked).changes
    return [(one.policy_changed.policy_id, one.policy_changed.policy_version) for one in changes]


def test_the_rules_of_a_campaign_are_written_at_once(suite: Suite, policies: PolicyServiceStub) -> None:
    create(policies, rolling("old"))
    made = write(policies, *phases(), gone=["old", "nobody"])
    names = ["peak.a", "peak.b", "early.a", "early.b", "early.c"]
    assert [one.rule_id for one in made.frequency_rules] == names
    assert {one.version for one in made.frequency_rules} == {1}
    assert made.policy_version == 2
    assert announced(suite) == [("old", 1), *((name, 2) for name in [*names, "old"])]
    assert listed(policies, "double11") == sorted(names)
    assert write(policies, *phases()) == made, "written again, nothing changes"
    wider = write(policies, *phases()[:2], *phases(most=5)[2:3], gone=["early.c"])
    assert [(one.version, one.max) for one in wider.frequency_rules] == [(1, 2), (1, 2), (2, 5)]
    assert wider.policy_version == 3
    assert listed(policies) == ["early.a", "early.b", "peak.a", "peak.b"]


def test_the_same_is_written_again_by_its_etags(policies: PolicyServiceStub) -> None:
    made = write(policies, *phases()).frequency_rules
    wider = list(made)
    wider[2].max = 7
    first = write(policies, *wider, gone=["nobody"])
    assert (first.policy_version, first.frequency_rules[2].version) == (2, 2)
    assert write(policies, *wider, gone=["nobody"]) == first, "whoever missed the answer asks again"
    wider[2].max = 8
    assert failure(lambda: write(policies, *wider)).code is grpc.StatusCode.ABORTED, "it is not the one they knew"


def test_no_rule_goes_that_one_replaces_which_stays(policies: PolicyServiceStub) -> None:
    write(policies, *phases())
    refused = failure(lambda: write(policies, rolling("new"), gone=["early.a", "early.c"]))
    assert (refused.code, list(refused.violations)) == (grpc.StatusCode.INVALID_ARGUMENT, ["delete_rule_ids"])
    assert "peak.a, which stays, replaces early.a" in refused.violations["delete_rule_ids"]
    refused = failure(lambda: policies.DeleteFrequencyRule(pb.DeleteFrequencyRuleRequest(rule_id="early.b")))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "POLICY_IN_USE")
    assert "new" not in listed(policies)
    policies.DeleteFrequencyRule(pb.DeleteFrequencyRuleRequest(rule_id="peak.b"))
    policies.DeleteFrequencyRule(pb.DeleteFrequencyRuleRequest(rule_id="early.b"))
    write(policies, gone=["early.a", "early.c", "peak.a"])
    assert listed(policies) == []


def test_of_rules_that_are_wrong_together_none_is_written(suite: Suite, policies: PolicyServiceStub) -> None:
    create(policies, rolling("old"))
    wrong = phases()
    wrong[1].replaces[:] = []
    wrong[3].max = -1
    refused = failure(lambda: write(policies, *wrong, wrong[0], gone=["old"]))
    assert set(refused.violations) == {"frequency_rules[3].max", "frequency_rules[5].rule_id"}
    wrong[3].max = 1
    refused = failure(lambda: write(policies, *wrong, gone=["old"]))
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert set(refused.violations) == {"frequency_rules[1].precedence", "frequency_rules[3].precedence"}
    assert "early.b" in refused.violations["frequency_rules[1].precedence"]
    refused = failure(lambda: write(policies, rolling("old"), gone=["old"]))
    assert set(refused.violations) == {"delete_rule_ids"}
    stale = rolling("old", days=2, etag="0")
    assert failure(lambda: write(policies, *phases(), stale)).code is grpc.StatusCode.ABORTED
    assert listed(policies) == ["old"]
    assert announced(suite) == [("old", 1)]

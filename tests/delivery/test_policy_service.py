"""PolicyService through a real server and stub, on both databases."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from support.server import Suite, serving
from support.status import failure
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2, frequency_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.runtime.clock import ManualClock


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Suite]:
    with serving(tmp_path, "delivery", clock=clock, database_url=database_url) as running:
        yield running


@pytest.fixture
def policies(suite: Suite) -> PolicyServiceStub:
    return suite.stub("delivery", PolicyServiceStub)


def rolling(rule_id: str, days: float = 1, **more: Any) -> frequency_pb2.FrequencyRule:
    window = frequency_pb2.RollingWindow(duration=Duration(seconds=int(days * 86_400)))
    rule: dict[str, Any] = {"window": frequency_pb2.RuleWindow(rolling=window), "max": 1, **more}
    return frequency_pb2.FrequencyRule(rule_id=rule_id, **rule)


def dated(rule_id: str, start: str | Timestamp, end: str, **more: Any) -> frequency_pb2.FrequencyRule:
    interval = common_pb2.Interval(start=at(start), end=at(end))
    window = frequency_pb2.RuleWindow(dated=frequency_pb2.DatedWindow(interval=interval))
    return frequency_pb2.FrequencyRule(**{"rule_id": rule_id, "window": window, "max": 2, **more})


def at(text: str | Timestamp) -> Timestamp:
    if isinstance(text, Timestamp):
        return text
    stamp = Timestamp()
    stamp.FromJsonString(text if "T" in text else f"{text}T00:00:00Z")
    return stamp


def create(policies: PolicyServiceStub, rule: frequency_pb2.FrequencyRule) -> frequency_pb2.FrequencyRule:
    return policies.CreateFrequencyRule(pb.CreateFrequencyRuleRequest(frequency_rule=rule)).frequency_rule


def refusal(policies: PolicyServiceStub, rule: frequency_pb2.FrequencyRule) -> dict[str, str]:
    failed = failure(lambda: create(policies, rule))
    assert failed.code is grpc.StatusCode.INVALID_ARGUMENT
    return failed.violations


def test_a_rule_comes_back_as_it_was_made(policies: PolicyServiceStub, clock: ManualClock) -> None:
    wanted = rolling(
        "sms.daily",
        display_name="One SMS a day",
        scope=frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_CAMPAIGN, id="double11"),
        classes=[messages_pb2.MESSAGE_CLASS_MARKETING],
        channels=["mms", "sms"],
        audience=frequency_pb2.RuleAudience(tier=frequency_pb2.TierAudience(tier="gold", model_id="rfm")),
        max=3,
        target=2,
        measure=frequency_pb2.MEASURE_DISTINCT_CHANNELS,
        on_exceed=frequency_pb2.EXCEED_POLICY_DEFER,
        precedence=7,
    )
    made = create(policies, wanted)
    found = policies.GetFrequencyRule(pb.GetFrequencyRuleRequest(rule_id="sms.daily")).frequency_rule
    assert found == made
    assert (made.version, made.create_time.ToDatetime(clock.now().tzinfo)) == (1, clock.now())
    for name in ("version", "etag", "create_time", "update_time"):
        made.ClearField(name)
    assert made == wanted


WINDOWS: list[frequency_pb2.RuleWindow] = [
    frequency_pb2.RuleWindow(min_gap=frequency_pb2.MinimumGap(duration=Duration(seconds=7200))),
    frequency_pb2.RuleWindow(
        calendar=frequency_pb2.CalendarWindow(
            unit=frequency_pb2.CALENDAR_UNIT_WEEK, zone=frequency_pb2.ZONE_SOURCE_CUSTOMER
        )
    ),
    frequency_pb2.RuleWindow(lifetime=frequency_pb2.LifetimeWindow()),
]


def test_every_window_is_kept(policies: PolicyServiceStub, subtests: pytest.Subtests) -> None:
    scope = frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_PHASE, id="spring/peak")
    for number, window in enumerate(WINDOWS):
        with subtests.test(window=window):
            rule = frequency_pb2.FrequencyRule(rule_id=f"r{number}", window=window, max=1, scope=scope)
            made = create(policies, rule)
            assert made.window == window


def test_updates_change_what_the_mask_names(policies: PolicyServiceStub) -> None:
    before = create(policies, rolling("r", max=2, display_name="before"))
    changed = rolling("r", days=7, max=5, display_name="after")
    request = pb.UpdateFrequencyRuleRequest(frequency_rule=changed, update_mask=FieldMask(paths=["max"]))
    after = policies.UpdateFrequencyRule(request).frequency_rule
    assert (after.max, after.display_name, after.window) == (5, "before", before.window)
    assert (after.version, after.create_time) == (2, before.create_time)
    assert after.etag != before.etag
    whole = policies.UpdateFrequencyRule(pb.UpdateFrequencyRuleRequest(frequency_rule=changed)).frequency_rule
    assert (whole.display_name, whole.window) == ("after", changed.window)
    unlimited = pb.UpdateFrequencyRuleRequest(
        frequency_rule=frequency_pb2.FrequencyRule(rule_id="r"), update_mask=FieldMask(paths=["max"])
    )
    assert not policies.UpdateFrequencyRule(unlimited).frequency_rule.HasField("max")


def test_updates_by_a_stale_etag_are_refused(policies: PolicyServiceStub) -> None:
    stale = create(policies, rolling("r")).etag
    policies.UpdateFrequencyRule(pb.UpdateFrequencyRuleRequest(frequency_rule=rolling("r", max=2)))
    requests: list[tuple[Any, Any]] = [
        (
            policies.UpdateFrequencyRule,
            pb.UpdateFrequencyRuleRequest(frequency_rule=rolling("r", etag=stale)),
        ),
        (policies.DeleteFrequencyRule, pb.DeleteFrequencyRuleRequest(rule_id="r", etag=stale)),
    ]
    for call, request in requests:
        failed = failure(partial(call, request))
        assert (failed.code, failed.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")


def test_a_mask_names_fields_that_can_be_changed(policies: PolicyServiceStub) -> None:
    create(policies, rolling("r"))
    mask = FieldMask(paths=["rule_id", "maxx"])
    failed = failure(
        lambda: policies.UpdateFrequencyRule(
            pb.UpdateFrequencyRuleRequest(frequency_rule=rolling("r"), update_mask=mask)
        )
    )
    assert set(failed.violations) == {"update_mask.paths[0]", "update_mask.paths[1]"}


WRONG_RULES: list[tuple[frequency_pb2.FrequencyRule, str]] = [
    (rolling("Bad Id"), "frequency_rule.rule_id"),
    (rolling("r", max=-1), "frequency_rule.max"),
    (rolling("r", max=1, target=2), "frequency_rule.target"),
    (rolling("r", days=0), "frequency_rule.window.rolling.duration"),
    (rolling("r", days=367), "frequency_rule.window.rolling.duration"),
    (frequency_pb2.FrequencyRule(rule_id="r"), "frequency_rule.window"),
    (rolling("r", channels=["SMS!"]), "frequency_rule.channels[0]"),
    (rolling("r", classes=[messages_pb2.MESSAGE_CLASS_TRANSACTIONAL]), "frequency_rule.classes[0]"),
    (rolling("r", replaces=["r"]), "frequency_rule.replaces"),
    (rolling("r", replaces=["unknown"]), "frequency_rule.replaces"),
    (
        rolling("r", scope=frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_CAMPAIGN)),
        "frequency_rule.scope.id",
    ),
    (dated("r", "2026-11-02", "2026-11-01"), "frequency_rule.window.dated.interval.end"),
    (dated("r", Timestamp(seconds=-(10**15)), "2026-11-01"), "frequency_rule.window.dated.interval.start"),
    (
        frequency_pb2.FrequencyRule(
            rule_id="r", max=1, window=frequency_pb2.RuleWindow(lifetime=frequency_pb2.LifetimeWindow())
        ),
        "frequency_rule.window.lifetime",
    ),
    (
        frequency_pb2.FrequencyRule(
            rule_id="r",
            max=2,
            window=frequency_pb2.RuleWindow(min_gap=frequency_pb2.MinimumGap(duration=Duration(seconds=60))),
        ),
        "frequency_rule.max",
    ),
    (
        frequency_pb2.FrequencyRule(
            rule_id="r", window=frequency_pb2.RuleWindow(calendar=frequency_pb2.CalendarWindow())
        ),
        "frequency_rule.window.calendar.unit",
    ),
]


def test_a_wrong_rule_is_refused_by_its_field(policies: PolicyServiceStub, subtests: pytest.Subtests) -> None:
    for rule, field in WRONG_RULES:
        with subtests.test(field=field):
            assert set(refusal(policies, rule)) == {field}


def test_overlapping_phases_of_one_precedence_are_refused(policies: PolicyServiceStub) -> None:
    create(policies, dated("parallel", "2026-10-15", "2026-11-13"))
    peak = ("2026-11-11", "2026-11-12")
    assert set(refusal(policies, dated("peak", *peak))) == {"frequency_rule.precedence"}
    create(policies, dated("peak", *peak, precedence=1))
    create(policies, dated("other.channel", *peak, channels=["email"], precedence=2))
    create(policies, dated("same.phase", "2026-10-15", "2026-11-13", max=9))
    create(policies, dated("early", "2026-10-10", "2026-10-15"))
    create(policies, dated("standing.in", "2026-10-20", "2026-10-21", replaces=["parallel", "same.phase"]))


def test_rules_that_replace_each_other_in_a_circle_are_refused(policies: PolicyServiceStub) -> None:
    create(policies, rolling("a"))
    create(policies, rolling("b", replaces=["a"]))
    create(policies, rolling("c", replaces=["b"]))
    circle = pb.UpdateFrequencyRuleRequest(frequency_rule=rolling("a", replaces=["c"]))
    failed = failure(lambda: policies.UpdateFrequencyRule(circle))
    assert set(failed.violations) == {"frequency_rule.replaces"}


def test_rules_are_listed_in_pages(policies: PolicyServiceStub) -> None:
    scope = frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_CAMPAIGN, id="double11")
    for name in ("c", "a", "b"):
        create(policies, rolling(name))
    create(policies, rolling("d", scope=scope))
    for name, phase in (("e", "double11/early"), ("f", "double11x/early"), ("g", "double1%/early")):
        create(policies, rolling(name, scope=frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_PHASE, id=phase)))
    nameless = frequency_pb2.RuleScope(kind=frequency_pb2.SCOPE_KIND_PHASE, id="early")
    assert set(refusal(policies, rolling("h", scope=nameless))) == {"frequency_rule.scope.id"}
    first = policies.ListFrequencyRules(pb.ListFrequencyRulesRequest(page_size=4))
    rest = policies.ListFrequencyRules(pb.ListFrequencyRulesRequest(page_size=4, page_token=first.next_page_token))
    assert [rule.rule_id for rule in [*first.frequency_rules, *rest.frequency_rules]] == list("abcdefg")
    assert rest.next_page_token == ""
    of_campaign = policies.ListFrequencyRules(pb.ListFrequencyRulesRequest(campaign_id="double11"))
    assert [rule.rule_id for rule in of_campaign.frequency_rules] == ["d", "e"]


def test_ids_are_taken_once_and_unknown_ones_are_not_found(policies: PolicyServiceStub) -> None:
    create(policies, rolling("r"))
    failed = failure(lambda: create(policies, rolling("r")))
    assert failed.code is grpc.StatusCode.ALREADY_EXISTS
    policies.DeleteFrequencyRule(pb.DeleteFrequencyRuleRequest(rule_id="r"))
    failed = failure(lambda: policies.DeleteFrequencyRule(pb.DeleteFrequencyRuleRequest(rule_id="r")))
    assert failed.reason == "FREQUENCY_RULE_NOT_FOUND"


def test_changes_are_told_in_the_feed(suite: Suite, policies: PolicyServiceStub) -> None:
    create(policies, rolling("r"))
    policies.UpdateFrequencyRule(pb.UpdateFrequencyRuleRequest(frequency_rule=rolling("r", max=2)))
    policies.DeleteFrequencyRule(pb.DeleteFrequencyRuleRequest(rule_id="r"))
    delivery = suite.stub("delivery", DeliveryServiceStub)
    told = delivery.ListChanges(delivery_service_pb2.ListChangesRequest()).changes
    changes = [change.policy_changed for change in told if change.HasField("policy_changed")]
    assert [(one.kind, one.policy_id, one.policy_version) for one in changes] == [
        ("frequency_rule", "r", version) for version in (1, 2, 3)
    ]


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


def suppress(policies: PolicyServiceStub, **fields: Any) -> policies_pb2.Suppression:
    wanted = policies_pb2.Suppression(**fields)
    return policies.CreateSuppression(pb.CreateSuppressionRequest(suppression=wanted)).suppression


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


def test_a_reader_may_not_write(suite: Suite) -> None:
    bare = PolicyServiceStub(suite.bare_channel("delivery"))
    failed = failure(lambda: create(bare, rolling("r")))
    assert failed.code is grpc.StatusCode.UNAUTHENTICATED

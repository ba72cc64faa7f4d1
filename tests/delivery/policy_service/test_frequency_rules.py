"""Frequency rules: made, changed, refused by their fields, listed, announced."""

from functools import partial
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from support import feeds
from support.delivery.rules import create, dated, refusal, rolling
from support.server import Suite
from support.status import failure
from tidegate.api.delivery.v1 import delivery_service_pb2, frequency_pb2, messages_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.runtime.clock import ManualClock


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
    told = list(feeds.changes(delivery, delivery_service_pb2.ListChangesRequest()))
    changes = [change.policy_changed for change in told if change.HasField("policy_changed")]
    assert [(one.kind, one.policy_id, one.policy_version) for one in changes] == [
        ("frequency_rule", "r", version) for version in (1, 2, 3)
    ]


def test_a_reader_may_not_write(suite: Suite) -> None:
    bare = PolicyServiceStub(suite.bare_channel("delivery"))
    failed = failure(lambda: create(bare, rolling("r")))
    assert failed.code is grpc.StatusCode.UNAUTHENTICATED

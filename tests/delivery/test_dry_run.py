"""DryRun: what would have been stopped is what a recount of the history says, and what the gate would have done."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st
from support.delivery.shop import Shop, stamp
from support.policies import DAY, HOUR, Customer
from support.status import failure
from tidegate.api.delivery.v1 import frequency_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.segmentation.v1 import changes_pb2 as told_pb2
from tidegate.delivery.members import apply_segmentation
from tidegate.delivery.model import LedgerState, MessageClass
from tidegate.delivery.policy import dry_run
from tidegate.delivery.policy.model import (
    CalendarPeriod,
    CalendarUnit,
    FrequencyRule,
    LocalWindow,
    Measure,
    QuietRule,
    Rolling,
)
from tidegate.delivery.policy.store import history
from tidegate.delivery.policy.tally import Past, Tally, Trial
from tidegate.delivery.store.tables import LEDGER
from tidegate.runtime.clock import from_micros, micros
from tidegate.runtime.db import Database, bulk_insert

ZONE = "Asia/Shanghai"
NOW = micros(datetime(2026, 10, 10, 2, 0, tzinfo=UTC))


def past(customer_id: int, number: int, counted_at: int, **fields: Any) -> Past:
    names = dict.fromkeys(("brand", "campaign_id", "phase_id", "journey_id", "tier"), "")
    values = {"message_class": MessageClass.MARKETING, "channel": "sms", "caller": "crm", **names, **fields}
    return Past(customer_id, f"m{number:05}", counted_at, **values)


@st.composite
def histories(draw: st.DrawFn) -> list[Past]:
    """Some customers' messages of four days, as they are told: customer by customer, the oldest first."""
    count = draw(st.integers(0, 25))
    made = [
        past(
            draw(st.integers(1, 3)),
            number,
            NOW - draw(st.integers(0, 4 * 24)) * HOUR,
            channel=draw(st.sampled_from(["sms", "push", "email"])),
            campaign_id=draw(st.sampled_from(["", "spring"])),
            message_class=draw(st.sampled_from([MessageClass.MARKETING] * 3 + [MessageClass.MARKETING_OVERRIDE])),
        )
        for number in range(count)
    ]
    return sorted(made, key=lambda one: (one.customer_id, one.counted_at, one.message_id))


rules = st.builds(
    FrequencyRule,
    rule_id=st.just("tried"),
    window=st.sampled_from([Rolling(3 * HOUR), Rolling(DAY), CalendarPeriod(CalendarUnit.DAY)]),
    limit=st.integers(0, 4),
    channels=st.sampled_from([frozenset[str](), frozenset({"sms"}), frozenset({"sms", "push"})]),
    measure=st.sampled_from(Measure),
)


def in_window(rule: FrequencyRule, earlier: Past, now: int) -> bool:
    if isinstance(rule.window, Rolling):
        return earlier.counted_at > now - rule.window.length
    days = [from_micros(one).astimezone(ZoneInfo(ZONE)).date() for one in (earlier.counted_at, now)]
    return days[0] == days[1]


def recounted(rule: FrequencyRule, history: Sequence[Past], since: int) -> set[str]:
    """What the rule would have stopped, by looking at all pairs of messages."""
    stopped = set()
    for place, message in enumerate(history):
        if message.message_class is MessageClass.MARKETING_OVERRIDE or message.counted_at < since:
            continue
        if rule.channels and message.channel not in rule.channels:
            continue
        counted = [
            one
            for one in history[:place]
            if one.customer_id == message.customer_id
            and (not rule.channels or one.channel in rule.channels)
            and in_window(rule, one, message.counted_at)
        ]
        if rule.measure is Measure.DISTINCT_CHANNELS:
            used = {one.channel for one in counted}
            fits = len(used | {message.channel}) <= (rule.limit or 0)
        else:
            fits = len(counted) < (rule.limit or 0)
        if not fits:
            stopped.add(message.message_id)
    return stopped


@given(rule=rules, history=histories(), days=st.integers(1, 4))
def test_a_dry_run_is_a_recount(rule: FrequencyRule, history: Sequence[Past], days: int) -> None:
    since = NOW - days * DAY
    tally = Tally(Trial.of_rule(rule, [], [], ZONE), since)
    for message in history:
        tally.add(message, Customer(message.customer_id))
    stopped = recounted(rule, history, since)
    assert {message_id for _, message_id in tally.samples} == stopped
    assert tally.stopped.total() == len(stopped)
    assert tally.looked_at.total() == sum(one.counted_at >= since for one in history)
    assert tally.customers == len({one.customer_id for one in history if one.message_id in stopped})


def test_a_customer_with_very_many_messages_is_told_in_little_memory() -> None:
    tally = Tally(Trial.of_rule(FrequencyRule(rule_id="r", window=Rolling(HOUR), limit=2), [], [], ZONE), 0)
    most = 0
    for number in range(5_000):
        tally.add(past(1, number, NOW + number * HOUR // 4), Customer(1))
        most = max(most, len(tally._before))
    assert tally.stopped.total() == 5_000 - 2, "four an hour, each counts what was sent as given"
    assert (most, len(tally.samples)) == (63, 100)
    assert max(tally.samples)[1] == "m04999"
    assert min(tally.samples)[1] == "m04900"


def test_quiet_hours_go_by_the_customers_clocks() -> None:
    night = QuietRule(rule_id="night", windows=(LocalWindow(time(22), time(8)),))
    trial = Trial.of_quiet_hours(night, ZONE)  # it is 10:00 in Shanghai, and 22:00 in New York
    assert not trial.stops(past(1, 1, NOW), Customer(1), ())
    assert trial.stops(past(1, 1, NOW), Customer(1, "America/New_York"), ())
    assert not trial.stops(past(1, 1, NOW - 1), Customer(1, "America/New_York"), ())


def history_of(shop: Shop, rows: Database, customers: Sequence[int], *, days: int) -> list[dict[str, Any]]:
    """Every customer got an SMS each noon in Shanghai, of the campaign on even days, and an e-mail of none at 23:00."""
    noon = shop.clock.now().astimezone(ZoneInfo(ZONE)).replace(hour=12)
    texts = dict.fromkeys(("brand", "phase_id", "journey_id", "tier", "content_key"), "")
    sent = []
    for day in range(1, days + 1):
        for customer_id in customers:
            for channel, hour in (("sms", 0), ("email", 11)):
                row = {
                    "message_id": f"{channel}-{day:02}-{customer_id}",
                    "customer_id": customer_id,
                    "original_customer_id": customer_id,
                    "counted_at": micros(noon - timedelta(days=day) + timedelta(hours=hour)),
                    "state": LedgerState.COMMITTED.value,
                    "message_class": "marketing",
                    "channel": channel,
                    "campaign_id": "spring" if channel == "sms" and day % 2 == 0 else "",
                    "caller": "crm",
                }
                sent.append(row | texts)
    sent[0]["state"] = LedgerState.RELEASED.value  # it never went
    rows.run(lambda connection: bulk_insert(connection, LEDGER, sent))
    return sent


def rolling(rule_id: str, maximum: int, days: float, **more: Any) -> frequency_pb2.FrequencyRule:
    window = frequency_pb2.RollingWindow(duration=Duration(seconds=int(days * 86_400)))
    return frequency_pb2.FrequencyRule(
        rule_id=rule_id, window=frequency_pb2.RuleWindow(rolling=window), max=maximum, **more
    )


def try_rule(shop: Shop, rule: frequency_pb2.FrequencyRule, days: int = 0) -> pb.DryRunResponse:
    return shop.policies.DryRun(pb.DryRunRequest(frequency_rule=rule, days=days))


def test_what_a_rule_would_have_stopped_of_what_was_sent(
    shop: Shop, rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "AT_ONCE", 7)
    customers = shop.customers(3)
    history_of(shop, rows, customers, days=20)
    shop.suite.settle()
    found = try_rule(shop, rolling("one", 1, 1, channels=["sms"]))
    assert (found.message_count, found.stopped_count, found.customer_count) == (14 * 3 * 2 - 1, 0, 0)
    found = try_rule(shop, rolling("one", 1, 1.5, channels=["sms"]))
    assert (found.message_count, found.stopped_count, found.customer_count) == (83, 14 * 3 - 1, 3)
    assert [(one.campaign_id, one.channel, one.message_count, one.stopped_count) for one in found.groups] == [
        ("spring", "sms", 21, 21),
        ("", "sms", 20, 20),
        ("", "email", 42, 0),
    ]
    assert list(found.sample_message_ids[:3]) == [f"sms-01-{one}" for one in sorted(customers, reverse=True)[:2]] + [
        f"sms-02-{max(customers)}"
    ]
    assert try_rule(shop, rolling("week", 3, 7, channels=["sms"]), days=90).stopped_count == 17 * 3 - 1
    exempted = policies_pb2.Exemption(
        exemption_id="vip",
        customers=policies_pb2.CustomerList(customer_ids=customers[:1]),
        rule_ids=["one"],
        reason="asked for it",
        start_time=stamp(shop.clock.now() - timedelta(days=9.5)),
        end_time=stamp(shop.clock.now() + timedelta(days=1)),
    )
    shop.policies.CreateFrequencyRule(pb.CreateFrequencyRuleRequest(frequency_rule=rolling("one", 9, 1)))
    shop.policies.CreateExemption(pb.CreateExemptionRequest(exemption=exempted))
    found = try_rule(shop, rolling("one", 1, 1.5, channels=["sms"]))
    assert (found.stopped_count, found.customer_count) == (14 * 3 - 9, 3), "for nine days one was exempted"


def test_what_ended_long_ago_is_no_obstacle_and_an_override_that_ended_obeyed(shop: Shop, rows: Database) -> None:
    """The exemption names a segment that nobody has told of."""
    shop.rule("one", 9, 1)
    now = shop.clock.now()
    exemption = policies_pb2.Exemption(
        exemption_id="old",
        segment_id="unheard-of",
        rule_ids=["one"],
        reason="a feast",
        start_time=stamp(now - timedelta(days=40)),
        end_time=stamp(now - timedelta(days=15)),
    )
    shop.policies.CreateExemption(pb.CreateExemptionRequest(exemption=exemption))
    [customer_id] = shop.customers(1)
    until = now + timedelta(hours=1)
    override = messages_pb2.Override(reason="recall", end_time=stamp(until))
    overriding = {"message_class": messages_pb2.MESSAGE_CLASS_MARKETING_OVERRIDE, "override": override}
    for _ in range(2):
        shop.final(*shop.send(shop.message(customer_id, **overriding)))
    late = shop.send(shop.message(customer_id, send_after=stamp(until), **overriding))[0]
    shop.clock.advance(timedelta(hours=2))
    assert shop.state_of(late) == "sent"
    found = try_rule(shop, rolling("one", 1, 1))
    assert (found.message_count, list(found.sample_message_ids)) == (3, [late])
    assert failure(lambda: try_rule(shop, rolling("one", 1, 1), days=16)).reason == "AUDIENCE_UNKNOWN"


def test_a_rule_for_a_segment_and_by_customers_days(
    shop: Shop, rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "AT_ONCE", 5)
    customers = shop.customers(6)
    history_of(shop, rows, customers, days=4)
    audience = frequency_pb2.RuleAudience(segment_id="vip")
    by_day = frequency_pb2.RuleWindow(
        calendar=frequency_pb2.CalendarWindow(
            unit=frequency_pb2.CALENDAR_UNIT_DAY, zone=frequency_pb2.ZONE_SOURCE_CUSTOMER
        )
    )
    rule = frequency_pb2.FrequencyRule(rule_id="vips", window=by_day, audience=audience)
    shop.policies.CreateFrequencyRule(pb.CreateFrequencyRuleRequest(frequency_rule=rule))
    body = told_pb2.MembershipsTold(
        segment_id="vip", customer_ids=customers[2:4], telling_id="t1", first=True, last=True
    )
    told = [told_pb2.Change(memberships_told=body)]
    rows.run(lambda connection: apply_segmentation(connection, told))
    rule.max = 1
    found = try_rule(shop, rule)
    assert (found.message_count, found.stopped_count, found.customer_count) == (4 * 6 * 2 - 1, 4 * 2, 2)
    assert {int(one.split("-")[2]) for one in found.sample_message_ids} == set(customers[2:4])
    assert {one.split("-")[0] for one in found.sample_message_ids} == {"email"}, "the second of each day"


def test_what_quiet_hours_would_have_stopped(shop: Shop, rows: Database) -> None:
    customers = shop.customers(2)
    history_of(shop, rows, customers, days=3)
    night = policies_pb2.LocalWindow(start="22:00", end="08:00")
    quiet = policies_pb2.QuietHours(quiet_hours_id="night", windows=[night])
    found = shop.policies.DryRun(pb.DryRunRequest(quiet_hours=quiet, days=2))
    assert (found.message_count, found.stopped_count, found.customer_count) == (7, 4, 2)
    assert {one.split("-")[0] for one in found.sample_message_ids} == {"email"}


def test_one_is_under_way_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = []

    def stream(*_: Any, **__: Any) -> Iterator[list[Past]]:
        refused.append(failure(lambda: try_rule(shop, rolling("r", 1, 1))))
        yield []

    monkeypatch.setattr(history, "stream", stream)
    for _ in range(2):
        assert try_rule(shop, rolling("r", 1, 1)).message_count == 0
    assert {(one.code, one.reason) for one in refused} == {
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_DRY_RUNS"),
    }
    assert all(one.retry_after for one in refused)


def test_what_can_not_be_tried_says_why(shop: Shop) -> None:
    for request, field in (
        (pb.DryRunRequest(), "frequency_rule"),
        (pb.DryRunRequest(frequency_rule=rolling("r", 1, 1), days=91), "days"),
        (pb.DryRunRequest(frequency_rule=rolling("r", -1, 1)), "frequency_rule.max"),
    ):
        refused = failure(lambda request=request: shop.policies.DryRun(request))  # type: ignore[misc]
        assert (refused.code, list(refused.violations)) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    for_segment = rolling("r", 1, 1, audience=frequency_pb2.RuleAudience(segment_id="vip"))
    refused = failure(lambda: try_rule(shop, for_segment))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "AUDIENCE_UNKNOWN")
    assert refused.metadata["audiences"] == "vip"

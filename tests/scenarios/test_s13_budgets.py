"""S13, budgets by phase, tier and channel: the limits and their precedence, through the contracts, day by day.

The campaign's early phase is 10-10 to 10-12, its parallel phase 10-15 to 11-12 with peak days in it, its return phase
11-13 to 11-15. Beside the budgets there is a limit over all channels, and one channel a day.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import Shop, stamp
from support.server import serving
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import frequency_pb2 as frequency
from tidegate.api.delivery.v1 import policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2 import ListMessagesRequest
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

ZONE = ZoneInfo("Asia/Shanghai")
CAMPAIGN = frequency.RuleScope(kind=frequency.SCOPE_KIND_CAMPAIGN, id="double11")
PHASES = {"early": ("10-10", 3), "parallel": ("10-15", 29), "return": ("11-13", 3)}
BUDGETS = {"fans": {"sms": 2, "email": 2}, "high-value": {"email": 2}}
PEAKS = ("10-20", "10-29", "11-11")


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    told = Told()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Shop(suite, clock, told, channels=("sms", "email", "push"))


def midnight(day: str, days: int = 0) -> datetime:
    return datetime.fromisoformat(f"2026-{day}").replace(tzinfo=ZONE) + timedelta(days=days)


def phase(start: str, days: int) -> frequency.RuleWindow:
    interval = common_pb2.Interval(start=stamp(midnight(start)), end=stamp(midnight(start, days)))
    return frequency.RuleWindow(dated=frequency.DatedWindow(interval=interval))


def make(shop: Shop, rule_id: str, window: frequency.RuleWindow, maximum: int, **more: Any) -> None:
    rule = frequency.FrequencyRule(rule_id=rule_id, window=window, max=maximum, **more)
    shop.policies.CreateFrequencyRule(pb.CreateFrequencyRuleRequest(frequency_rule=rule))


def budgets(shop: Shop) -> None:
    for name, (start, days) in PHASES.items():
        for tier, channels in BUDGETS.items():
            for channel, maximum in channels.items():
                audience = frequency.RuleAudience(tier=frequency.TierAudience(tier=tier))
                make(
                    shop,
                    f"{name}.{tier}.{channel}",
                    phase(start, days),
                    maximum,
                    target=1,
                    scope=CAMPAIGN,
                    audience=audience,
                    channels=[channel],
                )
    replaced = [f"parallel.{tier}.sms" for tier in BUDGETS if "sms" in BUDGETS[tier]]
    for day in PEAKS:
        make(
            shop, f"peak.{day}", phase(day, 1), 1, scope=CAMPAIGN, channels=["sms"], precedence=1, replaces=replaced
        )  # fmt: skip
    weekly = frequency.RuleWindow(calendar=frequency.CalendarWindow(unit=frequency.CALENDAR_UNIT_WEEK))
    make(shop, "weekly.push", weekly, 3, scope=CAMPAIGN, channels=["push"])
    daily = frequency.RuleWindow(
        calendar=frequency.CalendarWindow(unit=frequency.CALENDAR_UNIT_DAY, zone=frequency.ZONE_SOURCE_CUSTOMER)
    )
    make(shop, "one-channel-a-day", daily, 1, measure=frequency.MEASURE_DISTINCT_CHANNELS)
    shop.rule("over-all", 4, 7)


def on(shop: Shop, day: str, customer_id: int, *channels: str, tier: str = "fans") -> list[str]:
    """What becomes of one message on each channel at noon of the day: `sent`, or the rule that stopped it."""
    noon = midnight(day) + timedelta(hours=12)
    shop.clock.advance(max(noon.astimezone(UTC) - shop.clock.now(), timedelta(0)))
    made = []
    for channel in channels:
        [sent] = shop.send(shop.message(customer_id, channel, campaign_id="double11", tier=tier))
        state = shop.state_of(sent)
        findings = shop.explain(sent).decisions[-1].findings
        made.append(", ".join(each.rule_id for each in findings) or state)
    return made


def test_s13_budgets_hold_by_phase_and_tier_and_peak_days_take_precedence(shop: Shop) -> None:
    fan, exempt, valued = shop.customers(3)
    budgets(shop)
    allowed = policies_pb2.Exemption(
        exemption_id="jury",
        rule_ids=["early.fans.sms"],
        customers=policies_pb2.CustomerList(customer_ids=[exempt]),
        reason="they tell us how it reads",
        end_time=stamp(midnight("10-13")),
    )
    shop.policies.CreateExemption(pb.CreateExemptionRequest(exemption=allowed))
    assert on(shop, "10-10", fan, "sms", "email", "sms") == ["sent", "one-channel-a-day", "sent"]
    assert on(shop, "10-10", exempt, "sms", "sms", "sms") == ["sent", "sent", "sent"]
    listed = shop.delivery.ListMessages(ListMessagesRequest(filter={"customer_id": exempt})).messages
    told = [shop.explain(each.message_id).decisions[-1].text for each in listed]
    assert ["exempted from early.fans.sms" in each and "by jury" in each for each in told] == [
        True,
        False,
        False,
    ]  # newest first
    assert on(shop, "10-11", fan, "sms", "email") == ["early.fans.sms", "sent"]
    assert on(shop, "10-11", valued, "email", "email", "email", tier="high-value") == [
        "sent",
        "sent",
        "early.high-value.email",
    ]
    assert on(shop, "10-12", exempt, "sms", "sms") == ["sent", "over-all"]
    assert on(shop, "10-18", fan, "sms", "sms", "sms") == ["sent", "sent", "parallel.fans.sms"]
    assert on(shop, "10-20", fan, "sms", "sms") == ["sent", "peak.10-20"]
    assert on(shop, "10-21", fan, "sms", "push") == ["parallel.fans.sms", "sent"]
    assert on(shop, "11-13", fan, "sms") == ["sent"]
    assert on(shop, "11-16", fan, "sms", "sms", "sms") == ["sent", "sent", "sent"]
    assert on(shop, "11-16", fan, "sms") == ["over-all"]

"""The budgets of scenario S13 as rules: phases, tiers, channels, a limit over all, one channel a day."""

import pytest
from support.policies import DAY, HOUR, Customer, Message, Row, at
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import (
    CalendarPeriod,
    CalendarUnit,
    Dated,
    FrequencyRule,
    Measure,
    Rolling,
    Scope,
    Span,
    ZoneOf,
)

ZONE = "Asia/Shanghai"
PEAKS = ("2026-10-20", "2026-10-29", "2026-11-11")
TIERS = {
    "high value": {"mms": 2, "wecom": 2, "push": 3},
    "brand fans": {"mms": 2, "sms": 2, "wecom": 2},
}


def phase(start: str, days: int) -> Dated:
    begin = at(start, ZONE)
    return Dated(Span(begin, begin + days * DAY))


def budget(name: str, window: Dated | CalendarPeriod, limit: int, **more: object) -> FrequencyRule:
    fields: dict[str, object] = {"scope": Scope.CAMPAIGN, "scope_id": "double11", **more}
    return FrequencyRule(rule_id=name, window=window, limit=limit, **fields)  # type: ignore[arg-type]


def rules() -> list[FrequencyRule]:
    phases = {"early": phase("2026-10-10", 3), "parallel": phase("2026-10-15", 29)}
    budgets = [
        budget(f"{name}.{tier}.{channel}", window, limit, tier=tier, channels=frozenset({channel}))
        for name, window in phases.items()
        for tier, channels in TIERS.items()
        for channel, limit in channels.items()
    ]
    fans = budget("fans.push", CalendarPeriod(CalendarUnit.WEEK), 3, tier="brand fans", channels=frozenset({"push"}))
    peaks = [
        budget(
            f"peak.{day}",
            phase(day, 1),
            1,
            channels=frozenset({"mms"}),
            precedence=1,
            replaces=frozenset(rule.rule_id for rule in budgets if rule.rule_id.startswith("parallel")),
        )
        for day in PEAKS
    ]
    one_channel = FrequencyRule(
        rule_id="one.channel",
        window=CalendarPeriod(CalendarUnit.DAY, ZoneOf.CUSTOMER),
        limit=1,
        measure=Measure.DISTINCT_CHANNELS,
    )
    over_all = FrequencyRule(rule_id="over.all", window=Rolling(7 * DAY), limit=4)
    return [*budgets, fans, *peaks, one_channel, over_all]


RULES = RuleSet.compile(rules(), ZONE)


def sent(day: str, channel: str, tier: str = "high value", hour: int = 10) -> Row:
    return Row(counted_at=at(day, ZONE) + hour * HOUR, channel=channel, tier=tier, campaign_id="double11")


@pytest.mark.parametrize(
    ("day", "channel", "tier", "held", "broken"),
    [
        ("2026-10-12", "mms", "high value", [sent("2026-10-10", "mms")], []),
        (
            "2026-10-12", "mms", "high value", [sent("2026-10-10", "mms"), sent("2026-10-11", "mms")],
            ["early.high value.mms"],
        ),
        ("2026-10-15", "mms", "high value", [sent("2026-10-10", "mms"), sent("2026-10-11", "mms")], []),
        ("2026-10-12", "mms", "brand fans", [sent("2026-10-10", "mms"), sent("2026-10-11", "mms")], []),
        ("2026-10-19", "mms", "high value", [sent("2026-10-15", "mms"), sent("2026-10-16", "mms")],
         ["parallel.high value.mms"]),
        ("2026-10-20", "mms", "high value", [sent("2026-10-15", "mms"), sent("2026-10-16", "mms")], []),
        ("2026-10-20", "mms", "high value", [sent("2026-10-20", "mms", hour=8)], ["peak.2026-10-20"]),
        ("2026-10-20", "wecom", "high value", [sent("2026-10-15", "wecom"), sent("2026-10-16", "wecom")],
         ["parallel.high value.wecom"]),
        ("2026-10-17", "sms", "brand fans", [sent("2026-10-17", "mms", "brand fans", 8)], ["one.channel"]),
        ("2026-10-18", "push", "brand fans", [sent(f"2026-10-{n}", "push", "brand fans") for n in (12, 13, 14)],
         ["fans.push"]),
        ("2026-10-19", "push", "brand fans", [sent(f"2026-10-{n}", "push", "brand fans") for n in (12, 13, 14)], []),
        ("2026-10-17", "push", "none", [sent(f"2026-10-{n}", "push", "none") for n in (13, 14, 15, 16)], ["over.all"]),
    ],
)  # fmt: skip
def test_who_gets_what_when(day: str, channel: str, tier: str, held: list[Row], broken: list[str]) -> None:
    message = Message(channel=channel, tier=tier, campaign_id="double11")
    found = RULES.violations(message, Customer(7), held, at(day, ZONE) + 12 * HOUR)
    assert [violation.rule.rule_id for violation in found] == broken

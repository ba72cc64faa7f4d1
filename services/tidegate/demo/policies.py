"""The limits of the campaign, as delivery's policies: S13's table, thinned to the channels of the demo."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.delivery.v1.frequency_pb2 import (
    CALENDAR_UNIT_DAY,
    EXCEED_POLICY_DEFER,
    EXCEED_POLICY_DROP,
    EXCEED_POLICY_NEXT_CHANNEL,
    MEASURE_DISTINCT_CHANNELS,
    SCOPE_KIND_ALL,
    SCOPE_KIND_CAMPAIGN,
    ZONE_SOURCE_COMPANY,
    CalendarWindow,
    DatedWindow,
    FrequencyRule,
    RollingWindow,
    RuleAudience,
    RuleScope,
    RuleWindow,
    TierAudience,
)
from tidegate.api.delivery.v1.messages_pb2 import MESSAGE_CLASS_MARKETING
from tidegate.api.delivery.v1.policies_pb2 import QUIET_ACTION_DEFER, LocalWindow, QuietHours
from tidegate.demo.audience import MODEL
from tidegate.demo.calendar import Calendar, Phase
from tidegate.demo.words import duration, timestamp

CAMPAIGN = "double11"
CHANNELS = ("email", "wechat.subscription", "wecom", "sms", "push")
WEEKLY_LIMIT = 3
_USED = {
    "early": ("email", "wechat.subscription", "sms"),
    "parallel": CHANNELS,
    "peak-1": ("sms", "push"),
    "peak-2": ("sms", "push"),
    "peak-3": ("email", "wechat.subscription", "sms", "push"),
    "return": ("email", "wecom", "sms"),
}
"""By what channels somebody may write in each phase: the journey, or other platforms, which like SMS and push."""
_DAY = RuleWindow(calendar=CalendarWindow(unit=CALENDAR_UNIT_DAY, zone=ZONE_SOURCE_COMPANY))


def frequency_rules(calendar: Calendar) -> Iterator[FrequencyRule]:
    """The rules, widest first; a peak day stands in for the parallel phase it lies in."""
    yield FrequencyRule(
        rule_id="company-week",
        display_name="At most 3 marketing messages in 7 days, over all channels",
        scope=RuleScope(kind=SCOPE_KIND_ALL),
        window=RuleWindow(rolling=RollingWindow(duration=duration(timedelta(days=7)))),
        max=WEEKLY_LIMIT,
        on_exceed=EXCEED_POLICY_DROP,
    )
    yield FrequencyRule(
        rule_id="one-channel-a-day",
        display_name="Not several channels on one day",
        scope=RuleScope(kind=SCOPE_KIND_ALL),
        window=_DAY,
        max=1,
        measure=MEASURE_DISTINCT_CHANNELS,
        on_exceed=EXCEED_POLICY_DEFER,
    )
    yield FrequencyRule(
        rule_id="sleeping-no-push",
        display_name="Sleeping customers are not reached by push",
        scope=RuleScope(kind=SCOPE_KIND_CAMPAIGN, id=CAMPAIGN),
        channels=["push"],
        audience=RuleAudience(tier=TierAudience(model_id=MODEL, tier="sleeping")),
        window=_DAY,
        max=0,
        on_exceed=EXCEED_POLICY_NEXT_CHANNEL,
    )
    for phase in calendar.phases():
        yield from _phase_rules(phase)


def quiet_hours() -> QuietHours:
    """Nobody is written to between ten in the evening and eight in the morning."""
    return QuietHours(
        quiet_hours_id="nights",
        display_name="Nights",
        classes=[MESSAGE_CLASS_MARKETING],
        windows=[LocalWindow(start="22:00", end="08:00")],
        action=QUIET_ACTION_DEFER,
        spread=duration(timedelta(minutes=30)),
    )


def _phase_rules(phase: Phase) -> Iterator[FrequencyRule]:
    peak = phase.phase_id.startswith("peak")
    for channel in _USED[phase.phase_id]:
        yield FrequencyRule(
            rule_id=f"{phase.phase_id}-{channel}",
            display_name=f"{phase.title}: at most {1 if peak else 2} by {channel}",
            scope=RuleScope(kind=SCOPE_KIND_CAMPAIGN, id=CAMPAIGN),
            channels=[channel],
            window=RuleWindow(dated=DatedWindow(interval=_interval(phase.start, phase.end))),
            max=1 if peak else 2,
            target=1,
            on_exceed=EXCEED_POLICY_DROP,
            precedence=10 if peak else 0,
            replaces=[f"parallel-{channel}"] if peak else [],
        )


def _interval(start: datetime, end: datetime) -> Interval:
    return Interval(start=timestamp(start), end=timestamp(end))

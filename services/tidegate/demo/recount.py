"""Pure: the ledger's invariant, counted again from raw rows by other code than the gate's.

At the instant of each slot, the slots that counted then, that one included, were no more than any rule that
applied allowed. The gate decides with compiled rules over a moving horizon; here every slot is simply held
against every other of the same customer.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tidegate.api.delivery.v1.frequency_pb2 import MEASURE_DISTINCT_CHANNELS, FrequencyRule


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of the ledger that counts."""

    customer_id: int
    counted_at: datetime
    channel: str
    campaign_id: str
    tier: str


def violations(slots: Iterable[Slot], rules: Sequence[FrequencyRule], zone: ZoneInfo) -> Iterator[str]:
    """One sentence for each slot that was one too many."""
    by_customer: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_customer[slot.customer_id].append(slot)
    for customer_id, theirs in by_customer.items():
        for slot in theirs:
            for rule in _in_force(rules, slot):
                counted = [other for other in theirs if _counts(rule, slot, other, zone)]
                if _measured(rule, counted) > rule.max:
                    yield f"customer {customer_id}: {rule.rule_id} was exceeded at {slot.counted_at}"


def _in_force(rules: Sequence[FrequencyRule], slot: Slot) -> Iterator[FrequencyRule]:
    applying = [rule for rule in rules if _applies(rule, slot) and _covers(rule, slot.counted_at)]
    replaced = {rule_id for rule in applying for rule_id in rule.replaces}
    return (rule for rule in applying if rule.rule_id not in replaced)


def _applies(rule: FrequencyRule, slot: Slot) -> bool:
    return (
        (not rule.channels or slot.channel in rule.channels)
        and (not rule.scope.id or rule.scope.id == slot.campaign_id)
        and (not rule.HasField("audience") or rule.audience.tier.tier == slot.tier)
    )


def _covers(rule: FrequencyRule, instant: datetime) -> bool:
    if not rule.window.HasField("dated"):
        return True
    interval = rule.window.dated.interval
    return interval.start.ToDatetime(instant.tzinfo) <= instant < interval.end.ToDatetime(instant.tzinfo)


def _counts(rule: FrequencyRule, slot: Slot, other: Slot, zone: ZoneInfo) -> bool:
    if not _applies(rule, other) or other.counted_at > slot.counted_at:
        return False
    if rule.window.HasField("rolling"):
        return slot.counted_at - other.counted_at < _span(rule)
    if rule.window.HasField("calendar"):
        return slot.counted_at.astimezone(zone).date() == other.counted_at.astimezone(zone).date()
    return _covers(rule, other.counted_at)


def _measured(rule: FrequencyRule, counted: Sequence[Slot]) -> int:
    if rule.measure == MEASURE_DISTINCT_CHANNELS:
        return len({slot.channel for slot in counted})
    return len(counted)


def _span(rule: FrequencyRule) -> timedelta:
    return rule.window.rolling.duration.ToTimedelta()

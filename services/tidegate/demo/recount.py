"""Pure: the ledger's invariant, counted again from raw rows by other code than the gate's.

At the instant of each slot, the slots that counted then, that one included, were no more than any rule that
applied allowed. The gate decides with compiled rules over a moving horizon; here every slot is simply held
against every other of the same customer.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    limits = [_read(rule) for rule in rules]
    by_customer: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_customer[slot.customer_id].append(slot)
    for customer_id, theirs in by_customer.items():
        for slot in theirs:
            for limit in _in_force(limits, slot):
                if len(theirs) > limit.max and _measured(limit, slot, theirs, zone) > limit.max:
                    yield f"customer {customer_id}: {limit.rule_id} was exceeded at {slot.counted_at}"


@dataclass(frozen=True, slots=True)
class _Limit:
    """A rule as it is counted here. ``rolling`` and ``dated`` are empty for rules by the calendar day."""

    rule_id: str
    max: int
    distinct: bool
    channels: frozenset[str]
    campaign_id: str
    tier: str
    replaces: frozenset[str]
    rolling: timedelta | None
    dated: tuple[datetime, datetime] | None


def _read(rule: FrequencyRule) -> _Limit:
    window = rule.window
    interval = window.dated.interval
    return _Limit(
        rule_id=rule.rule_id,
        max=rule.max,
        distinct=rule.measure == MEASURE_DISTINCT_CHANNELS,
        channels=frozenset(rule.channels),
        campaign_id=rule.scope.id,
        tier=rule.audience.tier.tier,
        replaces=frozenset(rule.replaces),
        rolling=window.rolling.duration.ToTimedelta() if window.HasField("rolling") else None,
        dated=(interval.start.ToDatetime(UTC), interval.end.ToDatetime(UTC)) if window.HasField("dated") else None,
    )


def _in_force(limits: Sequence[_Limit], slot: Slot) -> list[_Limit]:
    applying = [limit for limit in limits if _applies(limit, slot) and _covers(limit, slot.counted_at)]
    replaced = {rule_id for limit in applying for rule_id in limit.replaces}
    return [limit for limit in applying if limit.rule_id not in replaced]


def _applies(limit: _Limit, slot: Slot) -> bool:
    return (
        (not limit.channels or slot.channel in limit.channels)
        and limit.campaign_id in ("", slot.campaign_id)
        and limit.tier in ("", slot.tier)
    )


def _covers(limit: _Limit, instant: datetime) -> bool:
    return limit.dated is None or limit.dated[0] <= instant < limit.dated[1]


def _measured(limit: _Limit, slot: Slot, theirs: Sequence[Slot], zone: ZoneInfo) -> int:
    counted = [other for other in theirs if _applies(limit, other) and _counts(limit, slot, other, zone)]
    return len({other.channel for other in counted}) if limit.distinct else len(counted)


def _counts(limit: _Limit, slot: Slot, other: Slot, zone: ZoneInfo) -> bool:
    if other.counted_at > slot.counted_at:
        return False
    if limit.rolling is not None:
        return slot.counted_at - other.counted_at < limit.rolling
    if limit.dated is not None:
        return _covers(limit, other.counted_at)
    return slot.counted_at.astimezone(zone).date() == other.counted_at.astimezone(zone).date()

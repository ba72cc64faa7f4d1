"""Holds: slots that are kept free for a scheduled campaign, as rows that stand in every window until they are used.

A held slot stops lower priorities as a message of the campaign would, in the rules that would count it; so a message
of the campaign that goes out uses its slot up. It is not known yet of which brand it will be, or who sends it: a rule
over a brand or a caller counts it all the same.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

from tidegate.delivery.policy.facts import Candidate, Customer, Slot
from tidegate.delivery.policy.model import FrequencyRule, Hold, Measure, Scope, share

_COUNTING = (Scope.ALL, Scope.BRAND, Scope.CALLER)


class Holds:
    """The holds of one version of the policies."""

    def __init__(self, holds: Iterable[Hold]) -> None:
        self._holds = tuple(holds)
        self.segments = frozenset(hold.segment_id for hold in self._holds)
        self.boundaries = sorted({edge for hold in self._holds for edge in (hold.span.start, hold.span.end)})
        self._running: dict[int, tuple[Hold, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._holds)

    def against(
        self, message: Candidate, customer: Customer, now: int, inactive: Collection[tuple[str, str]]
    ) -> Sequence[Hold]:
        """Those that keep slots of the customer from such a message at ``now``.

        ``inactive`` are campaigns that are not active, as (`campaign`, id): they hold nothing.
        """
        return [
            hold
            for hold in self._stopping(message, now)
            if hold.segment_id in customer.segments and ("campaign", hold.campaign_id) not in inactive
        ]

    def audiences(self, message: Candidate, now: int) -> frozenset[str]:
        """The segments whose members' slots they may keep from such a message."""
        return frozenset(hold.segment_id for hold in self._stopping(message, now))

    def _stopping(self, message: Candidate, now: int) -> Iterable[Hold]:
        place = bisect_right(self.boundaries, now)
        running = self._running.get(place)
        if running is None:
            found = tuple(hold for hold in self._holds if hold.span.start <= now < hold.span.end)
            running = self._running[place] = found
        return (
            hold for hold in running if message.priority < hold.priority and message.campaign_id != hold.campaign_id
        )


def keep(
    rule: FrequencyRule, message: Candidate, counted: list[Slot], holds: Sequence[Hold]
) -> tuple[list[Slot], int, Sequence[str]]:
    """What is left for a message under ``rule``: the rows that count beside held slots, and the slots taken off.

    The rows by which a campaign has used its slots are taken off with them, the newest, which leave last. The third
    are the holds that took something.
    """
    taken, by = 0, []
    for hold in holds:
        if rule.scope in _COUNTING and share(rule.channels, hold.channels):
            counted, slots = _channel(message, counted, hold) if _is_distinct(rule) else _slots(counted, hold)
            if slots:
                taken += slots
                by.append(hold.hold_id)
    return counted, taken, by


def _slots(counted: list[Slot], hold: Hold) -> tuple[list[Slot], int]:
    own = sorted((row for row in counted if _uses(row, hold)), key=lambda row: row.counted_at)
    used = {id(row) for row in own[max(len(own) - hold.slots, 0) :]}
    return [row for row in counted if id(row) not in used], hold.slots


def _channel(message: Candidate, counted: list[Slot], hold: Hold) -> tuple[list[Slot], int]:
    """Where channels are counted, a hold on one channel keeps that; which of several it will be is not known."""
    if len(hold.channels) != 1 or message.channel in hold.channels:
        return counted, 0
    if sum(_uses(row, hold) for row in counted) >= hold.slots:
        return counted, 0
    return [row for row in counted if row.channel not in hold.channels], 1


def _uses(row: Slot, hold: Hold) -> bool:
    return row.campaign_id == hold.campaign_id and (not hold.channels or row.channel in hold.channels)


def _is_distinct(rule: FrequencyRule) -> bool:
    return rule.measure is Measure.DISTINCT_CHANNELS

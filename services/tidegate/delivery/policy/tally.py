"""What a rule or quiet hours would have stopped of what was sent, counted from a customer's slots one by one.

The verdicts are those of the rules and quiet hours that the gate decides by.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import NamedTuple

from tidegate.delivery.model import MessageClass
from tidegate.delivery.policy.facts import Customer
from tidegate.delivery.policy.frequency import RuleSet
from tidegate.delivery.policy.model import CalendarPeriod, Exemption, FrequencyRule, QuietRule, ZoneOf
from tidegate.delivery.policy.quiet import QuietHours

_MOST_SAMPLES = 100
_LOOKED_THROUGH = 64


class Past(NamedTuple):
    """A message that was sent: as it was a candidate then, and as the slot that it has been since."""

    customer_id: int
    message_id: str
    counted_at: int
    message_class: MessageClass
    channel: str
    brand: str
    campaign_id: str
    phase_id: str
    journey_id: str
    caller: str
    tier: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: whether it stops a message, and from when on slots count for one at an instant.

    ``stops`` is given the message, its customer, and the customer's slots from before. ``segments`` are those by whose
    members it goes; ``by_zone`` says whether it goes by customers' clocks.
    """

    stops: Callable[[Past, Customer, Sequence[Past]], bool]
    horizon: Callable[[int], int]
    segments: frozenset[str]
    by_zone: bool

    @classmethod
    def of_rule(
        cls, rule: FrequencyRule, others: Sequence[FrequencyRule], exemptions: Sequence[Exemption], zone: str
    ) -> "Trial":
        """A frequency rule among ``others`` that may replace it, with what opens it; ``zone`` is the company's."""
        alone = RuleSet.compile([rule], zone)
        replacing = [other for other in others if rule.rule_id in other.replaces and other.rule_id != rule.rule_id]
        opening = [exemption for exemption in exemptions if rule.rule_id in exemption.rule_ids]
        rules = RuleSet.compile([rule, *replacing], zone, opening)

        least = rule.limit or 0

        def stops(message: Past, customer: Customer, before: Sequence[Past]) -> bool:
            if len(before) < least:  # not even all of them together reach the limit
                return False
            broken = rules.violations(message, customer, before, message.counted_at)
            return bool(broken) and (not replacing or any(violation.rule is rule for violation in broken))

        by_zone = isinstance(rule.window, CalendarPeriod) and rule.window.zone_of is ZoneOf.CUSTOMER
        return cls(stops, alone.horizon, rules.segments(), by_zone)

    @classmethod
    def of_quiet_hours(cls, rule: QuietRule, zone: str) -> "Trial":
        """Quiet hours; ``zone`` is the company's."""
        quiet = QuietHours.compile([rule], zone)

        def stops(message: Past, customer: Customer, _before: Sequence[Past]) -> bool:
            return quiet.next_allowed(message.counted_at, message, customer) != message.counted_at

        return cls(stops, lambda now: now, frozenset(), by_zone=True)


@dataclass(slots=True)
class Tally:
    """The counts of one trial over messages counted at ``since`` or later; what is earlier counts as slots alone.

    Slots are told customer by customer, each customer's the oldest first. ``samples`` are a heap of the newest that
    would have been stopped, as (counted_at, id).
    """

    trial: Trial
    since: int
    looked_at: Counter[tuple[str, str]] = field(default_factory=Counter)
    stopped: Counter[tuple[str, str]] = field(default_factory=Counter)
    customers: int = 0
    samples: list[tuple[int, str]] = field(default_factory=list)
    _customer_id: int = 0
    _has_stopped: bool = False
    _before: list[Past] = field(default_factory=list)

    def add(self, message: Past, customer: Customer) -> None:
        """The next message."""
        if message.customer_id != self._customer_id:
            self._customer_id, self._has_stopped, self._before = message.customer_id, False, []
        before = self._before
        if message.counted_at >= self.since:
            group = (message.campaign_id, message.channel)
            self.looked_at[group] += 1
            if self.trial.stops(message, customer, before):
                self._stop(message, group)
        before.append(message)
        if len(before) % _LOOKED_THROUGH == 0:
            horizon = self.trial.horizon(message.counted_at)
            self._before = [one for one in before if one.counted_at >= horizon]

    def _stop(self, message: Past, group: tuple[str, str]) -> None:
        self.stopped[group] += 1
        if not self._has_stopped:
            self._has_stopped = True
            self.customers += 1
        sample = (message.counted_at, message.message_id)
        if len(self.samples) < _MOST_SAMPLES:
            heappush(self.samples, sample)
        else:
            heappushpop(self.samples, sample)

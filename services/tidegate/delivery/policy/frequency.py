"""Frequency rules compiled for the gate: which rules apply to a message, and which of them it would break.

A set is compiled once for a version of the policies and used for millions of decisions. What a decision needs
is found by one look-up: the rules that can apply to messages of the same class, channel, campaign, … while no
phase begins or ends, less those that another one of them replaces.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import attrgetter

from tidegate.delivery.policy.facts import Candidate, Customer, Slot
from tidegate.delivery.policy.holding import Holds, keep
from tidegate.delivery.policy.model import (
    OBEYING,
    Dated,
    Exemption,
    FrequencyRule,
    Hold,
    Measure,
    OnExceed,
    Scope,
    Violation,
    phase_of,
    strictest,
)
from tidegate.delivery.policy.windows import (
    Calendars,
    RowTest,
    Watch,
    channels_to_go,
    messages_to_go,
    rows_between,
    watch,
)

_PHASE = ("campaign_id", "phase_id")
_FIELD = {
    Scope.BRAND: "brand",
    Scope.CAMPAIGN: "campaign_id",
    Scope.JOURNEY: "journey_id",
    Scope.CALLER: "caller",
}
_CACHED_KINDS = 10_000


@dataclass(slots=True)
class _Check:
    """One rule bound to one kind of message."""

    rule: FrequencyRule
    limit: int
    distinct: bool
    watch: Watch
    test: RowTest | None

    def broken(
        self, message: Candidate, customer: Customer, rows: Collection[Slot], now: int, holds: Sequence[Hold]
    ) -> Violation | None:
        """The violation that one more message would be, beside the slots that are held."""
        low, high = self.watch.bounds(now, customer)
        counted = rows_between(rows, low, high, self.test)
        left, limit = counted, self.limit
        by: Sequence[str] = ()
        if holds:
            left, held, by = keep(self.rule, message, counted, holds)
            limit = max(limit - held, 0)
        if self._fits(message, left, limit):
            return None
        to_go = channels_to_go(left, limit, message.channel) if self.distinct else messages_to_go(left, limit)
        free_at = self.watch.free_at(to_go, now, customer)
        return Violation(self.rule, self._amount(counted), self.limit, free_at, by)

    def _amount(self, counted: Sequence[Slot]) -> int:
        return len({row.channel for row in counted}) if self.distinct else len(counted)

    def _fits(self, message: Candidate, counted: Sequence[Slot], limit: int) -> bool:
        amount = self._amount(counted)
        if self.distinct and any(row.channel == message.channel for row in counted):
            return amount <= limit  # a channel already used does not add one
        return amount < limit


class RuleSet:
    """The frequency rules of one version of the policies; safe to share between threads."""

    def __init__(
        self,
        rules: Sequence[FrequencyRule],
        company_zone: str,
        exemptions: Sequence[Exemption] = (),
        holds: Sequence[Hold] = (),
    ) -> None:
        calendars = Calendars(company_zone)
        self._rules = sorted(rules, key=lambda rule: (-rule.precedence, rule.rule_id))
        self._watches = {rule.rule_id: watch(rule.window, calendars) for rule in rules}
        self._key = attrgetter(*_fields_in_use(rules))
        self._segments = frozenset(rule.segment_id for rule in rules if rule.segment_id)
        self._exemptions = _Exemptions(exemptions)
        self.has_exemptions = bool(exemptions)
        self.has_limits = any(rule.limit is not None for rule in rules)
        self._boundaries = sorted({*_phase_boundaries(rules)})
        self._holds = Holds(holds)
        self._turns = sorted({*self._boundaries, *self._exemptions.boundaries(), *self._holds.boundaries})
        self._kinds: dict[tuple[object, ...], tuple[_Check, ...]] = {}

    @classmethod
    def compile(
        cls,
        rules: Sequence[FrequencyRule],
        company_zone: str,
        exemptions: Sequence[Exemption] = (),
        holds: Sequence[Hold] = (),
    ) -> "RuleSet":
        """Prepares ``rules`` for deciding; ``company_zone`` is an IANA name."""
        return cls(rules, company_zone, exemptions, holds)

    def violations(
        self,
        message: Candidate,
        customer: Customer,
        rows: Collection[Slot],
        now: int,
        inactive: Collection[tuple[str, str]] = (),
    ) -> Sequence[Violation]:
        """The rules that a slot taken for ``message`` at ``now`` would break; none: it may pass.

        ``rows`` are the customer's slots counted at ``horizon(now)`` or later, in any order; more do no harm.
        The violations come in the order of precedence, highest first. ``inactive`` campaigns, as (`campaign`, id),
        hold no slots.
        """
        if message.message_class not in OBEYING:
            return ()
        found = None
        room = len(rows)
        holds = self._holds.against(message, customer, now, inactive) if self._holds else ()
        if holds:
            room += sum(hold.slots for hold in holds)
        for check in self._checks(message, customer, now):
            if room < check.limit:  # not even all rows and held slots together reach the limit
                continue
            violation = check.broken(message, customer, rows, now, holds)
            if violation is not None and not self._exemptions.open(check.rule.rule_id, customer, now):
                found = [violation] if found is None else [*found, violation]
        return found or ()

    def opened(
        self,
        message: Candidate,
        customer: Customer,
        rows: Collection[Slot],
        now: int,
        inactive: Collection[tuple[str, str]] = (),
    ) -> Sequence[tuple[FrequencyRule, Exemption]]:
        """The rules that ``message`` would break at ``now`` but for an exemption, each with the exemption."""
        if message.message_class not in OBEYING:
            return ()
        holds = self._holds.against(message, customer, now, inactive) if self._holds else ()
        return [
            (check.rule, exemption)
            for check in self._checks(message, customer, now)
            if check.broken(message, customer, rows, now, holds)
            and (exemption := self._exemptions.open(check.rule.rule_id, customer, now))
        ]

    def horizon(self, now: int) -> int:
        """The earliest counted_at that any rule could still count at ``now`` or later, in microseconds."""
        return min((window.reach(now) for window in self._watches.values()), default=now)

    def counting(self, now: int, *, before: int) -> RowTest | None:
        """Whether a row counted before ``before`` may count at ``now`` or later; None where no such row does."""
        reaching = [(rule, self._watches[rule.rule_id].reach(now)) for rule in self._rules]
        far = [(rule, reach) for rule, reach in reaching if reach < before]
        return (
            (lambda row: any(row.counted_at >= reach and _may_count(rule, row) for rule, reach in far)) if far else None
        )

    def next_turn(self, after: int) -> int | None:
        """The first instant past ``after`` at which a phase, an exemption or a hold begins or ends."""
        index = bisect_right(self._turns, after)
        return self._turns[index] if index < len(self._turns) else None

    def segments(self) -> frozenset[str]:
        """The segments that rules, exemptions and holds name."""
        return self._segments | self._exemptions.segments() | self._holds.segments

    def audiences(self, message: Candidate, now: int) -> frozenset[str]:
        """The segments by whose members the rules for such a message, and exemptions from them, go."""
        if message.message_class not in OBEYING:
            return frozenset()
        applying = [rule for rule in self._rules if _applies(rule, message, self._segments, now)]
        named = frozenset(rule.segment_id for rule in applying if rule.segment_id)
        named |= self._holds.audiences(message, now)
        return named | self._exemptions.audiences({rule.rule_id for rule in applying}, now)

    def _checks(self, message: Candidate, customer: Customer, now: int) -> tuple[_Check, ...]:
        """The rules for messages of this kind in the running phase; remembered, since kinds are few."""
        among = self._segments and self._segments & customer.segments
        kind = (self._key(message), bisect_right(self._boundaries, now), among)
        known = self._kinds.get(kind)
        if known is None:
            if len(self._kinds) >= _CACHED_KINDS:
                self._kinds.clear()
            known = self._kinds[kind] = self._bind(message, among, now)
        return known

    def _bind(self, message: Candidate, among: frozenset[str], now: int) -> tuple[_Check, ...]:
        applying = [rule for rule in self._rules if _applies(rule, message, among, now)]
        replaced = frozenset[str]().union(*(rule.replaces for rule in applying))
        return tuple(
            _Check(
                rule,
                rule.limit,
                rule.measure is Measure.DISTINCT_CHANNELS,
                self._watches[rule.rule_id],
                _row_test(rule, message),
            )
            for rule in applying
            if rule.limit is not None and rule.rule_id not in replaced
        )


class _Exemptions:
    """Who is exempted from which rules, looked up only for messages that broke one."""

    def __init__(self, exemptions: Sequence[Exemption]) -> None:
        self._all = tuple(exemptions)
        self._by_customer: dict[int, list[Exemption]] = {}
        for exemption in exemptions:
            for customer_id in exemption.customer_ids:
                self._by_customer.setdefault(customer_id, []).append(exemption)
        self._by_segment = [exemption for exemption in exemptions if exemption.segment_id]

    def open(self, rule_id: str, customer: Customer, now: int) -> Exemption | None:
        named = self._by_customer.get(customer.customer_id, [])
        among = [exemption for exemption in self._by_segment if exemption.segment_id in customer.segments]
        for exemption in named + among:
            if rule_id in exemption.rule_ids and exemption.span.start <= now < exemption.span.end:
                return exemption
        return None

    def audiences(self, rule_ids: Collection[str], now: int) -> frozenset[str]:
        return frozenset(
            exemption.segment_id
            for exemption in self._by_segment
            if exemption.span.start <= now < exemption.span.end and not exemption.rule_ids.isdisjoint(rule_ids)
        )

    def boundaries(self) -> Iterable[int]:
        for exemption in self._all:
            yield exemption.span.start
            yield exemption.span.end

    def segments(self) -> frozenset[str]:
        return frozenset(exemption.segment_id for exemption in self._by_segment)


def reaction(violations: Sequence[Violation]) -> OnExceed:
    """What becomes of a message with these violations: the strictest of what its rules say.

    Dropping wins over trying the next channel, which wins over waiting.
    """
    return strictest({violation.rule.on_exceed for violation in violations})


def _fields_in_use(rules: Sequence[FrequencyRule]) -> list[str]:
    """The message's fields by which the rules can tell kinds of messages apart; two at least."""
    fields = {"message_class", "channel"}
    fields.update(_FIELD[rule.scope] for rule in rules if rule.scope in _FIELD)
    if any(rule.scope is Scope.PHASE for rule in rules):
        fields.update(_PHASE)
    if any(rule.tier for rule in rules):
        fields.add("tier")
    return sorted(fields)


def _phase_boundaries(rules: Sequence[FrequencyRule]) -> Iterable[int]:
    for rule in rules:
        if isinstance(rule.window, Dated):
            yield rule.window.span.start
            yield rule.window.span.end


def _applies(rule: FrequencyRule, message: Candidate, among: frozenset[str], now: int) -> bool:
    return (
        (not rule.channels or message.channel in rule.channels)
        and (not rule.classes or message.message_class in rule.classes)
        and (not rule.tier or message.tier == rule.tier)
        and (not rule.segment_id or rule.segment_id in among)
        and _in_scope(rule, message)
        and _in_phase(rule, now)
    )


def _in_phase(rule: FrequencyRule, now: int) -> bool:
    return not isinstance(rule.window, Dated) or rule.window.span.start <= now < rule.window.span.end


def _in_scope(rule: FrequencyRule, message: Candidate | Slot) -> bool:
    """A message that belongs to no campaign isn't limited by rules over campaigns, and so on."""
    if rule.scope is Scope.ALL:
        return True
    if rule.scope is Scope.PHASE:
        value = phase_of(message.campaign_id, message.phase_id) if message.campaign_id and message.phase_id else ""
    else:
        value = getattr(message, _FIELD[rule.scope])
    return bool(value) and rule.scope_id in ("", value)


def _may_count(rule: FrequencyRule, row: Slot) -> bool:
    """Whether the row counts for ``rule`` for any message at all, beside its time."""
    return (
        _in_scope(rule, row)
        and (not rule.channels or row.channel in rule.channels)
        and (not rule.tier or row.tier == rule.tier)
    )


def _row_test(rule: FrequencyRule, message: Candidate) -> RowTest | None:
    """Whether a row counts for ``rule`` beside its time; None where every row does."""
    tests = [*_scope_test(rule, message), *_channel_test(rule), *_tier_test(rule)]
    return reduce(_both, tests) if tests else None


def _both(first: RowTest, second: RowTest) -> RowTest:
    return lambda row: first(row) and second(row)


def _scope_test(rule: FrequencyRule, message: Candidate) -> Iterable[RowTest]:
    if rule.scope is not Scope.ALL:
        names = _PHASE if rule.scope is Scope.PHASE else (_FIELD[rule.scope],)
        of: Callable[[object], object] = attrgetter(*names)
        value = of(message)
        yield lambda row: of(row) == value


def _channel_test(rule: FrequencyRule) -> Iterable[RowTest]:
    if len(rule.channels) == 1:
        (only,) = rule.channels
        yield lambda row: row.channel == only
    elif rule.channels:
        yield lambda row: row.channel in rule.channels


def _tier_test(rule: FrequencyRule) -> Iterable[RowTest]:
    if rule.tier:
        yield lambda row: row.tier == rule.tier

"""Quiet hours: when nothing that obeys them goes out, by the customer's clocks, and how waiting ends.

Windows are local. Where clocks change, a local time that does not exist stands for the next valid instant,
and of one that occurs twice quiet starts at the first and ends at the second. At its end sending is allowed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from tidegate.delivery.policy.calendars import DAY, FIRST, LAST, Occurrence, local_instant
from tidegate.delivery.policy.facts import Candidate, Customer
from tidegate.delivery.policy.model import OBEYING, LocalWindow, OnExceed, QuietRule, Span, strictest
from tidegate.runtime.clock import from_micros

_CHUNK = 32 * DAY
_LOOK_AHEAD = 24  # chunks: some two years of quiet without a gap count as for ever
_MARGIN = timedelta(days=2)  # a window of the day before may reach in, and zones differ from UTC
_SHARES = 1 << 32
_WHOLE_DAY = LocalWindow(time.min, time.min)


class QuietHours:
    """The quiet hours of one version of the policies; safe to share between threads."""

    def __init__(self, rules: Sequence[QuietRule], company_zone: str) -> None:
        self._single = [_Rules((rule,), company_zone) for rule in rules]
        self._company_zone = company_zone
        self._kinds: dict[tuple[str, str, str], tuple[_Rules, list[_Rules]]] = {}

    @classmethod
    def compile(cls, rules: Sequence[QuietRule], company_zone: str) -> "QuietHours":
        """Prepares ``rules``; ``company_zone`` (an IANA name) is for customers whose zone isn't known."""
        return cls(rules, company_zone)

    def next_allowed(self, instant: int, message: Candidate, customer: Customer) -> int | None:
        """``instant`` if it isn't quiet for ``message`` then, else the end of the quiet time; microseconds.

        None when there is no end within two years.
        """
        kind, _ = self._kind(message)
        return kind.timeline(customer.zone).next_allowed(instant) if kind.rules else instant

    def release(self, free_at: int, message: Candidate, customer: Customer) -> int:
        """When a message that may go from ``free_at`` on should go: later where quiet hours end just then.

        Then customers are spread over the rules' ``spread``, each always at the same place, and a message of
        higher priority gets a shorter one, so that it goes before the customer's others. The spread ends
        where the next quiet time begins.
        """
        kind, _ = self._kind(message)
        spread = max((rule.spread for rule in kind.rules), default=0)
        if not spread or kind.timeline(customer.zone).next_allowed(free_at - 1) != free_at:
            return free_at
        room = kind.timeline(customer.zone).next_quiet(free_at)
        if room is not None:
            spread = min(spread, room - free_at)
        return free_at + _share(customer.customer_id) * (spread // (1 + max(message.priority, 0))) // _SHARES

    def action(self, instant: int, message: Candidate, customer: Customer) -> OnExceed:
        """What becomes of a message that comes in quiet hours: the strictest that they say.

        Dropping wins over trying the next channel, which wins over waiting.
        """
        said = {rule.action for rule in self.holding(instant, message, customer)}
        return strictest(said)

    def holding(self, instant: int, message: Candidate, customer: Customer) -> list[QuietRule]:
        """The rules by which it is quiet for ``message`` at ``instant``."""
        _, single = self._kind(message)
        zone = customer.zone
        return [each.rules[0] for each in single if each.timeline(zone).next_allowed(instant) != instant]

    def _kind(self, message: Candidate) -> tuple["_Rules", list["_Rules"]]:
        """The rules that ``message`` obeys: all together, and each on its own."""
        key = (message.message_class, message.channel, message.brand)
        known = self._kinds.get(key)
        if known is None:
            obeys = message.message_class in OBEYING
            single = [each for each in self._single if obeys and _names(each.rules[0], message)]
            together = _Rules(tuple(each.rules[0] for each in single), self._company_zone)
            known = self._kinds[key] = (together, single)
        return known


class _Rules:
    """Rules that hold together, with a timeline for each zone that was asked for."""

    __slots__ = ("_company_zone", "_timelines", "rules")

    def __init__(self, rules: tuple[QuietRule, ...], company_zone: str) -> None:
        self.rules = rules
        self._company_zone = company_zone
        self._timelines: dict[str, Timeline] = {}

    def timeline(self, zone: str) -> "Timeline":
        known = self._timelines.get(zone)
        if known is None:
            known = self._timelines[zone] = Timeline(self.rules, zone or self._company_zone)
        return known


class Timeline:
    """The union of some rules' quiet times in one zone, worked out for a month at a time and kept.

    Before and behind what calendars can work out nothing is quiet.
    """

    def __init__(self, rules: Sequence[QuietRule], zone: str) -> None:
        self._rules = tuple(rules)
        self._zone = ZoneInfo(zone)
        self._chunks: dict[int, tuple[list[int], list[int]]] = {}

    def next_allowed(self, instant: int) -> int | None:
        """``instant``, or the end of the quiet time that it lies in."""
        limit = instant + _LOOK_AHEAD * _CHUNK
        while instant < limit:
            starts, ends = self._chunk(instant // _CHUNK)
            index = bisect_right(starts, instant) - 1
            if index < 0 or ends[index] <= instant:
                return instant
            instant = ends[index]  # it may be the chunk's end only
        return None

    def next_quiet(self, instant: int) -> int | None:
        """The first start of a quiet time past ``instant``, if there is one within a month or two."""
        for number in (instant // _CHUNK, instant // _CHUNK + 1):
            starts, _ = self._chunk(number)
            index = bisect_right(starts, instant)
            if index < len(starts):
                return starts[index]
        return None

    def _chunk(self, number: int) -> tuple[list[int], list[int]]:
        known = self._chunks.get(number)
        if known is None:
            known = self._chunks[number] = self._work_out(number * _CHUNK, (number + 1) * _CHUNK)
        return known

    def _work_out(self, low: int, high: int) -> tuple[list[int], list[int]]:
        if low < FIRST or high > LAST:
            return [], []
        spans = (span for rule in self._rules for span in _quiet(rule, self._zone, low, high))
        merged = _union(span for span in spans if span.start < high and span.end > low)
        return [max(span.start, low) for span in merged], [min(span.end, high) for span in merged]


def _names(rule: QuietRule, message: Candidate) -> bool:
    return (
        (not rule.brand or message.brand == rule.brand)
        and (not rule.channels or message.channel in rule.channels)
        and (not rule.classes or message.message_class in rule.classes)
    )


def _quiet(rule: QuietRule, zone: ZoneInfo, low: int, high: int) -> Iterable[Span]:
    """The quiet times that begin on the local dates around [low, high)."""
    first, last = (from_micros(low) - _MARGIN).date(), (from_micros(high) + _MARGIN).date()
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        for window in rule.windows:
            if day.weekday() in window.weekdays:
                yield _on(zone, day, window)
    for holiday in rule.holidays:
        if first <= holiday <= last:
            yield _on(zone, holiday, _WHOLE_DAY)


def _on(zone: ZoneInfo, day: date, window: LocalWindow) -> Span:
    start = datetime.combine(day, window.start)
    end = datetime.combine(day + timedelta(days=window.end <= window.start), window.end)
    return Span(local_instant(zone, start), local_instant(zone, end, Occurrence.SECOND))


def _union(spans: Iterable[Span]) -> list[Span]:
    """The same instants as spans that neither overlap nor touch, in order."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if span.end <= span.start:  # skipped by a change of clocks
            continue
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _share(customer_id: int) -> int:
    """A number in [0, 2**32) that is the customer's own for ever and spreads evenly over customers."""
    digest = blake2b(customer_id.to_bytes(8, "big", signed=True), digest_size=4).digest()
    return int.from_bytes(digest, "big")

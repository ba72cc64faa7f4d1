"""Windows of frequency rules at work: which rows count at an instant, and when there is room again."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from tidegate.delivery.policy.calendars import DAY, FOREVER, Calendar
from tidegate.delivery.policy.facts import Customer, Slot
from tidegate.delivery.policy.model import (
    CalendarPeriod,
    CalendarUnit,
    Dated,
    Lifetime,
    MinGap,
    Rolling,
    Span,
    Window,
    ZoneOf,
)

_LONGEST = {CalendarUnit.DAY: 1, CalendarUnit.WEEK: 7, CalendarUnit.MONTH: 31}
_WIDEST_ZONE = 26 * 3_600_000_000  # between the first and the last zone to reach a date, changes of clocks included


class Watch(Protocol):
    """A window at work."""

    def bounds(self, now: int, customer: Customer) -> tuple[int, int]:
        """Rows counted in the half-open [low, high) are in the window at ``now``."""
        ...

    def free_at(self, ends: Sequence[int], now: int, customer: Customer) -> int | None:
        """The earliest instant with room: all of ``ends`` (counted_at, ascending) must have left by then."""
        ...

    def reach(self, now: int) -> int:
        """No row counted before this can count at ``now`` or later, whoever the customer is."""
        ...


class RollingWatch:
    """Rows with counted_at > now − length."""

    __slots__ = ("_length",)

    def __init__(self, length: int) -> None:
        self._length = length

    def bounds(self, now: int, customer: Customer) -> tuple[int, int]:
        return now - self._length + 1, FOREVER

    def free_at(self, ends: Sequence[int], now: int, customer: Customer) -> int | None:
        return ends[-1] + self._length if ends else None

    def reach(self, now: int) -> int:
        return now - self._length + 1


class Calendars:
    """The calendars of all zones that were asked for."""

    def __init__(self, company_zone: str) -> None:
        self._company_zone = company_zone
        self._known: dict[tuple[CalendarUnit, str], Calendar] = {}

    def of(self, unit: CalendarUnit, zone: str) -> Calendar:
        """The calendar of ``zone``, the company's where that is empty."""
        known = self._known.get((unit, zone))
        if known is None:
            known = self._known[unit, zone] = Calendar(unit, ZoneInfo(zone or self._company_zone))
        return known


class CompanyPeriodWatch:
    """Rows of the calendar period by the company's clocks."""

    __slots__ = ("_calendar", "_unit")

    def __init__(self, unit: CalendarUnit, calendars: Calendars) -> None:
        self._unit = unit
        self._calendar = calendars.of(unit, "")

    def bounds(self, now: int, customer: Customer) -> tuple[int, int]:
        return self._calendar.period(now)

    def free_at(self, ends: Sequence[int], now: int, customer: Customer) -> int | None:
        return self._calendar.period(now)[1] if ends else None

    def reach(self, now: int) -> int:
        return self._calendar.period(now)[0]


class CustomerPeriodWatch:
    """Rows of the calendar period by the customer's clocks."""

    __slots__ = ("_calendars", "_unit")

    def __init__(self, unit: CalendarUnit, calendars: Calendars) -> None:
        self._unit = unit
        self._calendars = calendars

    def bounds(self, now: int, customer: Customer) -> tuple[int, int]:
        return self._calendars.of(self._unit, customer.zone).period(now)

    def free_at(self, ends: Sequence[int], now: int, customer: Customer) -> int | None:
        return self.bounds(now, customer)[1] if ends else None

    def reach(self, now: int) -> int:
        return now - _LONGEST[self._unit] * DAY - _WIDEST_ZONE


class DatedWatch:
    """Rows of a phase; it applies until its end, and then there is room."""

    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span

    def bounds(self, now: int, customer: Customer) -> tuple[int, int]:
        return self._span.start, self._span.end

    def free_at(self, ends: Sequence[int], now: int, customer: Customer) -> int | None:
        return self._span.end

    def reach(self, now: int) -> int:
        return self._span.start if now < self._span.end else FOREVER


class LifetimeWatch:
    """Every row."""

    __slots__ = ()

    def bounds(self, now: int, customer: Customer) -> tuple[int, int]:
        return -FOREVER, FOREVER

    def free_at(self, ends: Sequence[int], now: int, customer: Customer) -> int | None:
        return None

    def reach(self, now: int) -> int:
        return -FOREVER


def watch(window: Window, calendars: Calendars) -> Watch:
    """``window`` at work."""
    match window:
        case Rolling(length) | MinGap(length):
            return RollingWatch(length)
        case CalendarPeriod(unit, ZoneOf.COMPANY):
            return CompanyPeriodWatch(unit, calendars)
        case CalendarPeriod(unit):
            return CustomerPeriodWatch(unit, calendars)
        case Dated(span):
            return DatedWatch(span)
        case Lifetime():
            return LifetimeWatch()


def messages_to_go(counted: Sequence[Slot], limit: int) -> list[int]:
    """The counted_at, ascending, of the rows that must leave before one more message fits under ``limit``."""
    if limit == 0:
        return []
    return sorted(row.counted_at for row in counted)[: len(counted) - limit + 1]


def channels_to_go(counted: Sequence[Slot], limit: int, channel: str) -> list[int]:
    """When each of the channels was last used, ascending, that must leave before ``channel`` fits."""
    if limit == 0:
        return []
    last: dict[str, int] = {}
    for row in counted:
        if row.channel != channel:
            last[row.channel] = max(row.counted_at, last.get(row.channel, row.counted_at))
    return sorted(last.values())[: len(last) - limit + 1]


RowTest = Callable[[Slot], bool]


def rows_between(rows: Collection[Slot], low: int, high: int, test: RowTest | None) -> list[Slot]:
    """The rows counted in [low, high) that pass ``test``."""
    if test is None:
        return [row for row in rows if low <= row.counted_at < high]
    return [row for row in rows if low <= row.counted_at < high and test(row)]

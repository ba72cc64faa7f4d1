"""Local calendars in microseconds: where days, weeks and months begin in a zone.

Clocks change: a local time that does not exist stands for the next valid instant, and one that occurs twice
has a first and a second occurrence; who asks says which is meant.
"""

import enum
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tidegate.delivery.policy.model import CalendarUnit
from tidegate.runtime.clock import from_micros, micros

FOREVER = 1 << 62
"""Later than every instant."""

DAY = 86_400_000_000
"""Microseconds of a day without a change of clocks."""

_SECOND = 1_000_000
FIRST, LAST = micros(datetime(2, 1, 1, tzinfo=UTC)), micros(datetime(9999, 1, 1, tzinfo=UTC))
"""What calendars can work out, in all zones; rules "for ever" ask for instants beyond."""


class Occurrence(enum.Enum):
    """Which of two instants a local time means that occurs twice."""

    FIRST = 0
    SECOND = 1


def local_instant(zone: ZoneInfo, local: datetime, which: Occurrence = Occurrence.FIRST) -> int:
    """The instant, in microseconds, at which clocks in ``zone`` show ``local`` (naive).

    A local time that does not exist gives the next valid instant, which is that of the change of clocks.
    """
    first = _as_utc(zone, local, fold=0)
    second = _as_utc(zone, local, fold=1)
    if second < first:  # PEP 495: in a gap the two readings stand in the other order
        return _change_between(zone, second, first)
    return second if which is Occurrence.SECOND else first


def local_date(zone: ZoneInfo, instant: int) -> date:
    """The date that calendars in ``zone`` show at ``instant`` (microseconds)."""
    return from_micros(instant).astimezone(zone).date()


def first_day(unit: CalendarUnit, day: date) -> date:
    """The first day of the period that ``day`` lies in; weeks begin on Monday."""
    if unit is CalendarUnit.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit is CalendarUnit.MONTH else day


def following(unit: CalendarUnit, first: date) -> date:
    """The first day of the period after the one that begins on ``first``."""
    if unit is CalendarUnit.MONTH:
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if unit is CalendarUnit.WEEK else 1)


class Calendar:
    """The periods of one unit in one zone; the last one is kept, since batches ask for one instant."""

    __slots__ = ("_current", "_unit", "_zone")

    def __init__(self, unit: CalendarUnit, zone: ZoneInfo) -> None:
        self._unit = unit
        self._zone = zone
        self._current = (0, 0)

    def period(self, instant: int) -> tuple[int, int]:
        """The half-open period [start, end) that ``instant`` lies in, all in microseconds."""
        current = self._current
        if current[0] <= instant < current[1]:
            return current
        self._current = found = self._find(instant)
        return found

    def _find(self, instant: int) -> tuple[int, int]:
        if not FIRST <= instant < LAST:  # one period each, before and behind
            return (-FOREVER, FIRST) if instant < FIRST else (LAST, FOREVER)
        first = first_day(self._unit, local_date(self._zone, instant))
        start, end = self._bounds(first)
        if instant < end:
            return start, end
        return self._bounds(following(self._unit, first))  # clocks went back over midnight: it began already

    def _bounds(self, first: date) -> tuple[int, int]:
        return self._midnight(first), self._midnight(following(self._unit, first))

    def _midnight(self, day: date) -> int:
        return local_instant(self._zone, datetime.combine(day, time.min))


def _as_utc(zone: ZoneInfo, local: datetime, *, fold: int) -> int:
    return micros(local.replace(tzinfo=zone, fold=fold).astimezone(UTC))


def _change_between(zone: ZoneInfo, before: int, after: int) -> int:
    """The one change of clocks in (before, after]: it is at a full second, so halving finds it."""
    before, after = before // _SECOND * _SECOND, -(-after // _SECOND) * _SECOND
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, instant: int) -> timedelta | None:
    return from_micros(instant).astimezone(zone).utcoffset()

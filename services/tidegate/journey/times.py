"""Pure: instants on a customer's wall clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tidegate.journey.canvas import LocalTimeWait

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def next_local_time(wait: LocalTimeWait, entered: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at or after ``entered`` at which a clock in ``zone`` shows the time that is waited for.

    A time that the zone leaves out that day becomes the first instant that exists after it; of a time that
    occurs twice, the first is taken.
    """
    day = entered.astimezone(zone).date() + timedelta(days=wait.after_days)
    while True:
        if not wait.weekdays or day.isoweekday() in wait.weekdays:
            instant = at_local(datetime.combine(day, time(wait.hour, wait.minute)), zone)
            if instant >= entered:
                return instant
        day += timedelta(days=1)


def at_local(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which a clock in ``zone`` shows ``wall`` or has just skipped it."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _jump(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which clocks in ``zone`` jump, which they do at whole seconds."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def shifted(instant: datetime, offset: timedelta) -> datetime:
    """``instant`` and so much later or earlier; the first or last there is where that would lie outside of time.

    People write "for ever" as a date near the end of the calendar.
    """
    try:
        return instant + offset
    except OverflowError:
        return _LAST if offset > timedelta(0) else _FIRST

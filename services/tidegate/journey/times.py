"""Pure: instants on a customer's wall clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tidegate.journey.canvas import LocalTimeWait

_LONGEST_GAP = timedelta(hours=26)


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
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    return _end_of_gap(instant - _LONGEST_GAP / 26, instant, zone, wall)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo, wall: datetime) -> datetime:
    """The instant at which the clock jumps past ``wall``, found by halving to the second."""
    while before.astimezone(zone).replace(tzinfo=None) >= wall:
        before -= timedelta(hours=1)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle in {before, after}:
            break
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)

"""Microseconds and protobuf's times."""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.runtime.errors import InvalidArgument, Violations

SECOND = 1_000_000
DAY = 86_400 * SECOND
NO_INSTANT = "is no instant of the years 1 to 9999; are these milliseconds, given as seconds?"
_EARLIEST, _LATEST = -62_135_596_800 + 43_200, 253_402_300_799 - 50_400  # years 1 to 9999, by the clocks of all zones


def timestamp(instant: int) -> Timestamp:
    """The protobuf form of an instant."""
    seconds, rest = divmod(instant, SECOND)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def set_timestamp(stamp: Timestamp, instant: int) -> None:
    """Sets a field of a message in its place, which saves a copy."""
    stamp.seconds, rest = divmod(instant, SECOND)
    stamp.nanos = rest * 1000


def timestamp_or_none(instant: int | None) -> Timestamp | None:
    """Like timestamp(); None stays None."""
    return None if instant is None else timestamp(instant)


def is_instant(stamp: Timestamp) -> bool:
    """Whether calendars can show it; what a caller gives may be anything."""
    return _EARLIEST <= stamp.seconds <= _LATEST and 0 <= stamp.nanos < 1_000_000_000


def instant(stamp: Timestamp) -> int:
    """The instant of a protobuf time; below microseconds is cut off. What a caller gives is checked before."""
    return stamp.seconds * SECOND + stamp.nanos // 1000


def given_instant(stamp: Timestamp, path: str) -> int:
    """The instant that a caller gives at ``path`` of its request. Raises InvalidArgument."""
    if not is_instant(stamp):
        raise InvalidArgument.at(path, NO_INSTANT)
    return instant(stamp)


def noted_instant(found: Violations, path: str, stamp: Timestamp) -> int:
    """Like given_instant(), for who collects what is wrong; 0 then."""
    if is_instant(stamp):
        return instant(stamp)
    found.add(path, NO_INSTANT)
    return 0


def duration(micros: int) -> Duration:
    """The protobuf form of a span."""
    seconds, rest = divmod(micros, SECOND)
    return Duration(seconds=seconds, nanos=rest * 1000)


def span(value: Duration) -> int:
    """The microseconds of a protobuf duration."""
    return value.seconds * SECOND + value.nanos // 1000

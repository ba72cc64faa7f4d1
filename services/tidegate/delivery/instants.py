"""Microseconds and protobuf's times."""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

SECOND = 1_000_000
DAY = 86_400 * SECOND


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


def instant(stamp: Timestamp) -> int:
    """The instant of a protobuf time; below microseconds is cut off."""
    return stamp.seconds * SECOND + stamp.nanos // 1000


def duration(micros: int) -> Duration:
    """The protobuf form of a span."""
    seconds, rest = divmod(micros, SECOND)
    return Duration(seconds=seconds, nanos=rest * 1000)


def span(value: Duration) -> int:
    """The microseconds of a protobuf duration."""
    return value.seconds * SECOND + value.nanos // 1000

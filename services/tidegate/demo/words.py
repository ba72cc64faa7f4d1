"""Small words of the contracts, made from Python's."""

from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import Value


def timestamp(instant: datetime) -> Timestamp:
    """An aware instant as the contracts have it."""
    stamp = Timestamp()
    stamp.FromDatetime(instant)
    return stamp


def duration(delta: timedelta) -> Duration:
    """A span of time as the contracts have it."""
    span = Duration()
    span.FromTimedelta(delta)
    return span


def text(value: str) -> Value:
    """A text as a typed value."""
    return Value(string_value=value)


def whole(value: int) -> Value:
    """A whole number as a typed value."""
    return Value(int_value=value)

"""Values, instants, and lengths of time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1 import common_pb2
from tidegate.runtime.clock import from_micros, micros
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.model.rule import Scalar

_EARLIEST, _LATEST = -62_135_596_800 + 43_200, 253_402_300_799 - 50_400  # years 1 to 9999, by the clocks of all zones
_NANOSECONDS = 1_000_000_000


def read_value(value: common_pb2.Value, path: str = "value") -> Scalar | None:
    """The value; None when it has no kind. Raises InvalidArgument for an instant that is none."""
    match value.WhichOneof("kind"):
        case None:
            return None
        case "timestamp_value":
            return read_instant(value.timestamp_value, f"{path}.timestamp_value")
        case "list_value":
            return tuple(value.list_value.values)
        case kind:
            scalar: Scalar = getattr(value, kind)
            return scalar


def read_values(values: Mapping[str, common_pb2.Value]) -> dict[str, Scalar]:
    """Values by name; those without a kind are left out."""
    return {name: value for name in values if (value := read_value(values[name])) is not None}


def read_micros(instant: Timestamp) -> int:
    """The instant in microseconds."""
    return instant.seconds * 1_000_000 + instant.nanos // 1_000


def read_instant(instant: Timestamp, path: str) -> datetime:
    """The aware UTC instant. Raises InvalidArgument for what no calendar can show."""
    if not (_EARLIEST <= instant.seconds <= _LATEST and 0 <= instant.nanos < _NANOSECONDS):
        raise InvalidArgument.at(path, "is no instant of the years 1 to 9999; are these milliseconds, as seconds?")
    return from_micros(read_micros(instant))


def write_instant(instant: datetime) -> Timestamp:
    """The instant as the contract has it."""
    return write_micros(micros(instant))


def write_micros(instant: int) -> Timestamp:
    """The instant, given in microseconds, as the contract has it."""
    seconds, rest = divmod(instant, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)


def write_optional(instant: datetime | None) -> Timestamp | None:
    """The instant, absent for None."""
    return None if instant is None else write_instant(instant)


def read_length(length: Duration) -> int:
    """A length of time in microseconds."""
    return length.ToMicroseconds()


def write_length(length: int) -> Duration:
    """A length of time of so many microseconds."""
    message = Duration()
    message.FromMicroseconds(length)
    return message


def read_seconds(length: Duration, *, most: float) -> float:
    """Seconds to wait, at least 0 and at most ``most``."""
    return min(max(length.ToMicroseconds() / 1e6, 0.0), most)


def read_delta(length: Duration, path: str) -> timedelta:
    """A length of time. Raises InvalidArgument for one beyond all calendars."""
    try:
        return timedelta(microseconds=length.ToMicroseconds())
    except OverflowError as error:
        raise InvalidArgument.at(path, "is too long") from error

"""Values on the wire and inside: common.v1.Value ↔ plain Python, and their stored text."""

import json
import math

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import StringList, Value
from tidegate.identity.attributes import LONGEST_LIST, LONGEST_LIST_TEXT, LONGEST_TEXT
from tidegate.identity.entity import Typed
from tidegate.identity.model import NUL, AttributeDefinition, AttributeType, Scalar

_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


_MICROSECONDS = 1_000_000
_NANOSECONDS = 1_000_000_000
_EARLIEST, _LATEST = -62_135_596_800 + 43_200, 253_402_300_799 - 50_400  # years 1 to 9999, by the clocks of all zones


class MalformedValue(ValueError):
    """The value is too long, not a number, or no instant; the text says what is allowed."""


def instant(time: Timestamp) -> int:
    """Microseconds since the epoch. Raises MalformedValue for what no calendar can show."""
    if not (_EARLIEST <= time.seconds <= _LATEST and 0 <= time.nanos < _NANOSECONDS):
        raise MalformedValue("is no instant of the years 1 to 9999; are these milliseconds, given as seconds?")
    return time.seconds * _MICROSECONDS + time.nanos // 1000


def put_instant(message: Timestamp, time: int) -> None:
    """Fills in ``message``; ``time`` is in microseconds since the epoch."""
    message.seconds, microseconds = divmod(time, _MICROSECONDS)
    message.nanos = microseconds * 1000


def check(value: Value) -> None:
    """Refuses what common.v1.Value forbids. Raises MalformedValue."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        if len(value.string_value) > LONGEST_TEXT:
            raise MalformedValue(f"has {len(value.string_value)} characters; the limit is {LONGEST_TEXT}")
        _check_text(value.string_value)
    elif kind == "double_value":
        if not math.isfinite(value.double_value):
            raise MalformedValue("must be a finite number")
    elif kind == "list_value":
        _check_list(value.list_value)
    elif kind == "timestamp_value":
        instant(value.timestamp_value)


def scalar(value: Value) -> Scalar:
    """``value`` as plain Python; timestamps become microseconds since the epoch."""
    kind = value.WhichOneof("kind")
    if kind is None:
        return None
    if kind == "timestamp_value":
        return instant(value.timestamp_value)
    if kind == "list_value":
        return tuple(value.list_value.values)
    plain: Scalar = getattr(value, kind)
    return plain


def kind_fits(definition: AttributeDefinition, value: Value) -> bool:
    """Whether an instant is given where one is due: inside, it looks like a whole number."""
    kind = value.WhichOneof("kind")
    return kind is None or (kind == "timestamp_value") == (definition.type is AttributeType.TIMESTAMP)


def value_of(definition: AttributeDefinition | None, plain: Scalar) -> Value:
    """``plain``, a value of an attribute so defined, on the wire."""
    value = Value()
    put_value(value, definition, plain)
    return value


def put_value(message: Value, definition: AttributeDefinition | None, plain: Scalar) -> None:
    """Fills in ``message`` with the same."""
    if plain is None:
        return
    if isinstance(plain, bool):
        message.bool_value = plain
    elif isinstance(plain, str):
        message.string_value = plain
    elif isinstance(plain, tuple):
        message.list_value.CopyFrom(StringList(values=plain))
    elif isinstance(plain, float):
        message.double_value = plain
    elif definition is not None and definition.type is AttributeType.TIMESTAMP:
        message.timestamp_value.FromMicroseconds(plain)
    else:
        message.int_value = plain


def typed(value: Value) -> Typed | None:
    """``value`` with its type, for what has no definition; None when it has no kind."""
    kind = value.WhichOneof("kind")
    return None if kind is None else Typed(kind, scalar(value))


def put_typed(message: Value, given: Typed) -> Value:
    """``message``, filled in."""
    if given.kind == "timestamp_value":
        message.timestamp_value.FromMicroseconds(given.plain)
    elif isinstance(given.plain, tuple):
        message.list_value.CopyFrom(StringList(values=given.plain))
    else:
        setattr(message, given.kind, given.plain)
    return message


def typed_to_text(given: Typed) -> str:
    """The stored text of a value with its type."""
    return _ENCODE(given)


def typed_from_text(text: str) -> Typed:
    """The value of a stored text, with its type."""
    kind, plain = json.loads(text)
    return Typed(kind, tuple(plain) if isinstance(plain, list) else plain)


def to_text(plain: Scalar) -> str:
    """The stored text of a value; equal values have equal texts."""
    return _ENCODE(plain)


def from_text(text: str) -> Scalar:
    """The value of a stored text."""
    plain = json.loads(text)
    return tuple(plain) if isinstance(plain, list) else plain


def _check_list(texts: StringList) -> None:
    if len(texts.values) > LONGEST_LIST:
        raise MalformedValue(f"has {len(texts.values)} texts; the limit is {LONGEST_LIST}")
    if any(len(text) > LONGEST_LIST_TEXT for text in texts.values):
        raise MalformedValue(f"has a text longer than {LONGEST_LIST_TEXT} characters")
    for text in texts.values:
        _check_text(text)


def _check_text(text: str) -> None:
    if NUL in text:
        raise MalformedValue("must not contain the character NUL")

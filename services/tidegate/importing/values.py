"""Pure: the text of a column as a typed value."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import StringList, Value
from tidegate.api.identity.v1 import consents_pb2
from tidegate.importing.mapping import Kind, TimePlace, ValuePlace
from tidegate.runtime.clock import micros

ValueParser = Callable[[Any], Value]
TimeReader = Callable[[Any], Timestamp]

_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
_INT64 = range(-(2**63), 2**63)
_LONGEST = 18  # the exponent of the largest number of 64 bits: 1e999999999 must not be written out
_UNIX = {"unix": 1, "unix_ms": 1000}


def value_parser(place: ValuePlace, zone: ZoneInfo) -> ValueParser:
    """What reads a column that is mapped by ``place``. It raises ValueError, saying what would be right."""
    if place.type is Kind.TIMESTAMP:
        read = time_reader(place, zone)
        return lambda raw: Value(timestamp_value=read(raw))
    if place.type is Kind.MONEY:
        return lambda raw: Value(int_value=_smallest_units(text_of(raw), place.digits))
    return _PARSERS[place.type]


def time_reader(place: TimePlace, zone: ZoneInfo) -> TimeReader:
    """What reads a time; ``zone`` is for those that name none. The newest 4,096 texts are remembered."""

    @lru_cache(maxsize=4096)
    def read(text: str) -> Timestamp:
        return _timestamp(_instant(text, place.format, zone))

    return lambda raw: read(text_of(raw))


def text_of(raw: Any) -> str:
    """The text of a column; numbers of a JSON file as JSON writes them."""
    if isinstance(raw, str):
        return _encodable(raw.strip())
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return str(raw)
    raise ValueError("is a list or an object; name a column that holds a single value")


def texts_of(raw: Any) -> list[str]:
    """The texts of a column that may hold several: a list in JSON, divided by semicolons in a text."""
    parts = [text_of(each) for each in raw] if isinstance(raw, list) else text_of(raw).split(";")
    return [text for part in parts if (text := part.strip())]


def whole_number_of(raw: Any) -> int:
    """A whole number of 64 bits."""
    text = text_of(raw)
    whole = _whole(text)
    if whole is None:
        raise ValueError(f"{_shown(text)} is not a whole number of 64 bits")
    return whole


def truth_of(raw: Any) -> bool:
    """Whether a column says yes."""
    text = text_of(raw).lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(f"{_shown(text)} is neither true nor false; write true, yes, 1, false, no, or 0")
    return text in _TRUE


def decision_of(raw: Any) -> consents_pb2.Decision:
    """What a person decided."""
    text = text_of(raw).lower()
    if text in _TRUE | {"granted"}:
        return consents_pb2.DECISION_GRANTED
    if text in _FALSE | {"denied"}:
        return consents_pb2.DECISION_DENIED
    raise ValueError(f"{_shown(text)} is no decision; write granted, yes, true, 1, denied, no, false, or 0")


def _encodable(text: str) -> str:
    """JSON can spell half a character."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{_shown(text)} is no valid text") from error
    return text


def _instant(text: str, format_: str, zone: ZoneInfo) -> datetime:
    """A local time that occurs twice is its first occurrence."""
    try:
        if format_ in _UNIX:
            return datetime.fromtimestamp(float(Decimal(text) / _UNIX[format_]), UTC)
        read = datetime.fromisoformat(text) if format_ == "iso" else datetime.strptime(text, format_)  # noqa: DTZ007
    except (ValueError, InvalidOperation, OverflowError, OSError) as error:
        expected = "an ISO 8601 time" if format_ == "iso" else f"a time written as {format_}"
        raise ValueError(f"{_shown(text)} is not {expected}") from error
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _timestamp(instant: datetime) -> Timestamp:
    try:
        seconds, remainder = divmod(micros(instant), 1_000_000)
    except OverflowError as error:
        raise ValueError(f"{instant.isoformat()} is out of range") from error
    return Timestamp(seconds=seconds, nanos=remainder * 1000)


def _string(raw: Any) -> Value:
    return Value(string_value=text_of(raw))


def _int(raw: Any) -> Value:
    return Value(int_value=whole_number_of(raw))


def _float(raw: Any) -> Value:
    text = text_of(raw)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{_shown(text)} is not a number")
    return Value(double_value=number)


def _smallest_units(text: str, digits: int) -> int:
    """Exact: 11.77 with two digits is 1177, and 11.775 is refused."""
    whole = _whole(text, digits)
    if whole is None:
        raise ValueError(f"{_shown(text)} is not an amount with at most {digits} decimal digits")
    return whole


def _whole(text: str, shift: int = 0) -> int | None:
    """``text`` times 10 ** ``shift`` when that is a whole number of 64 bits."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > _LONGEST:
        return None
    shifted = number.scaleb(shift)
    whole = int(shifted)
    return whole if whole == shifted and whole in _INT64 else None


def _bool(raw: Any) -> Value:
    return Value(bool_value=truth_of(raw))


def _auto(raw: Any) -> Value:
    """Text stays text; a JSON value keeps its type."""
    if isinstance(raw, bool):
        return Value(bool_value=raw)
    if isinstance(raw, int):
        return _int(raw)
    if isinstance(raw, float):
        return _float(raw)
    if isinstance(raw, list):
        return Value(list_value=StringList(values=[text_of(each) for each in raw]))
    return _string(raw)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


_PARSERS: dict[Kind, ValueParser] = {
    Kind.AUTO: _auto,
    Kind.STRING: _string,
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: _bool,
}

"""Variables on the wire, stored (as JSON; an instant is `{"timestamp": µs}`), and as templates get them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from tidegate.api.common.v1 import common_pb2
from tidegate.delivery.instants import instant, is_instant, timestamp
from tidegate.delivery.links.addresses import is_web_address
from tidegate.delivery.links.marks import without_marks
from tidegate.delivery.templates.model import Variable, VariableType
from tidegate.runtime.clock import from_micros

_TIMESTAMP = "timestamp"


def to_json(value: common_pb2.Value) -> Any:
    """The stored form of a value; None for null."""
    match value.WhichOneof("kind"):
        case None:
            return None
        case "timestamp_value":
            return {_TIMESTAMP: instant(value.timestamp_value)}
        case "list_value":
            return list(value.list_value.values)
        case kind:
            return getattr(value, kind)


def from_json(stored: Any) -> common_pb2.Value:
    """The value on the wire of what to_json() gave."""
    match stored:
        case None:
            return common_pb2.Value()
        case bool():
            return common_pb2.Value(bool_value=stored)
        case int():
            return common_pb2.Value(int_value=stored)
        case float():
            return common_pb2.Value(double_value=stored)
        case str():
            return common_pb2.Value(string_value=stored)
        case list():
            return common_pb2.Value(list_value=common_pb2.StringList(values=stored))
    return common_pb2.Value(timestamp_value=timestamp(stored[_TIMESTAMP]))


def rendered_form(stored: Any, zone: tzinfo) -> Any:
    """What a template is given: texts without marks, instants as datetimes in ``zone``."""
    if isinstance(stored, str):
        return without_marks(stored)
    if isinstance(stored, dict):
        return _datetime(stored[_TIMESTAMP], zone)
    if isinstance(stored, list):
        return [without_marks(text) for text in stored]
    return stored


def variable_problems(variables: Mapping[str, Variable], given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the stored values that a caller gives: (the variable, what would be right)."""
    for name in given:
        if name not in variables:
            known = ", ".join(sorted(variables)) or "none"
            yield name, f"the template declares no such variable; it declares {known}"
    for name, variable in variables.items():
        value = given.get(name)
        if value is None:
            if variable.default is None:
                yield name, "must be given: the template has no default for it"
        elif (problem := _problem(variable, value)) is not None:
            yield name, problem


def _problem(variable: Variable, value: Any) -> str | None:
    if variable.type is VariableType.TEXT:
        return _text_problem(variable, value)
    fits, problem = _TYPES[variable.type]
    return None if fits(value) else problem


def _text_problem(variable: Variable, value: Any) -> str | None:
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if not isinstance(text, str | int | float):
            return "must be a text"
        if len(str(text)) > variable.max_length:
            return f"is longer than {variable.max_length} characters; shorten it"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and is_web_address(value)


def _is_timestamp(value: Any) -> bool:
    return isinstance(value, dict) and is_instant(timestamp(value[_TIMESTAMP]))


_TYPES: Mapping[VariableType, tuple[Callable[[Any], bool], str]] = {
    VariableType.NUMBER: (_is_number, "must be a number"),
    VariableType.BOOL: (lambda value: isinstance(value, bool), "must be true or false"),
    VariableType.TIMESTAMP: (_is_timestamp, "must be an instant (timestamp_value) of the years 1 to 9999"),
    VariableType.URL: (_is_url, "must be an absolute http or https address"),
}


def _datetime(micros: int, zone: tzinfo) -> datetime:
    return from_micros(micros).astimezone(zone)

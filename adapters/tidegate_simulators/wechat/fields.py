"""What a field of a message may hold, by the type that its name begins with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

Check = Callable[[str], object]
"""Something true for a value that may be sent."""

_NAME: Final = re.compile(r"([a-z_]+?)(\d+)")
_CHINESE: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CLOCK: Final = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DAY: Final = r"(\d{4})(?:年(\d{1,2})月(\d{1,2})日|-(\d{1,2})-(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|/(\d{1,2})/(\d{1,2}))"
_TIME: Final = re.compile(rf"(?:{_DAY} ?)?{_CLOCK}")
_DATE: Final = re.compile(rf"{_DAY}(?: ?{_CLOCK})?")
_CLOCK_ALONE: Final = re.compile(_CLOCK)


def _matches(pattern: str) -> Check:
    return re.compile(pattern).fullmatch


def _number(value: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", value) is not None and sum(map(str.isdigit, value)) <= 32


def _symbols(value: str) -> bool:
    return len(value) <= 5 and all(unicodedata.category(sign)[0] in "PS" for sign in value)


def _name(value: str) -> bool:
    if any(unicodedata.category(sign)[0] == "N" for sign in value):
        return False
    return len(value) <= (20 if value.isascii() else 10)


def _time(value: str) -> bool:
    """One time, or two with `~` between, of which the second may go without a date."""
    first, _, second = value.partition("~")
    return _is(_TIME, first) and ("~" not in value or _is(_TIME, second))


def _date(value: str) -> bool:
    """One day with or without a time, or two with `~` between, of which the second may be a time alone."""
    first, _, second = value.partition("~")
    return _is(_DATE, first) and ("~" not in value or _is(_DATE, second) or _is(_CLOCK_ALONE, second))


def _is(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.fullmatch(text.strip(" "))
    return found is not None and _exists([int(part) for part in found.groups() if part])


def _exists(parts: list[int]) -> bool:
    if not parts:
        return True
    try:
        date(parts[0], parts[1], parts[2])
    except ValueError:
        return False
    return True


CHECKS: Final[Mapping[str, Check]] = {
    "thing": lambda value: len(value) <= 20,
    "number": _number,
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": _symbols,
    "character_string": _matches(r"[ -~]{1,32}"),
    "phrase": _matches(rf"[{_CHINESE}]{{1,5}}"),
    "time": _time,
    "date": _date,
    "amount": _matches(r"[¥￥$€£₩]?\d{1,10}(?:\.\d+)?元?"),
    "phone_number": _matches(r"[0-9+\-()*# ]{1,17}"),
    "car_number": _matches(rf"(?=.{{2,8}}$)[A-Za-z0-9{_CHINESE}][A-Za-z0-9]*[A-Za-z0-9{_CHINESE}]"),
    "name": _name,
}
"""By type; `enum` is by its template."""


def type_of(name: str) -> str:
    """The type that a field's name such as `thing01` begins with; "" if it is none of the types."""
    found = _NAME.fullmatch(name)
    return found[1] if found and (found[1] in CHECKS or found[1] == "enum") else ""


class Template:
    """A template that an account has.

    Args:
        fields: Names of its fields, all of which a message gives.
        lasting: Whether it may be sent as long as nobody refuses it, rather than once for each grant.
        choices: The values that a field of type `enum` may have.
    """

    def __init__(
        self, fields: Iterable[str], *, lasting: bool = False, choices: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.fields = tuple(fields)
        self.lasting = lasting
        self._checks = [(name, _check_of(name, choices or {})) for name in self.fields]

    def fault(self, data: object) -> str:
        """What is wrong with a message's data, in the provider's words; "" = nothing."""
        values = data if isinstance(data, dict) else {}
        for name, check in self._checks:
            value = values.get(name)
            text = value.get("value") if isinstance(value, dict) else None
            if text is None or text == "":
                return f"argument invalid! data.{name}.value is empty"
            if not isinstance(text, str) or _has_controls(text) or not check(text):
                return f"argument invalid! data.{name}.value invalid"
        return ""


def _check_of(name: str, choices: Mapping[str, tuple[str, ...]]) -> Check:
    kind = type_of(name)
    if not kind:
        raise ValueError(f"{name} is no type and number, such as thing1")
    if kind != "enum":
        return CHECKS[kind]
    if not choices.get(name):
        raise ValueError(f"name the values of {name} in choices")
    return choices[name].__contains__


def _has_controls(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(sign) == "Cc" for sign in text)

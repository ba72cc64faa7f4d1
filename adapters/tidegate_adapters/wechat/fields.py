"""What the fields of WeChat's templates may hold, by type: checked before the call, as the provider does in it.

A field's name is its type and a number, such as `thing1`. Values are counted in characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

_NAME: Final = re.compile(r"([a-z_]+)[0-9]{1,3}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CHINESE: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇"
_CLOCK: Final = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DAY: Final = (
    r"\d{4}(?:年(?:0?[1-9]|1[0-2])月(?:0?[1-9]|[12]\d|3[01])日"
    r"|(?P<mark>[-./])(?:0?[1-9]|1[0-2])(?P=mark)(?:0?[1-9]|[12]\d|3[01]))"
)
_ANY_DAY: Final = _DAY.replace("(?P<mark>[-./])", "[-./]").replace("(?P=mark)", "[-./]")
_TO: Final = r"\s*~\s*"
_DATE: Final = rf"{_ANY_DAY}(?:\s*{_CLOCK})?"
_TIME: Final = rf"(?:{_ANY_DAY}\s*)?{_CLOCK}"
_CURRENCY: Final = r"[\u0024\u00a2-\u00a5\u20a0-\u20cf\uffe0\uffe1\uffe5\uffe6]"


def problem(name: str, value: str, *, others_allowed: bool = False) -> str:
    """Why a field can't hold a value, naming the field and not the value; "" when it can.

    Args:
        name: The field's.
        value: What it is to hold.
        others_allowed: Whether there may be fields whose names are no types: those of templates of old.
    """
    if not value.strip():
        return f"{name} is empty; give its variable a value"
    if _CONTROL.search(value):
        return f"{name} holds a line break or another control character"
    rule = _RULES.get(_type_of(name))
    if rule is None:
        return "" if others_allowed else f"{name} is no field of a template; its types are {', '.join(_RULES)}"
    holds, words = rule
    return "" if holds(value) else f"{name} takes {words}"


def is_field(name: str) -> bool:
    """Whether it names a field: a known type and a number."""
    return _type_of(name) in _RULES


@lru_cache(maxsize=256)
def _type_of(name: str) -> str:
    """The type that a field's name begins with; "" where it isn't followed by a number alone."""
    named = _NAME.fullmatch(name)
    return named[1] if named else ""


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _is_number(value: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9]+(?:\.[0-9]+)?", value) is not None and sum(map(str.isdigit, value)) <= 32


def _is_symbol(value: str) -> bool:
    return len(value) <= 5 and not any(character.isalnum() for character in value)


def _is_character_string(value: str) -> bool:
    return len(value) <= 32 and not any(character.isalpha() and not character.isascii() for character in value)


def _is_phone_number(value: str) -> bool:
    return len(value) <= 17 and not any(character.isalpha() for character in value)


def _is_name(value: str) -> bool:
    return len(value) <= (20 if value.isascii() else 10) and not any(map(str.isdigit, value))


_RULES: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "thing": (lambda value: len(value) <= 20, "at most 20 characters"),
    "number": (_is_number, "at most 32 digits, with decimals"),
    "letter": (_like(r"[A-Za-z]{1,32}"), "at most 32 letters"),
    "symbol": (_is_symbol, "at most 5 symbols"),
    "character_string": (_is_character_string, "at most 32 digits, letters and symbols, and no Chinese"),
    "time": (_like(rf"{_TIME}(?:{_TO}{_TIME})?"), "a time such as 15:01, a day before it, a range with ~"),
    "date": (
        _like(rf"{_DATE}(?:{_TO}{_DATE})?"),
        "a day such as 2026年1月2日 or 2026-01-02, a time after it, a range with ~",
    ),
    "amount": (
        _like(rf"{_CURRENCY}?[0-9]{{1,10}}(?:\.[0-9]+)?元?"),
        "a currency sign, at most 10 digits, decimals, 元",
    ),
    "phone_number": (_is_phone_number, "at most 17 digits and symbols"),
    "car_number": (
        _like(rf"[A-Za-z0-9{_CHINESE}](?:[A-Za-z0-9]{{0,6}}[A-Za-z0-9{_CHINESE}])?"),
        "at most 8 characters",
    ),
    "name": (_is_name, "at most 10 Chinese characters, or 20 letters"),
    "phrase": (_like(rf"[{_CHINESE}]{{1,5}}"), "at most 5 Chinese characters and nothing else"),
    "enum": (lambda value: True, "one of its values"),
}
"""By type: what a value must be, and that in words."""

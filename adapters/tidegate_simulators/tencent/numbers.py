"""Numbers as the cloud reads and writes them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers

_AT_HOME: Final = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")
_ABROAD: Final = re.compile(r"\+(?!86)[1-9]\d{6,14}")
_UNKNOWN: Final = "DEF"


def e164(text: str) -> str:
    """The number in E.164; "" = it is none."""
    found = _AT_HOME.fullmatch(text)
    if found:
        return f"+86{found[1]}"
    return text if _ABROAD.fullmatch(text) else ""


def is_at_home(number: str) -> bool:
    """Whether a number in E.164 is one of the mainland."""
    return number.startswith("+86")


def country(number: str) -> tuple[str, str]:
    """Calling code and ISO code of a number in E.164, such as 86 and CN."""
    return ("86", "CN") if is_at_home(number) else _country_abroad(number)


@lru_cache(maxsize=10_000)
def _country_abroad(number: str) -> tuple[str, str]:
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number[1:2], _UNKNOWN
    return str(read.country_code), phonenumbers.region_code_for_number(read) or _UNKNOWN

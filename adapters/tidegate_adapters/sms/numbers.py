"""Numbers: E.164 as messages have them, and the forms that providers in China use."""

from __future__ import annotations

import re
from typing import Final

CHINA: Final = "+86"
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_NATIONAL: Final = re.compile(r"(?:\+86|0086|86)?(1[0-9]{10})")
_NUMBERS: Final = re.compile(r"\+?[0-9]{7,}")


def is_number(address: str) -> bool:
    """Whether it is a number in E.164, such as +8613800138000."""
    return _E164.fullmatch(address) is not None


def is_domestic(address: str) -> bool:
    """Whether an E.164 number is one of mainland China."""
    return address.startswith(CHINA)


def national(address: str) -> str:
    """A mainland number without its country code; any other with it, and without the plus."""
    return address.removeprefix(CHINA) if is_domestic(address) else address.removeprefix("+")


def from_national(number: str) -> str:
    """The E.164 form of what a provider of mainland numbers calls a number; "" when it is none."""
    found = _NATIONAL.fullmatch(number)
    if found:
        return CHINA + found[1]
    digits = number.removeprefix("+").removeprefix("00")
    return f"+{digits}" if is_number(f"+{digits}") else ""


def redacted(text: str) -> str:
    """A provider's words without the numbers that it may repeat."""
    return _NUMBERS.sub("<…>", text)

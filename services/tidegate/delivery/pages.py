"""Pages of lists (AIP-158): a token names the last key of the page before."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from tidegate.runtime.errors import InvalidArgument

T = TypeVar("T")

DEFAULT = 100
MOST = 1000
_BETWEEN = "/"
_DIGITS = re.compile(r"-?[0-9]{1,18}")
_UNKNOWN = "is no token of an earlier answer; begin without one"


def page_size(asked: int) -> int:
    """The size that is used: 100 when none is asked for; past 1,000 it is lowered to that."""
    if asked < 0:
        raise InvalidArgument.at("page_size", "is negative; leave it out for 100, or ask for up to 1,000")
    return min(asked or DEFAULT, MOST)


def page_key(token: str) -> str:
    """The key after which the page begins; empty for the first."""
    try:
        key = base64.b64decode(token.encode(), b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise InvalidArgument.at("page_token", _UNKNOWN) from error
    if "\0" in key:  # which no database takes
        raise InvalidArgument.at("page_token", _UNKNOWN)
    return key


def page_place(token: str) -> tuple[int, str] | None:
    """The (time, id) after which the page begins; None for the first."""
    time, _, identity = page_key(token).partition(_BETWEEN)
    if not token:
        return None
    if not _DIGITS.fullmatch(time):
        raise InvalidArgument.at("page_token", _UNKNOWN)
    return int(time), identity


def place_key(time: int, identity: str) -> str:
    """The key of a place for page_of()."""
    return f"{time}{_BETWEEN}{identity}"


def page_of(found: Sequence[T], size: int, key: Callable[[T], str]) -> tuple[Sequence[T], str]:
    """The page and the next one's token, where ``found`` is what a query for one more than ``size`` gave."""
    if len(found) <= size:
        return found, ""
    page = found[:size]
    return page, base64.urlsafe_b64encode(key(page[-1]).encode()).decode()

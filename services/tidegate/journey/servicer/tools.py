"""What the calls work with: the operations, and how pages and fields are read."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tidegate.journey.drafts import Drafts
from tidegate.journey.enrolling import Enrolling
from tidegate.journey.exiting import Exits
from tidegate.journey.exporting import Exporting
from tidegate.journey.lifecycle import Lifecycle
from tidegate.journey.reading import Reading
from tidegate.runtime.errors import InvalidArgument, Violations
from tidegate.runtime.feed import Feed

T = TypeVar("T")
_PAGE = 100
_MOST = 1000
_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Tools:
    """The operations."""

    drafts: Drafts
    lifecycle: Lifecycle
    enrolling: Enrolling
    exits: Exits
    reading: Reading
    exporting: Exporting
    feed: Feed


def page_size(asked: int) -> int:
    """100 when none is asked for; past 1,000 it is lowered to that."""
    if asked < 0:
        raise InvalidArgument.at("page_size", "is negative; leave it out for 100, or ask for up to 1,000")
    return min(asked or _PAGE, _MOST)


def page_key(token: str) -> str:
    """What the page before ended with; empty for the first page."""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeError) as error:
        raise InvalidArgument.at("page_token", "is no token of an earlier page; begin without one") from error


def page(found: Sequence[T], size: int, key: Callable[[T], str]) -> tuple[Sequence[T], str]:
    """The page, and the next one's token, of what was found when one more than ``size`` was asked for."""
    if len(found) <= size:
        return found, ""
    return found[:size], base64.urlsafe_b64encode(key(found[size - 1]).encode()).decode()


def check_id(violations: Violations, path: str, value: str) -> None:
    """Notes an id that a caller may not choose."""
    if not _ID.fullmatch(value):
        violations.add(path, "begin with a letter; a-z, 0-9, ., _ and -, at most 63 characters")


def check_length(violations: Violations, path: str, value: str, *, most: int) -> None:
    """Notes a text that is too long."""
    if len(value) > most:
        violations.add(path, f"has {len(value):,} characters; at most {most:,} are allowed")


def check_batch(violations: Violations, path: str, count: int) -> None:
    """Notes a batch that is empty or too large."""
    if not 1 <= count <= _MOST:
        violations.add(path, f"holds {count:,} items; from 1 to {_MOST:,} are allowed")


def required(path: str, value: str) -> str:
    """The value, unless it is empty."""
    if not value:
        raise InvalidArgument.at(path, "is required")
    return value

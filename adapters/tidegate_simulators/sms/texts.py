"""Texts of short messages, and times as the Chinese clouds write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

REFUSALS: Final = frozenset({"R", "T", "TD", "N"})
"""What a customer answers who wants no more, in capitals."""

_TWICE: Final = "|^{}[]~\\"
_TOP_LEVELS: Final = "com|cn|net|org|io|cc|top|vip|shop|xyz|info|biz|me|co|app|link|ltd|site|club|tv|hk|tw"
_ADDRESS: Final = re.compile(
    rf"https?://|www\.|(?:[a-z0-9-]+\.)+(?:{_TOP_LEVELS})\b|\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b", re.IGNORECASE
)


def now_utc() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def beijing_time(time: datetime) -> str:
    """Such as `2026-11-28 08:03:04`."""
    return f"{time.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def has_address(text: str) -> bool:
    """Whether a URL, a domain or an IP address stands in it, as far as that can be seen."""
    return _ADDRESS.search(text) is not None


def parts_of(text: str, *, abroad: bool = False) -> int:
    """How many messages a text is charged as, its signature included.

    At home 70 characters of any kind, 67 each when it is longer; abroad 160 and 153 where the text is ASCII, whose
    brackets and the like count twice, else 70 and 67 units of UTF-16.
    """
    alone, each, length = 70, 67, len(text)
    if abroad and text.isascii():
        alone, each, length = 160, 153, length + sum(map(text.count, _TWICE))
    elif abroad:
        length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= alone else -(-length // each)

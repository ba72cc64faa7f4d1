"""Texts of short messages, and times as the Chinese clouds write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

REFUSALS: Final = frozenset({"R", "T", "TD", "N"})
"""What a customer answers who wants no more, in capitals."""

_ESCAPE: Final = "\x1b"
_TWICE: Final = r"\f\^\{\}\\\[~\]\|€"
_GSM: Final = re.compile(rf"[{_TWICE}\n\r -Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ]*")
_HIGH: Final = 0xD8
"""The first byte, but for its two last bits, of the first of two units of UTF-16 that are one character."""
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

    At home 70 units of UTF-16, 67 in each when it is longer; abroad 160 and 153 septets where the text has only
    characters of GSM's alphabet (3GPP TS 23.038), else as at home. A character of two units, or of an escape and
    another septet, is not cut.
    """
    if abroad and _GSM.fullmatch(text):
        septets = re.sub(f"[{_TWICE}]", f"{_ESCAPE}x", text)
        return _messages([septet == _ESCAPE for septet in septets], 160, 153)
    first_bytes = text.encode("utf-16-be", "surrogatepass")[::2]
    return _messages([byte & 0xFC == _HIGH for byte in first_bytes], 70, 67)


def _messages(units: Sequence[bool], alone: int, each: int) -> int:
    """Into how many messages units go; one that is true begins a pair, and is not the last of a message."""
    if len(units) <= alone:
        return 1
    count = start = 0
    while start < len(units):
        count, end = count + 1, start + each
        start = end - (end < len(units) and units[end - 1])
    return count

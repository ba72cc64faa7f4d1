"""Addresses of ours that say which message they were made for: `bounce+<message id>-<code>@bounce.example.com`.

A bounce returns to one (VERP), and so does a mail by which a recipient unsubscribes. The code is made with the
account's key; what comes to an address with another code was not made by us, and tells nothing.
"""

from __future__ import annotations

import hmac
import re
from enum import StrEnum
from hashlib import blake2b, sha256
from typing import Final, NamedTuple

_CODE_BYTES: Final = 7
_FIT: Final = re.compile(r"[A-Za-z0-9.-]{1,36}")
LONGEST_LOCAL: Final = 12
"""Characters before the `+`, at most: with an id of 36 the part before the @ has 64 then (RFC 5321 4.5.3.1)."""


class Way(StrEnum):
    """Why something returns."""

    BOUNCE = "bounce"
    UNSUBSCRIBE = "unsubscribe"


class Returned(NamedTuple):
    """What an address says: why something returned to it, and of which message."""

    way: Way
    message_id: str


class ReturnPaths:
    """Makes and reads such addresses with one key; either of the two addresses may be ""."""

    def __init__(self, key: str, *, bounces: str, unsubscriptions: str) -> None:
        self._keyed = blake2b(key=sha256(key.encode()).digest(), digest_size=_CODE_BYTES)
        self._addresses = {Way.BOUNCE: bounces, Way.UNSUBSCRIBE: unsubscriptions}
        self._patterns = {way: _pattern(address) for way, address in self._addresses.items() if address}

    def address(self, way: Way, message_id: str) -> str:
        """The address for a message; the one of all messages where its id fits into none, "" where there is none."""
        local, at, domain = self._addresses[way].rpartition("@")
        if not at or not _FIT.fullmatch(message_id):
            return self._addresses[way]
        return f"{local}+{message_id}-{self._code(way, message_id)}@{domain}"

    def find(self, text: str) -> Returned | None:
        """What the first address of ours in ``text`` says; None where there is none."""
        for way, pattern in self._patterns.items():
            for found in pattern.finditer(text):
                if hmac.compare_digest(found[2].lower(), self._code(way, found[1])):
                    return Returned(way, found[1])
        return None

    def _code(self, way: Way, message_id: str) -> str:
        code = self._keyed.copy()
        code.update(f"{way}:{message_id.lower()}".encode())
        return code.hexdigest()


def _pattern(address: str) -> re.Pattern[str]:
    """Relays may change the case of what stands before the @."""
    local, _, domain = address.rpartition("@")
    return re.compile(
        rf"{re.escape(local)}\+({_FIT.pattern})-([0-9a-f]{{{2 * _CODE_BYTES}}})@{re.escape(domain)}", re.IGNORECASE
    )

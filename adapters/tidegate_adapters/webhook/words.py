"""What the other side says in words, which are kept and logged: without what tells whom a message was for."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 200
_PRIVATE: Final = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+|\+?\d{7,}")
"""E-mail addresses, and numbers long enough to be somebody's."""

_HIDDEN: Final = "<…>"


def redacted(words: str, address: str) -> str:
    """The words without the message's own address, e-mail addresses and long numbers, cut to what is worth keeping."""
    if address:
        words = re.sub(re.escape(address), lambda _: _HIDDEN, words, flags=re.IGNORECASE)
    return _PRIVATE.sub(_HIDDEN, words)[:_LONGEST]

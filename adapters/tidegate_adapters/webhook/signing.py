"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, with a key that both sides have."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Final

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
TOLERANCE: Final = timedelta(minutes=5)

_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"
_SHORTEST, _LONGEST = 24, 64


def read_key(secret: str) -> bytes:
    """The key of a secret, `whsec_` and base64 of 24 to 64 bytes.

    Raises:
        ValueError: It is none.
    """
    key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"a key has {_SHORTEST} to {_LONGEST} bytes")
    return key


def sign(key: bytes, call_id: str, second: int, body: bytes) -> str:
    """The signature of a call made at `second` since the epoch."""
    digest = hmac.digest(key, f"{call_id}.{second}.".encode() + body, "sha256")
    return _VERSION + b64encode(digest).decode()


def is_signed(key: bytes, call_id: str, timestamp: str, body: bytes, signatures: str, now: datetime) -> bool:
    """Whether one of the signatures, divided by blanks, is right, and the call of these five minutes."""
    if not (timestamp.isascii() and timestamp.isdecimal()) or len(timestamp) > len("9999999999"):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    wanted = sign(key, call_id, int(timestamp), body).encode()
    return any(hmac.compare_digest(one.encode(), wanted) for one in signatures.split(" "))

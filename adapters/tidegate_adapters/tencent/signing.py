"""Signatures of Tencent Cloud's API: TC3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

ALGORITHM: Final = "TC3-HMAC-SHA256"
_END: Final = "tc3_request"
_SECONDS_OF_A_DAY: Final = 24 * 60 * 60


def canonical_request(body: bytes, headers: Mapping[str, str]) -> str:
    """What is signed of a call: POST, no query, and the headers by lower-cased names, all of them."""
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in sorted(headers))
    return "\n".join(["POST", "/", "", lines, ";".join(sorted(headers)), _digest(body)])


def signing_key(secret: str, service: str, day: str) -> bytes:
    """The key of a day (yyyy-mm-dd, UTC) and a service."""
    key = _hmac(f"TC3{secret}".encode(), day)
    return _hmac(_hmac(key, service), _END)


def signature(canonical: str, key: bytes, service: str, time: int) -> str:
    """The signature of a canonical request at an instant in Unix seconds, in hexadecimal digits."""
    scope = f"{day_of(time)}/{service}/{_END}"
    text = f"{ALGORITHM}\n{time}\n{scope}\n{_digest(canonical.encode())}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def authorization(headers: Mapping[str, str], signed: str, secret_id: str, service: str, time: int) -> str:
    """The value of the header `Authorization`."""
    credential = f"{secret_id}/{day_of(time)}/{service}/{_END}"
    return f"{ALGORITHM} Credential={credential}, SignedHeaders={';'.join(sorted(headers))}, Signature={signed}"


def day_of(time: int) -> str:
    """The day of an instant in Unix seconds, as yyyy-mm-dd in UTC."""
    return _day(time // _SECONDS_OF_A_DAY)


@lru_cache(maxsize=4)
def _day(number: int) -> str:
    """The day of so many days after 1970-01-01."""
    return datetime.fromtimestamp(number * _SECONDS_OF_A_DAY, UTC).strftime("%Y-%m-%d")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()

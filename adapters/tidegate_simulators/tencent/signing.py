"""Checks TC3-HMAC-SHA256 as the cloud's gateway does."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

ALGORITHM: Final = "TC3-HMAC-SHA256"
SKEW_SECONDS: Final = 300
"""How far X-TC-Timestamp may be from the cloud's time."""

_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} +Credential=([^/,\s]+)/(\d{{4}}-\d\d-\d\d)/([^/,\s]+)/tc3_request, *"
    r"SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})"
)
_ASKED: Final = ("x-tc-action", "x-tc-version", "x-tc-timestamp")
_MUST_BE_SIGNED: Final = frozenset({"content-type", "host"})


class Refused(Exception):
    """The call is refused with a code of the cloud's; `message` where it differs from the code's usual one."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class SecretKey:
    """What a caller signs with; a temporary one comes with a `token`."""

    secret_id: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST to `/` as it came: names of headers in lower case."""

    headers: Mapping[str, str]
    body: bytes


def canonical(request: Request, signed: Sequence[str]) -> str:
    """What the signature is over, names and values of headers in lower case."""
    headers = "".join(f"{name}:{request.headers.get(name, '').strip().lower()}\n" for name in signed)
    digest = hashlib.sha256(request.body).hexdigest()
    return "\n".join(("POST", "/", "", headers, ";".join(signed), digest))


def signature(secret_key: str, *, timestamp: int, service: str, text: str) -> str:
    """The signature over a canonical request."""
    date = f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{timestamp}\n{date}/{service}/tc3_request\n{digest}"
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


class Gateway:
    """Lets through what is signed by one of the keys, now."""

    def __init__(
        self, keys: Callable[[], Sequence[SecretKey]], clock: Callable[[], datetime], *, service: str = "sms"
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._service = service

    def check(self, request: Request) -> None:
        """Check all of it.

        Raises:
            Refused: With the gateway's code.
        """
        headers = request.headers
        for name in _ASKED:
            if not headers.get(name):
                raise Refused("MissingParameter", f"The request is missing the header {name}.")
        found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if not found:
            raise Refused("AuthFailure.InvalidAuthorization")
        secret_id, date, service, names, given = found.groups()
        timestamp = self._timestamp(headers["x-tc-timestamp"])
        key = next((one for one in self._keys() if one.secret_id == secret_id), None)
        if key is None:
            raise Refused("AuthFailure.SecretIdNotFound")
        if headers.get("x-tc-token", "") != key.token:
            raise Refused("AuthFailure.TokenFailure")
        if date != f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d}" or service != self._service:
            raise Refused("AuthFailure.SignatureFailure", f"The scope is not {service} on the timestamp's day.")
        signed = tuple(names.split(";"))
        if not _MUST_BE_SIGNED.issubset(signed) or list(signed) != sorted(set(signed)):
            raise Refused("AuthFailure.SignatureFailure", "content-type and host are signed, names in order.")
        text = canonical(request, signed)
        expected = signature(key.secret_key, timestamp=timestamp, service=service, text=text)
        if not hmac.compare_digest(given, expected):
            raise Refused("AuthFailure.SignatureFailure")

    def _timestamp(self, text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise Refused("InvalidParameterValue", "X-TC-Timestamp is in seconds since 1970.")
        timestamp = int(text)
        if abs(self._clock().timestamp() - timestamp) > SKEW_SECONDS:
            raise Refused("AuthFailure.SignatureExpire")
        return timestamp

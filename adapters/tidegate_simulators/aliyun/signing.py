"""Checks ACS3-HMAC-SHA256 as the cloud's gateway does."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote

ALGORITHM: Final = "ACS3-HMAC-SHA256"
SKEW: Final = timedelta(minutes=15)
"""How far x-acs-date may be from the cloud's time."""

NONCES_KEPT: Final = timedelta(days=1)
"""How long a nonce is remembered. The cloud's own time is not known; within SKEW it must be."""

_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{{64}})"
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_ASKED: Final = ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")


class Refused(Exception):
    """The call is refused with a code of the cloud's; `message` where it differs from the code's usual one."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What a caller signs with; a temporary one comes with a `token`."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came: names of headers in lower case, the query not decoded."""

    method: str
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""


def canonical(request: Request, signed: Sequence[str], digest: str) -> str:
    """What the signature is over, as the cloud writes it down itself."""
    pairs = sorted(parse_qsl(request.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed)
    return "\n".join((request.method, request.path, query, headers, ";".join(signed), digest))


def signature(secret: str, text: str) -> str:
    """The signature over a canonical request."""
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(text.encode()).hexdigest()}"
    return hmac.digest(secret.encode(), to_sign.encode(), "sha256").hex()


class Gateway:
    """Lets through what is signed by one of the keys, now, and for the first time."""

    def __init__(self, keys: Callable[[], Sequence[AccessKey]], clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._nonces: dict[str, datetime] = {}

    def check(self, request: Request) -> None:
        """Check all of it.

        Raises:
            Refused: With the gateway's code.
        """
        headers = request.headers
        for name in _ASKED:
            if not headers.get(name):
                raise Refused("IncompleteSignature", f"{name} is mandatory for {ALGORITHM}.")
        found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if not found:
            raise Refused("IncompleteSignature")
        key_id, names, given = found.groups()
        now = self._clock()
        self._check_date(headers["x-acs-date"], now)
        key = self._key(key_id, headers)
        self._check_signature(request, key, tuple(names.split(";")), given)
        self._check_nonce(headers["x-acs-signature-nonce"], now)

    def _check_date(self, text: str, now: datetime) -> None:
        try:
            date = datetime.fromisoformat(text) if _DATE.fullmatch(text) else None
        except ValueError:
            date = None
        if date is None:
            raise Refused("InvalidTimeStamp.Format")
        if abs(now - date) > SKEW:
            raise Refused("InvalidTimeStamp.Expired")

    def _key(self, key_id: str, headers: Mapping[str, str]) -> AccessKey:
        key = next((one for one in self._keys() if one.key_id == key_id), None)
        if key is None:
            raise Refused("InvalidAccessKeyId.NotFound")
        if headers.get("x-acs-security-token", "") != key.token:
            raise Refused("InvalidSecurityToken.Malformed")
        return key

    def _check_signature(self, request: Request, key: AccessKey, signed: tuple[str, ...], given: str) -> None:
        unsigned = must_be_signed(request.headers) - set(signed)
        if unsigned or list(signed) != sorted(set(signed)):
            raise Refused(
                "IncompleteSignature", f"Not signed, or out of order: {', '.join(sorted(unsigned) or signed)}"
            )
        digest = hashlib.sha256(request.body).hexdigest()
        if request.headers["x-acs-content-sha256"] != digest:
            raise Refused("SignatureDoesNotMatch", f"x-acs-content-sha256 of this body is {digest}.")
        text = canonical(request, signed, digest)
        if not hmac.compare_digest(given, signature(key.secret, text)):
            usual = "Specified signature is not matched with our calculation. server string to sign is:"
            raise Refused("SignatureDoesNotMatch", f"{usual}{ALGORITHM}\n{hashlib.sha256(text.encode()).hexdigest()}")

    def _check_nonce(self, nonce: str, now: datetime) -> None:
        if nonce in self._nonces:
            raise Refused("SignatureNonceUsed")
        self._nonces[nonce] = now
        oldest = next(iter(self._nonces))
        if now - self._nonces[oldest] > NONCES_KEPT:
            del self._nonces[oldest]


def must_be_signed(headers: Mapping[str, str]) -> set[str]:
    """Of the headers of a request: host, content-type, and all of the cloud's own."""
    return {"host"} | {name for name in headers if name.startswith("x-acs-") or name == "content-type"}

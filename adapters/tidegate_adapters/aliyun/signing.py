"""Signatures of Alibaba Cloud's API: ACS3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

ALGORITHM: Final = "ACS3-HMAC-SHA256"
_SIGNED_BESIDES: Final = ("host", "content-type")


def query_of(parameters: Mapping[str, str]) -> str:
    """Parameters as they are signed and sent: sorted by name, encoded by RFC 3986."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(parameters.items()))


def encoded(text: str) -> str:
    """A text by RFC 3986: nothing but letters, digits and - _ . ~ stays as it is."""
    return quote(text, safe="~")


def digest(data: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_request(query: str, headers: Mapping[str, str], *, method: str = "POST", path: str = "/") -> str:
    """What is signed of a call. `headers` are by lower-cased names; `x-acs-content-sha256` is one of them."""
    signed = _signed(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    return "\n".join([method, path, query, lines, ";".join(signed), headers["x-acs-content-sha256"]])


def signature(canonical: str, secret: str) -> str:
    """The signature of a canonical request, in hexadecimal digits."""
    text = f"{ALGORITHM}\n{digest(canonical.encode())}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def authorization(canonical: str, headers: Mapping[str, str], access_key_id: str, secret: str) -> str:
    """The value of the header `Authorization`."""
    names = ";".join(_signed(headers))
    return f"{ALGORITHM} Credential={access_key_id},SignedHeaders={names},Signature={signature(canonical, secret)}"


def _signed(headers: Mapping[str, str]) -> list[str]:
    return sorted(name for name in headers if name in _SIGNED_BESIDES or name.startswith("x-acs-"))

"""Access tokens of a service account (RFC 7523): given for an assertion that its key has signed."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FORM: Final = "application/x-www-form-urlencoded"
SCOPES: Final = frozenset(
    {"https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"}
)
_LONGEST: Final = 3600
"""Seconds from an assertion's time to its end at most."""

_SKEW: Final = 300
"""Seconds by which clocks may differ."""

_TIMES: Final = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class NoGrant(Exception):
    """There is no token; `error` and `description` are what is answered."""

    def __init__(self, error: str, description: str) -> None:
        self.error = error
        self.description = description
        super().__init__(description)


class ServiceAccount:
    """A service account and the tokens that it was given.

    Attributes:
        lifetime: Seconds for which a token holds.
        given: How many tokens were given.
        asked: How often one was asked for.
        enabled: Whether the account may have any.
        said_lifetime: What is said of that.
    """

    def __init__(self, project: str, clock: Callable[[], float]) -> None:
        self.project = project
        self.email = f"sender@{project}.iam.gserviceaccount.com"
        self.key_id = secrets.token_hex(20)
        self.lifetime = 3599
        self.given = self.asked = 0
        self.enabled = True
        self.said_lifetime: Callable[[], Any] = lambda: self.lifetime
        self._key = _made_key()
        self._clock = clock
        self._tokens: dict[str, float] = {}

    def document(self, token_url: str, *, key: RSAPrivateKey | None = None, **changes: object) -> str:
        """The JSON file that Google gives out; by another `key`, one that Google does not know."""
        pem = (key or self._key).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        said = {
            "type": "service_account",
            "project_id": self.project,
            "private_key_id": self.key_id,
            "private_key": pem,
            "client_email": self.email,
            "token_uri": token_url,
        }
        return json.dumps({**said, **changes})

    def knows(self, token: str) -> bool:
        """Whether a token was given, and holds still."""
        return self._clock() < self._tokens.get(token, float("-inf"))

    def revoke(self) -> None:
        """End all tokens before their time."""
        self._tokens.clear()

    def grant(self, form: str, token_url: str) -> Mapping[str, Any]:
        """A token for what is posted. Raises NoGrant."""
        self.asked += 1
        posted = parse_qs(form)
        if posted.get("grant_type") != [GRANT]:
            raise NoGrant("unsupported_grant_type", "Invalid grant_type")
        header, claims = self._verified(posted.get("assertion", [""])[0])
        if header.get("kid") != self.key_id or claims.get("iss") != self.email:
            raise NoGrant("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") != token_url:
            raise NoGrant("invalid_grant", "Invalid JWT: Failed audience check.")
        self._check_times(claims)
        if not SCOPES.intersection(str(claims.get("scope", "")).split()):
            raise NoGrant("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        if not self.enabled:
            raise NoGrant("invalid_grant", "Invalid grant: account disabled")
        return self._give()

    def _give(self) -> Mapping[str, Any]:
        token = f"ya29.c.{secrets.token_urlsafe(96)}"
        now = self._clock()
        self._tokens = {text: end for text, end in self._tokens.items() if end > now}
        self._tokens[token] = now + self.lifetime
        self.given += 1
        return {"access_token": token, "expires_in": self.said_lifetime(), "token_type": "Bearer"}

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        issued, ends, now = claims.get("iat"), claims.get("exp"), self._clock()
        if not isinstance(issued, int) or not isinstance(ends, int):
            raise NoGrant("invalid_grant", _TIMES)
        if issued > now + _SKEW or ends < now - _SKEW or not 0 < ends - issued <= _LONGEST:
            raise NoGrant("invalid_grant", _TIMES)

    def _verified(self, assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        try:
            signed, _, signature = assertion.rpartition(".")
            header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
            if header["alg"] != "RS256":
                raise NoGrant("invalid_grant", "Invalid JWT: unsupported algorithm")
            self._key.public_key().verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise NoGrant("invalid_grant", "Invalid JWT Signature.") from None
        except (ValueError, TypeError, KeyError):
            raise NoGrant("invalid_request", "Bad Request") from None
        return header, claims


@cache
def _made_key() -> RSAPrivateKey:
    """One for all accounts of a process: it takes a while to make."""
    return generate_private_key(65537, 2048)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

"""Provider tokens: whose they are, whether they are signed by the team's key, how old, and how often they change."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tidegate_simulators.apns.codes import Refused

OLDEST: Final = 3600
"""Seconds from a token's time until it is refused."""

APART: Final = 1200
"""Seconds between two updates of one key's token."""

_AHEAD: Final = 60
"""Seconds that a token's time may lie ahead of Apple's clock."""

_SIGNATURE: Final = 64
_KEPT: Final = 3


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of a team's, as Apple has it and gives it out.

    Attributes:
        sandbox: Whether it is for the sandbox, or for production; None = for both.
    """

    key_id: str
    team_id: str
    private: EllipticCurvePrivateKey
    sandbox: bool | None = None

    @classmethod
    def make(cls, key_id: str, team_id: str, *, sandbox: bool | None = None) -> SigningKey:
        """A new one."""
        return cls(key_id, team_id, generate_private_key(SECP256R1()), sandbox)

    @property
    def p8(self) -> str:
        """The text of the file that is given out."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class Gatekeeper:
    """Lets requests in that carry a good token."""

    def __init__(self, *, sandbox: bool) -> None:
        self.keys: dict[str, SigningKey] = {}
        self.tokens: list[str] = []
        """The tokens that were let in, each once, oldest first."""
        self._sandbox = sandbox
        self._known: dict[str, deque[str]] = {}
        self._updated: dict[str, float] = {}

    def check(self, authorization: str | None, now: float) -> SigningKey:
        """The key that signed a request's token.

        Raises:
            Refused: The token is none, not signed by the key, too old, or one too many.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused("MissingProviderToken")
        header, claims, signed, signature = _read(token)
        key = self.keys.get(str(header.get("kid")))
        if key is None or header.get("alg") != "ES256" or claims.get("iss") != key.team_id:
            raise Refused("InvalidProviderToken")
        _verify(key, signed, signature)
        issued = claims.get("iat")
        if not isinstance(issued, int) or isinstance(issued, bool) or issued > now + _AHEAD:
            raise Refused("InvalidProviderToken")
        if now - issued > OLDEST:
            raise Refused("ExpiredProviderToken")
        if key.sandbox is not None and key.sandbox is not self._sandbox:
            raise Refused("BadEnvironmentKeyIdInToken")
        self._count(key, token, now)
        return key

    def _count(self, key: SigningKey, token: str, now: float) -> None:
        """A key's first token is no update; those of a moment ago may still be on their way."""
        known = self._known.setdefault(key.key_id, deque(maxlen=_KEPT))
        if token in known:
            return
        if known:
            if now - self._updated.get(key.key_id, float("-inf")) < APART:
                raise Refused("TooManyProviderTokenUpdates")
            self._updated[key.key_id] = now
        known.append(token)
        self.tokens.append(token)


def _read(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any], bytes, bytes]:
    try:
        header, claims, signature = token.split(".")
        read = [json.loads(_decoded(part)) for part in (header, claims)]
        if not all(isinstance(part, dict) for part in read):
            raise Refused("InvalidProviderToken")
        return read[0], read[1], f"{header}.{claims}".encode(), _decoded(signature)
    except ValueError:
        raise Refused("InvalidProviderToken") from None


def _verify(key: SigningKey, signed: bytes, signature: bytes) -> None:
    half = _SIGNATURE // 2
    if len(signature) != _SIGNATURE:
        raise Refused("InvalidProviderToken")
    numbers = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    try:
        key.private.public_key().verify(encode_dss_signature(*numbers), signed, ECDSA(SHA256()))
    except InvalidSignature:
        raise Refused("InvalidProviderToken") from None


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

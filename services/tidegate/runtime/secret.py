"""Keys for what must not be guessed or read, derived from one secret, and the secrets that have names."""

import hmac
from collections.abc import Mapping

from pydantic import SecretStr

_DIGEST_BYTES = 16


def digest(key: bytes, *parts: str) -> bytes:
    """16 bytes by which whoever has the key knows ``parts`` again, none of which contains NUL."""
    return hmac.digest(key, "\0".join(parts).encode(), "sha256")[:_DIGEST_BYTES]


class Secrets:
    """Derives keys, of which the same secret and purpose always give the same, and knows named secrets."""

    def __init__(self, secret: str, named: Mapping[str, SecretStr]) -> None:
        """``named`` are texts to be handed to others, such as the passwords of provider accounts."""
        self._secret = secret.encode()
        self._named = named

    def text(self, name: str) -> str:
        """The named secret. Raises KeyError when the settings have none of this name."""
        return self._named[name].get_secret_value()

    def key(self, purpose: str) -> bytes:
        """32 bytes that are of use for ``purpose`` only, such as `delivery.links` (HKDF-Expand, RFC 5869)."""
        return hmac.digest(self._secret, purpose.encode() + b"\x01", "sha256")

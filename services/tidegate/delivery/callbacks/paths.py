"""The addresses at which providers call: each account has one, whose last part nobody guesses."""

import hmac
from base64 import urlsafe_b64encode

PREFIX = "/callbacks"
_PURPOSE = "path"
_BYTES = 18


class Paths:
    """Makes and knows the secret parts of addresses."""

    def __init__(self, key: bytes, public_url: str) -> None:
        """``key`` never changes: what was entered at providers would lead nowhere. ``public_url`` ends in no slash."""
        self._key = key
        self._public_url = public_url

    def url(self, account_id: str) -> str:
        """Where the account's provider is to call."""
        return f"{self._public_url}{PREFIX}/{account_id}/{self._secret(account_id)}"

    def knows(self, account_id: str, secret: str) -> bool:
        """Whether this is the account's secret part."""
        return hmac.compare_digest(self._secret(account_id).encode(), secret.encode("utf-8", "replace"))

    def key_digest(self, account_id: str, key: str) -> str:
        """What is kept of the key of a callback, which may name who it is about: 32 hexadecimal digits."""
        return self._digest("key", account_id, key)[:16].hex()

    def _secret(self, account_id: str) -> str:
        return urlsafe_b64encode(self._digest(_PURPOSE, account_id)[:_BYTES]).decode()

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode("utf-8", "surrogatepass"), "sha256")

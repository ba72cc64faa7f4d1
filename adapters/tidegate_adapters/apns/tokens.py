"""Provider tokens: a JWT (ES256) that says whose notifications these are, good for an hour.

Apple wants one token used by all servers of a team, renewed no more often than every 20 minutes. So replicas have to
agree on it. They do without talking to each other: a token's time is the beginning of a span that is the same for
everybody, and the signature is deterministic (RFC 6979), so that whoever makes the token of a span makes the same one,
after a restart too.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tidegate_adapters.apns.settings import ApnsSettings, read_key

SHORT_SPAN: Final = 21 * 60
"""Seconds between tokens where Apple's clock and ours do not agree: just more than Apple demands."""

SPAN: Final = 2 * SHORT_SPAN
"""Seconds between tokens."""

LATE: Final = 300
"""Seconds of a span that pass before its token is used: none is from the future where our clock is a little ahead."""

_SIGNED: Final = ECDSA(SHA256(), deterministic_signing=True)
_NUMBER_BYTES: Final = 32


class ProviderTokens:
    """The token of one account at each time."""

    def __init__(self, settings: ApnsSettings, now: Callable[[], float] = time.time) -> None:
        """`now` counts seconds since 1970."""
        self._settings = settings
        self._key = read_key(settings.key.reveal())
        self._now = now
        self._span = SPAN
        self._issued = 0
        self._token = ""

    def current(self) -> str:
        """The token to be sent."""
        late = int(self._now()) - LATE
        issued = late - late % self._span
        if issued != self._issued:
            self._issued, self._token = issued, self._make(issued)
        return self._token

    def renew(self, refused: str) -> str | None:
        """Another token in place of one that Apple says has expired; None where it is too early for another.

        From now on tokens are renewed as often as Apple lets them be: the clocks do not agree.
        """
        self._span = SHORT_SPAN
        fresh = self.current()
        return None if fresh == refused else fresh

    def _make(self, issued: int) -> str:
        header = {"alg": "ES256", "kid": self._settings.key_id}
        claims = {"iss": self._settings.team_id, "iat": issued}
        signed = b".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        numbers = decode_dss_signature(self._key.sign(signed, _SIGNED))
        signature = b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers)
        return b".".join((signed, _encoded(signature))).decode()


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")

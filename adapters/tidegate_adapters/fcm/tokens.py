"""Access tokens of a service account (RFC 7523), kept until shortly before their end."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from tidegate.channels import Outcome, Scope

from tidegate_adapters.fcm.settings import FcmSettings, ServiceAccount, read_service_account
from tidegate_adapters.sms.web import Answer, Web

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_LIFETIME: Final = 3600
_EARLY: Final = 300.0
"""Seconds before its end from which a token is not used any more."""


@dataclass(slots=True)
class Tokens:
    """The token of one account, as long as its settings stay the same, in the loop that is running."""

    settings: FcmSettings
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _token: str = ""
    _until: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    account: ServiceAccount = field(init=False)

    def __post_init__(self) -> None:
        self.account = read_service_account(self.settings.service_account.reveal())

    async def token(self, web: Web, account_id: str) -> str | Outcome:
        """A token; what it means for messages where there is none: nothing was offered."""
        async with self._turn:
            if time.monotonic() < self._until:
                return self._token
            body = urlencode({"grant_type": _GRANT, "assertion": assertion(self.account, int(time.time()))}).encode()
            answer = await web.post(account_id, self.settings, self.account.token_url, _FORM, body)
            if isinstance(answer, Outcome):
                return Outcome.retryable(f"no token: {answer.detail}")
            return self._keep(answer)

    def drop(self, token: str) -> None:
        """It was refused: the next call gets another."""
        if token == self._token:
            self._until = 0.0

    def _keep(self, answer: Answer) -> str | Outcome:
        said = answer.body or {}
        token, lifetime = said.get("access_token"), said.get("expires_in")
        if answer.status == 200 and isinstance(token, str) and isinstance(lifetime, int):
            self._token, self._until = token, time.monotonic() + lifetime - _EARLY
            return token
        code = str(said.get("error", answer.status))
        if 400 <= answer.status < 500 and answer.status != 429:
            return Outcome.auth_error("the service account gets no token", code=code)
        return Outcome.retryable("no token is to be had now", scope=Scope.CALL, code=code)


def assertion(account: ServiceAccount, second: int) -> str:
    """The JWT by which the service account asks for a token."""
    header = {"alg": "RS256", "typ": "JWT", "kid": account.key_id}
    claims = {
        "iss": account.email,
        "scope": _SCOPE,
        "aud": account.token_url,
        "iat": second,
        "exp": second + _LIFETIME,
    }
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((signed, _encoded(account.key.sign(signed, PKCS1v15(), SHA256())))).decode()


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")

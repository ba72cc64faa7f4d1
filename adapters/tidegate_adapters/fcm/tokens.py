"""Access tokens of a service account (RFC 7523).

Google takes several tokens of an account at one time, so each replica fetches its own, and none ends another's.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from typing import Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from tidegate.channels import Outcome, Scope

from tidegate_adapters.calls import Answer, Http, NoAnswer, NoToken, Token
from tidegate_adapters.fcm.settings import ServiceAccount

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_LIFETIME: Final = 3600


async def fetch_token(account: ServiceAccount, http: Http) -> Token:
    """Ask for a token.

    Raises:
        NoToken: Google gives none, or cannot be asked; nothing was said of any message.
    """
    body = urlencode({"grant_type": _GRANT, "assertion": assertion(account, int(time.time()))}).encode()
    try:
        answer = await http.post(account.token_url, _FORM, body)
    except NoAnswer as error:
        outcome = error.outcome
        refused = outcome if outcome.kind.is_definite_refusal else Outcome.retryable(f"no token: {outcome.detail}")
        raise NoToken(refused) from error
    return _read(answer)


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


def _read(answer: Answer) -> Token:
    said = answer.document or {}
    text, lifetime = said.get("access_token"), said.get("expires_in")
    if answer.status == 200 and isinstance(text, str) and text and type(lifetime) is int and lifetime > 0:
        return Token(text, float(lifetime))
    code = str(said.get("error", answer.status))[:100]
    if 400 <= answer.status < 500 and answer.status != 429:
        raise NoToken(Outcome.auth_error("the service account gets no token", code=code))
    raise NoToken(Outcome.retryable("no token is to be had now", scope=Scope.CALL, code=code))


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")

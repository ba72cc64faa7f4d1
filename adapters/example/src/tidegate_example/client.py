"""The conversation with the service, and what its answers mean."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from tidegate.channels import OutboundMessage, Outcome, OutcomeKind, Scope

MEANINGS = {
    "unknown_token": (OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
    "no_such_name": (OutcomeKind.INVALID_RECIPIENT, Scope.RECIPIENT),
    "refused_by_name": (OutcomeKind.NOT_SUBSCRIBED, Scope.RECIPIENT),
    "bad_words": (OutcomeKind.CONTENT_REJECTED, Scope.MESSAGE),
    "too_fast": (OutcomeKind.RATE_LIMITED, Scope.CALL),
    "maintenance": (OutcomeKind.RETRYABLE, Scope.CALL),
}
"""The service's codes. One that is not here is permanent, and goes to people to look at."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where the service is and who we are to it."""

    url: str
    token: str
    timeout: float


def post(service: Service, message: OutboundMessage) -> Outcome:
    """Post one message. Blocks.

    Until the request is written nothing can have been taken; from then on only the answer tells.
    """
    body = {"id": message.message_id, "to": message.address, "text": message.content.text}
    with closing(_connection(service)) as connection:
        try:
            connection.connect()
        except OSError as error:
            return Outcome.retryable(f"cannot be reached: {type(error).__name__}")
        try:
            connection.request("POST", "/messages", json.dumps(body).encode(), _headers(service))
            return _meaning(connection.getresponse())
        except (OSError, HTTPException, ValueError) as error:
            return Outcome.uncertain(f"no answer: {type(error).__name__}")


def ask(service: Service) -> Outcome:
    """Ask whether our token is good. Blocks; sends nothing."""
    with closing(_connection(service)) as connection:
        try:
            connection.request("GET", "/account", headers=_headers(service))
            return _meaning(connection.getresponse())
        except (OSError, HTTPException, ValueError) as error:
            return Outcome.retryable(f"cannot be reached: {type(error).__name__}")


def look(service: Service, message_id: str) -> Outcome | None:
    """Ask whether the service has a message. Blocks; None where it does not say so, as one may still be on its way."""
    with closing(_connection(service)) as connection:
        try:
            connection.request("GET", f"/messages/{message_id}", headers=_headers(service))
            answer = _meaning(connection.getresponse())
        except (OSError, HTTPException, ValueError):
            return None
    return answer if answer.kind is OutcomeKind.ACCEPTED else None


def _connection(service: Service) -> HTTPConnection:
    parts = urlsplit(service.url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=service.timeout)


def _headers(service: Service) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.token}", "Content-Type": "application/json"}


def _meaning(response: HTTPResponse) -> Outcome:
    answer = json.loads(response.read())
    if response.status < 300:
        return Outcome.accepted(str(answer.get("id", "")))
    code = str(answer.get("code", response.status))
    if code not in MEANINGS:
        return Outcome.unknown(code, f"refused: {code}")
    kind, scope = MEANINGS[code]
    wait = response.getheader("Retry-After", "")
    retry_after = timedelta(seconds=int(wait)) if wait.isdecimal() else None
    return Outcome(kind, scope, provider_code=code, detail=f"refused: {code}", retry_after=retry_after)

"""What the answer to a call means.

The status says it. With a refusal (4xx) the answer may be JSON that says more: `{"outcome": "invalid_recipient",
"code": "…", "detail": "…"}`; with a 2xx it may tell its own id of the message: `{"id": "…"}`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tidegate.channels import Outcome, OutcomeKind, Scope

from tidegate_adapters.calls import Answer
from tidegate_adapters.webhook.words import redacted

_K, _S = OutcomeKind, Scope

_TABLE: Final = (
    ("2", _K.ACCEPTED, _S.MESSAGE),
    ("401", _K.AUTH_ERROR, _S.ACCOUNT),
    ("403", _K.AUTH_ERROR, _S.ACCOUNT),
    ("410", _K.AUTH_ERROR, _S.ACCOUNT),
    ("429", _K.RATE_LIMITED, _S.CALL),
    ("5", _K.RETRYABLE, _S.CALL),
)
"""By the beginning of the status, the first that fits; any other is permanent, a redirect too: none is followed."""

_TOLD: Final = {
    _K.INVALID_RECIPIENT: _S.RECIPIENT,
    _K.NOT_SUBSCRIBED: _S.RECIPIENT,
    _K.CONTENT_REJECTED: _S.MESSAGE,
    _K.PERMANENT: _S.MESSAGE,
}
"""What a refusal may say in words, and what that speaks of."""

_LONGEST_ID: Final = 200


def meaning(answer: Answer, now: datetime, address: str = "") -> Outcome:
    """What became of a message to `address` whose call was answered."""
    status, said = answer.status, answer.document or {}
    kind, scope = next(
        ((kind, scope) for prefix, kind, scope in _TABLE if str(status).startswith(prefix)), (_K.PERMANENT, _S.MESSAGE)
    )
    if kind is _K.ACCEPTED:
        return Outcome.accepted(_text(said.get("id"))[:_LONGEST_ID], code=str(status))
    code = str(status)
    if kind is _K.PERMANENT and said.get("outcome") in tuple(_TOLD):
        kind = OutcomeKind(_text(said["outcome"]))
        scope, code = _TOLD[kind], _text(said.get("code"))[:_LONGEST_ID] or code
    wait = answer.retry_after(now) if status in (429, 503) else None
    detail = redacted(_text(said.get("detail")), address) or f"answered with {status}"
    return Outcome(kind, scope, provider_code=code, detail=detail, retry_after=wait)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

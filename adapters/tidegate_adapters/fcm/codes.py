"""What FCM's errors mean. The table is data; a code that is not in it is permanent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from tidegate.channels import Outcome, OutcomeKind, Scope

from tidegate_adapters.sms.web import Answer

_K, _S = OutcomeKind, Scope

CODES: Final[Mapping[str, tuple[OutcomeKind, Scope]]] = {
    "UNREGISTERED": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "SENDER_ID_MISMATCH": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "INVALID_ARGUMENT": (_K.PERMANENT, _S.MESSAGE),
    "QUOTA_EXCEEDED": (_K.RATE_LIMITED, _S.CALL),
    "UNAVAILABLE": (_K.RETRYABLE, _S.CALL),
    "INTERNAL": (_K.RETRYABLE, _S.CALL),
    "THIRD_PARTY_AUTH_ERROR": (_K.AUTH_ERROR, _S.ACCOUNT),
    "APNS_AUTH_ERROR": (_K.AUTH_ERROR, _S.ACCOUNT),
    # Statuses of Google's APIs, where an error has no code of FCM's.
    "UNAUTHENTICATED": (_K.AUTH_ERROR, _S.CALL),
    "PERMISSION_DENIED": (_K.AUTH_ERROR, _S.ACCOUNT),
    "RESOURCE_EXHAUSTED": (_K.RATE_LIMITED, _S.CALL),
}

_BY_STATUS: Final = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "QUOTA_EXCEEDED", 503: "UNAVAILABLE"}
_DETAIL: Final = "google.firebase.fcm.v1.FcmError"
_MINUTE: Final = timedelta(minutes=1)
"""FCM asks for a minute's rest at least where it names none."""


def meaning(answer: Answer) -> Outcome:
    """What became of a message."""
    body = answer.body or {}
    if answer.status == 200 and isinstance(body.get("name"), str):
        return Outcome.accepted(body["name"].rpartition("/")[2][:200])
    if answer.status == 200:
        return Outcome.uncertain("answered without a name", code="200")
    code = _code(answer.status, body.get("error"))
    if code not in CODES:
        return Outcome.unknown(code, f"refused: {code}")
    kind, scope = CODES[code]
    wait = _MINUTE if kind is _K.RATE_LIMITED else None
    return Outcome(kind, scope, provider_code=code, detail=f"refused: {code}", retry_after=wait)


def _code(status: int, error: Any) -> str:
    """FCM's own code, else that of Google's APIs, else by the HTTP status."""
    if isinstance(error, dict):
        details = error.get("details")
        for one in details if isinstance(details, list) else ():
            if isinstance(one, dict) and str(one.get("@type", "")).endswith(_DETAIL):
                return str(one.get("errorCode", ""))[:100]
        if error.get("status"):
            return str(error["status"])[:100]
    return _BY_STATUS.get(status, "INTERNAL" if status >= 500 else str(status))

"""What FCM's errors mean. The table is data; a code that is not in it is permanent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tidegate.channels import Outcome, OutcomeKind, Scope

from tidegate_adapters.calls import Answer

_K, _S = OutcomeKind, Scope

CODES: Final[Mapping[str, tuple[OutcomeKind, Scope]]] = {
    "UNREGISTERED": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "SENDER_ID_MISMATCH": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "INVALID_ARGUMENT": (_K.PERMANENT, _S.MESSAGE),
    "INVALID_ARGUMENT:message.token": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "UNSPECIFIED_ERROR": (_K.PERMANENT, _S.MESSAGE),
    "QUOTA_EXCEEDED": (_K.RATE_LIMITED, _S.CALL),
    "UNAVAILABLE": (_K.RETRYABLE, _S.CALL),
    "INTERNAL": (_K.RETRYABLE, _S.CALL),
    "THIRD_PARTY_AUTH_ERROR": (_K.AUTH_ERROR, _S.ACCOUNT),
    "APNS_AUTH_ERROR": (_K.AUTH_ERROR, _S.ACCOUNT),
    # Statuses of Google's APIs, where an error has no code of FCM's.
    "UNAUTHENTICATED": (_K.AUTH_ERROR, _S.CALL),  # the access token is not taken (any more)
    "PERMISSION_DENIED": (_K.AUTH_ERROR, _S.ACCOUNT),
    "RESOURCE_EXHAUSTED": (_K.RATE_LIMITED, _S.CALL),
}

_BY_STATUS: Final = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "QUOTA_EXCEEDED", 503: "UNAVAILABLE"}
_FCM: Final = "google.firebase.fcm.v1.FcmError"
_FIELDS: Final = "google.rpc.BadRequest"
_STALE: Final = "UNAUTHENTICATED"
_TOKEN: Final = "message.token"  # noqa: S105 - the name of a field
_MINUTE: Final = timedelta(minutes=1)
"""FCM asks for a minute's rest at least where it names none."""


def meaning(answer: Answer) -> Outcome:
    """What became of a message."""
    body = answer.document or {}
    if answer.status == 200 and isinstance(body.get("name"), str):
        return Outcome.accepted(body["name"].rpartition("/")[2][:200])
    if answer.status == 200:
        return Outcome.uncertain("answered without a name", code="200")
    code = _code(answer)
    if code not in CODES:
        return Outcome.unknown(code, f"refused: {code}")
    kind, scope = CODES[code]
    wait = answer.retry_after(datetime.now(UTC)) if kind in (_K.RATE_LIMITED, _K.RETRYABLE) else None
    if wait is None and kind is _K.RATE_LIMITED:
        wait = _MINUTE
    return Outcome(kind, scope, provider_code=code, detail=f"refused: {code}", retry_after=wait)


def is_stale(answer: Answer) -> bool:
    """Whether the access token is refused, and another may be taken."""
    return answer.status == 401 and _code(answer) == _STALE


def _code(answer: Answer) -> str:
    """FCM's own code, else that of Google's APIs, else by the HTTP status; with the field where it is the address."""
    error = (answer.document or {}).get("error")
    error = error if isinstance(error, Mapping) else {}
    given = error.get("details")
    details = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    own = [str(one.get("errorCode", "")) for one in details if _is(one, _FCM)]
    code = (own[0] if own else str(error.get("status") or ""))[:100]
    if code == "INVALID_ARGUMENT" and _TOKEN in _fields(details):
        return f"{code}:{_TOKEN}"
    return code or _BY_STATUS.get(answer.status, "INTERNAL" if answer.status >= 500 else str(answer.status))


def _fields(details: Sequence[Mapping[str, Any]]) -> set[str]:
    """The fields that are at fault."""
    violations = [one.get("fieldViolations") for one in details if _is(one, _FIELDS)]
    named = [each for several in violations if isinstance(several, list) for each in several]
    return {str(each.get("field")) for each in named if isinstance(each, Mapping)}


def _is(detail: Mapping[str, Any], kind: str) -> bool:
    return str(detail.get("@type", "")).endswith(kind)

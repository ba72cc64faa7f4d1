"""What Apple's reasons mean. The table is data; a reason that is not in it is permanent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from tidegate.channels import Outcome, OutcomeKind, Scope

from tidegate_adapters.calls import Answer

_K, _S = OutcomeKind, Scope

CODES: Final[Mapping[str, tuple[OutcomeKind, Scope]]] = {
    # 400
    "BadCollapseId": (_K.CONTENT_REJECTED, _S.MESSAGE),
    "BadDeviceToken": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "BadExpirationDate": (_K.PERMANENT, _S.MESSAGE),
    "BadMessageId": (_K.PERMANENT, _S.MESSAGE),
    "BadPriority": (_K.CONTENT_REJECTED, _S.MESSAGE),
    "BadTopic": (_K.AUTH_ERROR, _S.ACCOUNT),
    "DeviceTokenNotForTopic": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "DuplicateHeaders": (_K.PERMANENT, _S.MESSAGE),
    "IdleTimeout": (_K.RETRYABLE, _S.CALL),
    "InvalidPushType": (_K.PERMANENT, _S.MESSAGE),
    "MissingDeviceToken": (_K.PERMANENT, _S.MESSAGE),
    "MissingTopic": (_K.AUTH_ERROR, _S.ACCOUNT),
    "PayloadEmpty": (_K.CONTENT_REJECTED, _S.MESSAGE),
    "TopicDisallowed": (_K.AUTH_ERROR, _S.ACCOUNT),
    # 403
    "BadCertificate": (_K.AUTH_ERROR, _S.ACCOUNT),
    "BadCertificateEnvironment": (_K.AUTH_ERROR, _S.ACCOUNT),
    "BadEnvironmentKeyIdInToken": (_K.AUTH_ERROR, _S.ACCOUNT),
    "BadEnvironmentKeyInToken": (_K.AUTH_ERROR, _S.ACCOUNT),
    "ExpiredProviderToken": (_K.AUTH_ERROR, _S.CALL),
    "Forbidden": (_K.AUTH_ERROR, _S.ACCOUNT),
    "InvalidProviderToken": (_K.AUTH_ERROR, _S.ACCOUNT),
    "MissingProviderToken": (_K.AUTH_ERROR, _S.ACCOUNT),
    "UnrelatedKeyIdInToken": (_K.RETRYABLE, _S.CALL),
    # 404, 405
    "BadPath": (_K.PERMANENT, _S.MESSAGE),
    "MethodNotAllowed": (_K.PERMANENT, _S.MESSAGE),
    # 410
    "ExpiredToken": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    "Unregistered": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
    # 413
    "PayloadTooLarge": (_K.CONTENT_REJECTED, _S.MESSAGE),
    # 429
    "TooManyProviderTokenUpdates": (_K.RATE_LIMITED, _S.ACCOUNT),
    "TooManyRequests": (_K.RATE_LIMITED, _S.RECIPIENT),
    # 500, 503
    "InternalServerError": (_K.RETRYABLE, _S.CALL),
    "ServiceUnavailable": (_K.RETRYABLE, _S.CALL),
    "Shutdown": (_K.RETRYABLE, _S.CALL),
}

WAITS: Final[Mapping[str, timedelta]] = {
    "TooManyProviderTokenUpdates": timedelta(minutes=20),
    "TooManyRequests": timedelta(minutes=1),
    "InternalServerError": timedelta(minutes=15),
    "ServiceUnavailable": timedelta(minutes=15),
}
"""How long to wait. Apple names a quarter of an hour for its own failures, and 20 minutes between provider tokens; who
is shut down on may connect elsewhere at once."""

EXPIRED: Final = "ExpiredProviderToken"
"""Another provider token may be taken."""

UNRELATED: Final = "UnrelatedKeyIdInToken"
"""The connection has been used with another key: a new one takes this."""

NOBODY: Final = frozenset(code for code, (kind, _) in CODES.items() if kind is _K.INVALID_RECIPIENT)
"""Said of the device token, by which everything else is known to be right."""

_BY_STATUS: Final = {403: "Forbidden", 413: "PayloadTooLarge", 429: "TooManyRequests", 503: "ServiceUnavailable"}
"""The reason where the answer has none that can be read. A device is never given up on a status alone."""


def reason_of(answer: Answer) -> str:
    """Apple's reason for a refusal; "" where there is none."""
    reason = (answer.document or {}).get("reason")
    return reason[:100] if isinstance(reason, str) else ""


def meaning(answer: Answer) -> Outcome:
    """What became of a notification."""
    if answer.status == 200:
        return Outcome.accepted(answer.headers.get("apns-id", "")[:200])
    code = reason_of(answer) or _BY_STATUS.get(answer.status, "")
    if not code:
        return _without_reason(answer.status)
    if code not in CODES:
        return Outcome.unknown(code, f"refused: {code}")
    kind, scope = CODES[code]
    return Outcome(kind, scope, provider_code=code, detail=f"refused: {code}", retry_after=WAITS.get(code))


def _without_reason(status: int) -> Outcome:
    said = f"HTTP status {status} without a reason of Apple's"
    if 400 <= status < 500:
        return Outcome.permanent(said, code=str(status))
    return Outcome.uncertain(said, code=str(status))

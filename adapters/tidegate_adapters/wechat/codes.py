"""What WeChat's codes mean: for a message, for the access token, and for what is told later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from tidegate.channels import OutcomeKind, Period, Scope

from tidegate_adapters.weixin.codes import Codes, Meaning

_K, _S = OutcomeKind, Scope
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)

MESSAGE_CODES: Final[Codes] = {
    0: Meaning(_K.ACCEPTED, _S.MESSAGE),
    -1: Meaning(_K.RETRYABLE, _S.CALL),
    40001: Meaning(_K.AUTH_ERROR, _S.CALL),
    40014: Meaning(_K.AUTH_ERROR, _S.CALL),
    42001: Meaning(_K.AUTH_ERROR, _S.CALL),
    40013: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    40125: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    40164: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    48001: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    43107: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    40003: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    43101: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    43108: Meaning(_K.RETRYABLE, _S.RECIPIENT, _SECOND),
    45168: Meaning(_K.CONTENT_REJECTED, _S.MESSAGE),
    47003: Meaning(_K.CONTENT_REJECTED, _S.MESSAGE),
    47001: Meaning(_K.PERMANENT, _S.MESSAGE),
    40037: Meaning(_K.PERMANENT, _S.TEMPLATE),
    41030: Meaning(_K.PERMANENT, _S.TEMPLATE),
    45009: Meaning(_K.RATE_LIMITED, _S.ACCOUNT, Period.DAY),
    45011: Meaning(_K.RATE_LIMITED, _S.CALL, _MINUTE),
    45015: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    45047: Meaning(_K.RATE_LIMITED, _S.RECIPIENT),
    43004: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    43019: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    48002: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    50005: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    70000: Meaning(_K.CONTENT_REJECTED, _S.RECIPIENT),
}
"""Of the calls that send."""

STALE_TOKEN_CODES: Final = frozenset({40001, 40014, 42001})
"""The token is no longer taken: another one may be."""

TOKEN_CODES: Final[Codes] = {
    -1: Meaning(_K.RETRYABLE, _S.CALL),
    45009: Meaning(_K.RATE_LIMITED, _S.ACCOUNT, Period.DAY),
    45011: Meaning(_K.RATE_LIMITED, _S.CALL, _MINUTE),
}
"""Of the call that fetches a token. Any other refusal speaks of the account: its id, secret, or address."""

TOKEN_REFUSED: Final = Meaning(_K.AUTH_ERROR, _S.ACCOUNT)
"""What a refusal of a token means that TOKEN_CODES does not name."""

JOB_STATUSES: Final[Mapping[str, Meaning]] = {
    "failed:user block": Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    "failed:system failed": Meaning(_K.PERMANENT, _S.MESSAGE),
}
"""What becomes of a template message later, other than `success`; written without spaces after the colon."""

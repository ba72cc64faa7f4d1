"""What WeCom's codes mean: for a message, for the access token, and for a task's result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from tidegate.channels import OutcomeKind, Scope

from tidegate_adapters.weixin.codes import Codes, Meaning

_K, _S = OutcomeKind, Scope
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)

MESSAGE_CODES: Final[Codes] = {
    0: Meaning(_K.ACCEPTED, _S.MESSAGE),
    -1: Meaning(_K.RETRYABLE, _S.CALL),
    6000: Meaning(_K.RETRYABLE, _S.CALL),
    41063: Meaning(_K.RETRYABLE, _S.CALL, _MINUTE),
    40014: Meaning(_K.AUTH_ERROR, _S.CALL),
    42001: Meaning(_K.AUTH_ERROR, _S.CALL),
    40001: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    40013: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    48002: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    50003: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    60020: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    301002: Meaning(_K.AUTH_ERROR, _S.ACCOUNT),
    45009: Meaning(_K.RATE_LIMITED, _S.CALL, _MINUTE),
    45033: Meaning(_K.RATE_LIMITED, _S.CALL, _SECOND),
    45011: Meaning(_K.RATE_LIMITED, _S.CALL, _MINUTE),
    41094: Meaning(_K.RATE_LIMITED, _S.MESSAGE),
    95001: Meaning(_K.RATE_LIMITED, _S.RECIPIENT),
    40003: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    40031: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    40096: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    60111: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    81013: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    301021: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    60011: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    50002: Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT),
    84061: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    41048: Meaning(_K.NOT_SUBSCRIBED, _S.MESSAGE),
    43004: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    41053: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    40201: Meaning(_K.CONTENT_REJECTED, _S.MESSAGE),
    45002: Meaning(_K.CONTENT_REJECTED, _S.MESSAGE),
    44004: Meaning(_K.CONTENT_REJECTED, _S.MESSAGE),
    41050: Meaning(_K.PERMANENT, _S.MESSAGE),
    41051: Meaning(_K.PERMANENT, _S.MESSAGE),
    41096: Meaning(_K.ACCEPTED, _S.MESSAGE),
    41093: Meaning(_K.PERMANENT, _S.MESSAGE),
    41047: Meaning(_K.PERMANENT, _S.MESSAGE),
    40056: Meaning(_K.PERMANENT, _S.ACCOUNT),
    40058: Meaning(_K.PERMANENT, _S.MESSAGE),
    82001: Meaning(_K.PERMANENT, _S.MESSAGE),
    93000: Meaning(_K.PERMANENT, _S.ACCOUNT),
    93004: Meaning(_K.PERMANENT, _S.ACCOUNT),
    93008: Meaning(_K.PERMANENT, _S.ACCOUNT),
}
"""Of the calls that send, and that ask about what was sent."""

STALE_TOKEN_CODES: Final = frozenset({40014, 42001})
"""The token is no longer taken: another one may be."""

TOKEN_CODES: Final[Codes] = {code: MESSAGE_CODES[code] for code in (-1, 6000, 45009, 45033, 45011)}
"""Of the call that fetches a token. Any other refusal speaks of the account: its id, secret, or address."""

TOKEN_REFUSED: Final = Meaning(_K.AUTH_ERROR, _S.ACCOUNT)
"""What a refusal of a token means that TOKEN_CODES does not name."""

INVALID_USER: Final = Meaning(_K.INVALID_RECIPIENT, _S.RECIPIENT)
"""Of a member who is named in a call that was taken for others."""

UNLICENSED_USER: Final = Meaning(_K.PERMANENT, _S.RECIPIENT)
"""Of a member for whom the company has bought no licence of the interface."""

NO_CONTACT: Final = Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT)
"""Of a customer whom a task that was made leaves out: no member of staff may write to them."""

SENT: Final = 1
"""A task's result: the customer got it."""

RESULTS: Final[Mapping[int, Meaning]] = {
    2: Meaning(_K.NOT_SUBSCRIBED, _S.RECIPIENT),
    3: Meaning(_K.RATE_LIMITED, _S.RECIPIENT),
}
"""Other results: no friend any more; had as many as they may get. Any other is still open."""

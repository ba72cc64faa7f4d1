"""Statuses of SMPP and states of receipts, as data."""

from __future__ import annotations

from typing import Final

from tidegate.channels import OutcomeKind, Scope

from tidegate_adapters.sms.codes import Codes

_K, _S = OutcomeKind, Scope

STATUSES: Final = Codes(
    {
        "0": (_K.ACCEPTED, _S.MESSAGE),
        "8": (_K.RETRYABLE, _S.CALL),
        "20": (_K.RATE_LIMITED, _S.CALL),
        "88": (_K.RATE_LIMITED, _S.CALL),
        "11": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "10": (_K.PERMANENT, _S.TEMPLATE),
        "13": (_K.AUTH_ERROR, _S.ACCOUNT),
        "14": (_K.AUTH_ERROR, _S.ACCOUNT),
        "15": (_K.AUTH_ERROR, _S.ACCOUNT),
        "69": (_K.RETRYABLE, _S.MESSAGE),
        "100": (_K.RETRYABLE, _S.CALL),
        "102": (_K.PERMANENT, _S.MESSAGE),
        # SMPP 3.4, table 5-2: what a bind is refused with, besides.
        "5": (_K.RETRYABLE, _S.CALL),
    }
)
"""By command_status, in decimal digits."""

STATES: Final = Codes(
    {
        "DELIVRD": (_K.ACCEPTED, _S.MESSAGE),
        "ACCEPTD": (_K.ACCEPTED, _S.MESSAGE),
        "EXPIRED": (_K.RETRYABLE, _S.RECIPIENT),
        "UNDELIV": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "REJECTD": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "DELETED": (_K.PERMANENT, _S.MESSAGE),
        "UNKNOWN": (_K.UNCERTAIN, _S.MESSAGE),
    }
)
"""By the word in a receipt."""

STATE_WORDS: Final = {
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
"""The words of the parameter message_state."""

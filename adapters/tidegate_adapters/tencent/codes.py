"""Tencent Cloud's codes: exact ones, and groups by the part before the first dot. Data (November 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tidegate.channels import Outcome, OutcomeKind, Scope

from tidegate_adapters.sms.codes import Codes
from tidegate_adapters.sms.numbers import redacted
from tidegate_adapters.sms.waits import Wait, span, until_marketing, until_tomorrow

_K, _S = OutcomeKind, Scope

OK: Final = "Ok"

CALLS: Final = Codes(
    {
        OK: (_K.ACCEPTED, _S.MESSAGE),
        "InternalError.Timeout": (_K.UNCERTAIN, _S.MESSAGE),
        "InternalError.SendAndRecvFail": (_K.UNCERTAIN, _S.MESSAGE),
        "InternalError": (_K.RETRYABLE, _S.CALL),
        "RequestLimitExceeded": (_K.RATE_LIMITED, _S.CALL),
        "LimitExceeded.PhoneNumberThirtySecondLimit": (_K.RATE_LIMITED, _S.RECIPIENT),
        "LimitExceeded.PhoneNumberOneHourLimit": (_K.RATE_LIMITED, _S.RECIPIENT),
        "LimitExceeded.PhoneNumberDailyLimit": (_K.RATE_LIMITED, _S.RECIPIENT),
        "LimitExceeded.PhoneNumberSameContentDailyLimit": (_K.RATE_LIMITED, _S.RECIPIENT),
        "LimitExceeded.DeliveryFrequencyLimit": (_K.RATE_LIMITED, _S.RECIPIENT),
        "LimitExceeded.AppDailyLimit": (_K.RATE_LIMITED, _S.ACCOUNT),
        "LimitExceeded.AppMainlandChinaDailyLimit": (_K.RATE_LIMITED, _S.ACCOUNT),
        "LimitExceeded.DailyLimit": (_K.RATE_LIMITED, _S.ACCOUNT),
        "LimitExceeded.GlobalSmsSendingRateLimit": (_K.RATE_LIMITED, _S.CALL),
        "LimitExceeded.PhoneNumberCountLimit": (_K.PERMANENT, _S.MESSAGE),
        "LimitExceeded": (_K.RATE_LIMITED, _S.ACCOUNT),
        "InvalidParameterValue.IncorrectPhoneNumber": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "FailedOperation.PhoneNumberParseFail": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "UnsupportedOperation.UnsupportedRegion": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "FailedOperation.PhoneNumberInBlacklist": (_K.NOT_SUBSCRIBED, _S.RECIPIENT),
        "FailedOperation.ContainSensitiveWord": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "InvalidParameter.DirtyWordFound": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "InvalidParameterValue.TemplateParameterLengthLimit": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "InvalidParameterValue.TemplateParameterFormatError": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "InvalidParameterValue.ContentLengthLimit": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "FailedOperation.MarketingSendTimeConstraint": (_K.RETRYABLE, _S.TEMPLATE),
        "FailedOperation.SignatureIncorrectOrUnapproved": (_K.PERMANENT, _S.TEMPLATE),
        "FailedOperation.TemplateIncorrectOrUnapproved": (_K.PERMANENT, _S.TEMPLATE),
        "FailedOperation.TemplateUnapprovedOrNotExist": (_K.PERMANENT, _S.TEMPLATE),
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": (_K.PERMANENT, _S.MESSAGE),
        "FailedOperation.InsufficientBalanceInSmsPackage": (_K.AUTH_ERROR, _S.ACCOUNT),
        "UnauthorizedOperation": (_K.AUTH_ERROR, _S.ACCOUNT),
        "AuthFailure": (_K.AUTH_ERROR, _S.ACCOUNT),
        "FailedOperation": (_K.PERMANENT, _S.MESSAGE),
        "InvalidParameter": (_K.PERMANENT, _S.MESSAGE),
        "InvalidParameterValue": (_K.PERMANENT, _S.MESSAGE),
        "MissingParameter": (_K.PERMANENT, _S.MESSAGE),
        "UnsupportedOperation": (_K.PERMANENT, _S.MESSAGE),
        # The gateway's own, which all of the provider's services share.
        "IpInBlacklist": (_K.AUTH_ERROR, _S.ACCOUNT),
        "IpNotInWhitelist": (_K.AUTH_ERROR, _S.ACCOUNT),
        "ServiceUnavailable": (_K.RETRYABLE, _S.CALL),
    },
    has_groups=True,
)
"""Codes of calls, and of the numbers in them."""

WAITS: Final[Mapping[str, Wait]] = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": timedelta(seconds=30),
    "LimitExceeded.PhoneNumberOneHourLimit": timedelta(hours=1),
    "LimitExceeded.PhoneNumberDailyLimit": until_tomorrow,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": until_tomorrow,
    "LimitExceeded.AppDailyLimit": until_tomorrow,
    "LimitExceeded.AppMainlandChinaDailyLimit": until_tomorrow,
    "LimitExceeded.DailyLimit": until_tomorrow,
    "FailedOperation.MarketingSendTimeConstraint": until_marketing,
}
"""How long limits last."""

RECEIPTS: Final = Codes(
    {
        "DELIVRD": (_K.ACCEPTED, _S.MESSAGE),
        "ACCEPTD": (_K.ACCEPTED, _S.MESSAGE),
        "EXPIRED": (_K.RETRYABLE, _S.RECIPIENT),
        "UNDELIV": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "REJECTD": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "DELETED": (_K.PERMANENT, _S.MESSAGE),
        "UNKNOWN": (_K.UNCERTAIN, _S.MESSAGE),
        "FAIL": (_K.PERMANENT, _S.MESSAGE),
    }
)
"""What receipts say of failures: the states of SMPP, which carriers have in common. Their own codes are not listed by
the provider: they are unknown, and permanent."""


def outcome_of(code: str, words: str, now: datetime) -> Outcome:
    """What a code means for a message; `words` are the provider's."""
    outcome = CALLS.outcome(code, redacted(words))
    return replace(outcome, retry_after=span(WAITS[code], now)) if code in WAITS else outcome

"""What the cloud's codes are told with, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OK: Final = "Ok"

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        OK: "send success",
        "AuthFailure.SignatureFailure": "The provided credentials could not be validated.",
        "AuthFailure.SignatureExpire": "The difference to the server's time is more than five minutes.",
        "AuthFailure.SecretIdNotFound": "The SecretId is not found.",
        "RequestLimitExceeded": "Your current request times exceed the limit of a second.",
        "InvalidParameterValue.IncorrectPhoneNumber": "incorrect phone number",
        "InvalidParameterValue.TemplateParameterFormatError": "Verification code template parameter format error",
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": "request content differs from the template content",
        "FailedOperation.PhoneNumberInBlacklist": "mobile number is in black list",
    }
)
"""Messages that are known. For all others nothing depends on what they say."""

RECEIPTS: Final[Mapping[str, str]] = MappingProxyType({"DELIVRD": "用户短信送达成功"})
"""What receipts say beside their code; other codes are said as they are."""

DELIVERED: Final = frozenset(RECEIPTS)
"""The results of receipts that are successes."""

_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def message(code: str) -> str:
    """What is said beside a code."""
    return MESSAGES.get(code) or _WORDS.sub(" ", code.rpartition(".")[2]).lower()

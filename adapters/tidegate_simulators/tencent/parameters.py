"""The parameters of each action, and their types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tidegate_simulators.tencent.signing import Refused

_OF_NUMBER: Final = MappingProxyType(
    {"BeginTime": int, "Offset": int, "Limit": int, "PhoneNumber": str, "SmsSdkAppId": str}
)
_ASKED: Final[Mapping[str, Mapping[str, type]]] = MappingProxyType(
    {
        "SendSms": {"PhoneNumberSet": list, "SmsSdkAppId": str, "TemplateId": str},
        "PullSmsSendStatus": {"Limit": int, "SmsSdkAppId": str},
        "PullSmsReplyStatus": {"Limit": int, "SmsSdkAppId": str},
        "PullSmsSendStatusByPhoneNumber": _OF_NUMBER,
        "PullSmsReplyStatusByPhoneNumber": _OF_NUMBER,
        "SmsPackagesStatistics": {"SmsSdkAppId": str, "Limit": int, "Offset": int, "BeginTime": str, "EndTime": str},
    }
)
_OTHERS: Final[Mapping[str, Mapping[str, type]]] = MappingProxyType(
    {
        "SendSms": {
            "SignName": str,
            "TemplateParamSet": list,
            "ExtendCode": str,
            "SessionContext": str,
            "SenderId": str,
        },
        "PullSmsSendStatusByPhoneNumber": {"EndTime": int},
        "PullSmsReplyStatusByPhoneNumber": {"EndTime": int},
    }
)
ACTIONS: Final = frozenset(_ASKED)


def read(action: str, body: bytes) -> dict[str, Any]:
    """The parameters of a call, all that are asked for present, each of its type.

    Raises:
        Refused: They are not.
    """
    try:
        given = json.loads(body)
    except ValueError:
        raise Refused("InvalidRequest", "The body is no JSON.") from None
    if not isinstance(given, dict):
        raise Refused("InvalidRequest", "The body is no JSON object.")
    types = {**_ASKED[action], **_OTHERS.get(action, {})}
    for name, value in given.items():
        if name not in types:
            raise Refused("UnknownParameter", f"The parameter `{name}` is not recognized.")
        if value is not None and not _fits(value, types[name]):
            raise Refused("InvalidParameter", f"The type of the value of the parameter `{name}` is wrong.")
    for name in _ASKED[action]:
        if given.get(name) in (None, ""):
            raise Refused("MissingParameter", f"The request is missing the parameter `{name}`.")
    return given


def _fits(value: Any, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, kind) and not isinstance(value, bool)

"""What is registered at the simulator, and its limits, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType
from typing import Final

from tidegate_simulators.sms import Kind, Template, Window
from tidegate_simulators.tencent.signing import SecretKey

KEY: Final = SecretKey("AKIDsimulatedSecretId", "simulatedSecretKey")
SDK_APP_ID: Final = "1400000001"
SIGN: Final = "潮汐"
TEMPLATES: Final = (
    Template(code="1000001", content="您的验证码是{1}，五分钟内有效。", kind=Kind.CODE, max_length=6),
    Template(code="1000002", content="{1}您好，您的订单{2}已发货。", max_length=6),
    Template(
        code="1000003",
        content="{1}，会员专享优惠码{2}，点击 t.example/{3} 查看，拒收请回复R",
        kind=Kind.MARKETING,
        max_length=6,
    ),
    Template(code="1000004", content="Your code is {1}.", kind=Kind.CODE, abroad=True, max_length=6),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the cloud allows unless an operator changes it in the console.

    Attributes:
        as_of: When this was so.
        by_number: For each number, by the template's kind; a window says the code of its refusal.
        calls: Calls a second, by action.
        numbers: Numbers in one call.
        session_context: Bytes that a SessionContext stays under.
        content: Most characters of a text, signature included.
        marketing: From when until when marketing goes out, in Beijing.
        regions: What X-TC-Region may be.
    """

    as_of: date
    by_number: Mapping[Kind, tuple[Window, ...]]
    calls: Mapping[str, int]
    numbers: int = 200
    session_context: int = 512
    content: int = 500
    marketing: tuple[time, time] = (time(8), time(22))
    regions: frozenset[str] = frozenset({"ap-beijing", "ap-guangzhou", "ap-nanjing"})


_BY_NUMBER: Final = (
    Window(permits=1, seconds=30, says="LimitExceeded.PhoneNumberThirtySecondLimit"),
    Window(permits=5, seconds=3_600, says="LimitExceeded.PhoneNumberOneHourLimit"),
    Window(permits=10, by_calendar=True, says="LimitExceeded.PhoneNumberDailyLimit"),
)

LIMITS: Final = Limits(
    as_of=date(2026, 11, 22),
    by_number=MappingProxyType(dict.fromkeys(Kind, _BY_NUMBER)),
    calls=MappingProxyType(
        {
            "SendSms": 3_000,
            "PullSmsSendStatus": 100,
            "PullSmsSendStatusByPhoneNumber": 20,
            "PullSmsReplyStatus": 100,
            "PullSmsReplyStatusByPhoneNumber": 20,
            "SmsPackagesStatistics": 20,
        }
    ),
)
"""The defaults. How often a number may be sent to is a third party's word."""


@dataclass(slots=True, kw_only=True)
class Registered:
    """One account: what may be changed while the simulator runs.

    Attributes:
        keys: What callers sign with.
        sdk_app_ids: Its applications.
        signs: Approved signatures.
        templates: Templates by their codes.
        limits: What is allowed.
        balance: How many parts are paid for; None = enough.
        results: What becomes of messages to a number (E.164), other than DELIVRD.
        refusing: Numbers (E.164) that want no marketing.
        result_after: Seconds from taking a message to its result.
        pull_is_active: Whether results and answers may be pulled without naming a number.
    """

    keys: tuple[SecretKey, ...] = (KEY,)
    sdk_app_ids: set[str] = field(default_factory=lambda: {SDK_APP_ID})
    signs: set[str] = field(default_factory=lambda: {SIGN})
    templates: dict[str, Template] = field(default_factory=lambda: {one.code: one for one in TEMPLATES})
    limits: Limits = LIMITS
    balance: int | None = None
    results: dict[str, str] = field(default_factory=dict)
    refusing: set[str] = field(default_factory=set)
    result_after: float = 0.0
    pull_is_active: bool = True

"""What is registered at the simulator, and its limits, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from tidegate_simulators.aliyun.signing import AccessKey
from tidegate_simulators.sms import Kind, Template, Window

KEY: Final = AccessKey("LTAI5tSimulatedAccessKey", "simulated-access-key-secret")
SIGN: Final = "潮汐"
TEMPLATES: Final = (
    Template(code="SMS_100000001", content="您的验证码是${code}，五分钟内有效。", kind=Kind.CODE, max_length=6),
    Template(code="SMS_100000002", content="${name}您好，您的订单${order}已发货。"),
    Template(
        code="SMS_100000003",
        content="${name}，会员专享优惠码${code}，点击 https://t.example/${link} 查看，拒收请回复R",
        kind=Kind.MARKETING,
    ),
    Template(code="SMS_100000004", content="Your code is ${code}.", kind=Kind.CODE, abroad=True, max_length=6),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the cloud allows unless an operator agrees otherwise with it.

    Attributes:
        as_of: When this was so.
        by_sign: For each number and signature, by the template's kind.
        by_template: For each number, signature and template, by the template's kind.
        by_number: For each number over the whole platform, by the template's kind.
        late: With what result numbers of a call to many are reported that have had enough; "" = the call is refused.
        calls: Calls a second, by action.
        numbers: Numbers in a call, by action.
    """

    as_of: date
    by_sign: Mapping[Kind, tuple[Window, ...]]
    by_template: Mapping[Kind, tuple[Window, ...]]
    by_number: Mapping[Kind, tuple[Window, ...]]
    late: str = "MOBILE_SEND_LIMIT"
    calls: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


_CODES: Final = (
    Window(permits=1, seconds=60, says="触发分钟级流控Permits:1"),
    Window(permits=5, seconds=3_600, says="触发小时级流控Permits:5"),
    Window(permits=10, says="触发天级流控Permits:10"),
)
_NOTICES: Final = (Window(permits=50, says="触发天级流控Permits:50"),)

LIMITS: Final = Limits(
    as_of=date(2026, 11, 22),
    by_sign=MappingProxyType({Kind.CODE: _CODES}),
    by_template=MappingProxyType({Kind.NOTICE: _NOTICES, Kind.MARKETING: _NOTICES}),
    by_number=MappingProxyType({Kind.CODE: (Window(permits=40, says="触发号码天级流控Permits:40"),)}),
    calls=MappingProxyType({"SendSms": 5_000, "SendBatchSms": 5_000, "QuerySendDetails": 5_000}),
    numbers=MappingProxyType({"SendSms": 1_000, "SendBatchSms": 100}),
)
"""The defaults. That a call to many goes through for the others when one has had enough is not verified."""


@dataclass(slots=True, kw_only=True)
class Registered:
    """One account: what may be changed while the simulator runs.

    Attributes:
        keys: What callers sign with.
        signs: Approved signatures.
        templates: Templates by their codes.
        limits: What is allowed.
        balance: How many parts are paid for; None = enough.
        results: What becomes of messages to a number (E.164), other than being delivered.
        refusing: Numbers (E.164) that want nothing.
        refused: What their receipts say, by the message's kind; all else is delivered.
        result_after: Seconds from taking a message to its result.
    """

    keys: tuple[AccessKey, ...] = (KEY,)
    signs: set[str] = field(default_factory=lambda: {SIGN})
    templates: dict[str, Template] = field(default_factory=lambda: {one.code: one for one in TEMPLATES})
    limits: Limits = LIMITS
    balance: int | None = None
    results: dict[str, str] = field(default_factory=dict)
    refusing: set[str] = field(default_factory=set)
    refused: Mapping[Kind, str] = field(default_factory=lambda: {Kind.MARKETING: "MOBILE_IN_BLACK"})
    result_after: float = 0.0

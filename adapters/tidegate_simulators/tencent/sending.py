"""SendSms: what is checked, and what is taken."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tidegate_simulators.sms import BEIJING, Frequencies, Kind, Sms, Template, has_address, parts_of
from tidegate_simulators.tencent.account import Registered
from tidegate_simulators.tencent.codes import OK, message
from tidegate_simulators.tencent.numbers import country, e164, is_at_home
from tidegate_simulators.tencent.signing import Refused

_DELIVERED = "DELIVRD"


@dataclass(frozen=True, slots=True)
class _Call:
    """What all numbers of a call have in common."""

    template: Template
    sign: str
    text: str
    parts: int
    session: str
    extend_code: str
    now: datetime


class Sending:
    """Checks calls as the service does, one after another, and makes messages of them."""

    def __init__(self, account: Registered) -> None:
        self._account = account
        self._sent = Frequencies()
        self._serials = itertools.count(time.time_ns())

    def send(
        self, params: Mapping[str, Any], now: datetime, code_of: Callable[[str], str]
    ) -> tuple[list[dict[str, Any]], list[Sms]]:
        """The status of each number, and the messages that were taken.

        Args:
            params: The body.
            now: The cloud's time.
            code_of: A code by which a number is refused, whatever else; "" = none.

        Raises:
            Refused: The call is, and nothing is taken.
        """
        account, given = self._account, self._numbers(params)
        session = params.get("SessionContext") or ""
        if len(session.encode()) >= account.limits.session_context:
            raise Refused("InvalidParameter.InvalidParameters", "SessionContext has to be shorter.")
        numbers = [e164(one) for one in given]
        places = {is_at_home(number) for number in numbers if number}
        if len(places) > 1:
            raise Refused("UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber")
        call, code = self._call(params, session, at_home=places != {False}, now=now)
        statuses, taken = [], []
        for written, number in zip(given, numbers, strict=True):
            refusal = code or self._refusal(call, number, code_of)
            sms = None if refusal or call is None else self._sms(call, number)
            statuses.append(_status(number or written, session, refusal, sms))
            if sms:
                taken.append(sms)
        return statuses, taken

    def _numbers(self, params: Mapping[str, Any]) -> Sequence[str]:
        numbers: Sequence[str] = params["PhoneNumberSet"]
        if not numbers:
            raise Refused("MissingParameter.EmptyPhoneNumberSet")
        if len(numbers) > self._account.limits.numbers:
            raise Refused("LimitExceeded.PhoneNumberCountLimit")
        return numbers

    def _call(
        self, params: Mapping[str, Any], session: str, *, at_home: bool, now: datetime
    ) -> tuple[_Call | None, str]:
        """What is sent, or the code by which every number is refused."""
        account, sign = self._account, params.get("SignName") or ""
        template = account.templates.get(params["TemplateId"])
        values = params.get("TemplateParamSet") or ()
        if template is None or not template.is_approved:
            return None, "FailedOperation.TemplateUnapprovedOrNotExist"
        if (sign or at_home) and sign not in account.signs:
            return None, "FailedOperation.SignatureIncorrectOrUnapproved"
        code = self._unfit(template, values, at_home=at_home, now=now)
        if code:
            return None, code
        text = template.content
        for number, value in enumerate(values, 1):
            text = text.replace(f"{{{number}}}", value)
        text = f"【{sign}】{text}" if sign else text
        if len(text) > account.limits.content:
            return None, "InvalidParameterValue.ContentLengthLimit"
        parts = parts_of(text, abroad=template.abroad)
        return _Call(template, sign, text, parts, session, params.get("ExtendCode") or "", now), ""

    def _unfit(self, template: Template, values: Sequence[str], *, at_home: bool, now: datetime) -> str:
        """The code by which place, variables or hour are refused; "" = all is well."""
        if template.abroad and at_home:
            return "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone"
        if not template.abroad and not at_home:
            return "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"
        if len(values) != variables(template.content):
            return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        for value in values:
            if code := _unfit_value(template, value):
                return code
        begin, end = self._account.limits.marketing
        if template.kind is Kind.MARKETING and at_home and not begin <= now.astimezone(BEIJING).time() < end:
            return "FailedOperation.MarketingSendTimeConstraint"
        return ""

    def _refusal(self, call: _Call | None, number: str, code_of: Callable[[str], str]) -> str:
        """The code by which a number is refused, or "": then that it is sent to is counted."""
        account = self._account
        if call is None or not number:
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if code := code_of(number):
            return code
        if number in account.refusing and call.template.kind is Kind.MARKETING:
            return "FailedOperation.PhoneNumberInBlacklist"
        if account.balance is not None and account.balance < call.parts:
            return "FailedOperation.InsufficientBalanceInSmsPackage"
        windows, second = account.limits.by_number.get(call.template.kind, ()), call.now.timestamp()
        full = self._sent.exceeded(windows, number, second)
        if full:
            return full.says
        self._sent.count(windows, number, second)
        if account.balance is not None:
            account.balance -= call.parts
        return ""

    def _sms(self, call: _Call, number: str) -> Sms:
        return Sms(
            number=number,
            sign=call.sign,
            template=call.template.code,
            text=call.text,
            parts=call.parts,
            receipt_id=f"5000:{next(self._serials)}",
            caller_id=call.session,
            extend_code=call.extend_code,
            time=call.now,
            result_time=call.now + timedelta(seconds=self._account.result_after),
            result=self._account.results.get(number, _DELIVERED),
        )


def variables(content: str) -> int:
    """How many variables a template has: {1}, {2} and so on."""
    number = 0
    while f"{{{number + 1}}}" in content:
        number += 1
    return number


def _unfit_value(template: Template, value: str) -> str:
    if has_address(value):
        return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
    if template.kind is Kind.CODE and not (value.isascii() and value.isdigit() and len(value) <= template.max_length):
        return "InvalidParameterValue.TemplateParameterFormatError"
    if len(value) > template.max_length:
        return "InvalidParameterValue.TemplateParameterLengthLimit"
    return ""


def _status(number: str, session: str, refusal: str, sms: Sms | None) -> dict[str, Any]:
    code = refusal or OK
    return {
        "SerialNo": sms.receipt_id if sms else "",
        "PhoneNumber": number,
        "Fee": sms.parts if sms else 0,
        "SessionContext": session,
        "Code": code,
        "Message": message(code),
        "IsoCode": country(number)[1] if sms else "",
    }

"""SendSms and SendBatchSms: what is checked, and what is taken."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tidegate_simulators.aliyun.account import Registered
from tidegate_simulators.aliyun.signing import Refused
from tidegate_simulators.sms import Frequencies, Kind, Sms, Template, Window, has_address, parts_of

_AT_HOME: Final = re.compile(r"(?:\+|\+86|0086|86)?(1[3-9]\d{9})")
_ABROAD: Final = re.compile(r"(?:\+|00)?(?!86)([1-9]\d{6,14})")
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
_OUT_ID: Final = 256
_EXTEND_CODE: Final = re.compile(r"\d{0,20}")
_UNSUBSCRIBE: Final = "拒收请回复R"
_DELIVERED: Final = "DELIVERED"

Params = Mapping[str, str]
_Windows = tuple[Window, ...]
_Key = tuple[str, ...]


class Sending:
    """Checks calls as the service does, one after another, and makes messages of them."""

    def __init__(self, account: Registered) -> None:
        self._account = account
        self._sent = Frequencies()
        self._names: dict[str, tuple[str, ...]] = {}
        self._receipts = itertools.count(time.time_ns() // 10)

    def send_one_text(self, params: Params, now: datetime) -> list[Sms]:
        """SendSms: one text to all numbers.

        Raises:
            Refused: Nothing is taken.
        """
        numbers = self._numbers(_asked(params, "PhoneNumbers").split(","), "SendSms")
        given, template = params.get("SignName", ""), self._template(_asked(params, "TemplateCode"))
        sign = given if template.abroad else _asked(params, "SignName")
        self._check_signs([sign], template)
        _check_places(template, numbers)
        text = self._text(sign, template, _json(params.get("TemplateParam") or "{}"))
        extend = params.get("SmsUpExtendCode", "")
        rows = [(number, sign, text, extend) for number in numbers]
        return self._take(template, rows, _out_id(params), now)

    def send_own_texts(self, params: Params, now: datetime) -> list[Sms]:
        """SendBatchSms: a signature and variables for each number, one template.

        Raises:
            Refused: Nothing is taken.
        """
        numbers = self._numbers(_strings(_asked(params, "PhoneNumberJson")), "SendBatchSms")
        signs, template = _strings(_asked(params, "SignNameJson")), self._template(_asked(params, "TemplateCode"))
        values = _list(params["TemplateParamJson"]) if params.get("TemplateParamJson") else [{}] * len(numbers)
        given = params.get("SmsUpExtendCodeJson")
        extends = _strings(given) if given else [""] * len(numbers)
        if not len(numbers) == len(signs) == len(values) == len(extends):
            raise Refused("isv.INVALID_PARAMETERS", "号码、签名、变量的个数不一致")
        self._check_signs(signs, template)
        _check_places(template, numbers)
        texts = [self._text(sign, template, one) for sign, one in zip(signs, values, strict=True)]
        rows = list(zip(numbers, signs, texts, extends, strict=True))
        return self._take(template, rows, _out_id(params), now)

    def _numbers(self, given: Sequence[str], action: str) -> list[str]:
        if len(given) > self._account.limits.numbers.get(action, len(given)):
            raise Refused("isv.MOBILE_COUNT_OVER_LIMIT")
        return [e164(one) for one in given]

    def _template(self, code: str) -> Template:
        template = self._account.templates.get(code)
        if template is None or not template.is_approved:
            raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
        return template

    def _check_signs(self, signs: Sequence[str], template: Template) -> None:
        """At home each text has one; abroad none is needed, but one that is named has to be approved."""
        named = filter(None, signs) if template.abroad else signs
        if not self._account.signs.issuperset(named):
            raise Refused("isv.SMS_SIGNATURE_ILLEGAL")

    def _text(self, sign: str, template: Template, values: Any) -> str:
        """The whole text; `values` as they came. Signatures stand before texts at home alone."""
        if not isinstance(values, dict):
            raise Refused("isv.INVALID_JSON_PARAM")
        names = self._names.get(template.content)
        if names is None:
            names = self._names[template.content] = tuple(_VARIABLE.findall(template.content))
        text = template.content
        for name in names:
            text = text.replace(f"${{{name}}}", _value(name, values, template))
        return text if template.abroad else f"【{sign}】{text}"

    def _take(
        self, template: Template, rows: Sequence[tuple[str, str, str, str]], out_id: str, now: datetime
    ) -> list[Sms]:
        account, receipt_id = self._account, f"{next(self._receipts)}^0"
        result_time = now + timedelta(seconds=account.result_after)
        parts = [parts_of(text, abroad=template.abroad) for _, _, text, _ in rows]
        if account.balance is not None and account.balance < sum(parts):
            raise Refused("isv.AMOUNT_NOT_ENOUGH")
        taken = []
        results = self._counted(template, rows, now.timestamp())
        for (number, sign, text, extend), size, late in zip(rows, parts, results, strict=True):
            taken.append(
                Sms(
                    number=number,
                    sign=sign,
                    template=template.code,
                    text=text,
                    parts=size,
                    receipt_id=receipt_id,
                    caller_id=out_id,
                    extend_code=extend,
                    time=now,
                    result_time=result_time,
                    result=late or self._result(template, number, text),
                )
            )
        if account.balance is not None:
            account.balance -= sum(parts)
        return taken

    def _counted(self, template: Template, rows: Sequence[tuple[str, str, str, str]], now: float) -> list[str]:
        """For each row, the result of a number that has had enough, "" of one that has not.

        That more is sent is counted once it is known that all are taken.
        """
        limits, is_alone = self._account.limits, len(rows) == 1
        more: Counter[tuple[_Windows, _Key]] = Counter()
        results = []
        for number, sign, _, _ in rows:
            kept = self._limits(template, number, sign)
            full = next(filter(None, (self._sent.exceeded(*one, now, besides=more[one]) for one in kept)), None)
            if full and (is_alone or not limits.late):
                raise Refused("isv.BUSINESS_LIMIT_CONTROL", full.says)
            if not full:
                more.update(kept)
            results.append(limits.late if full else "")
        for windows, key in more.elements():
            self._sent.count(windows, key, now)
        return results

    def _limits(self, template: Template, number: str, sign: str) -> list[tuple[_Windows, _Key]]:
        limits, kind = self._account.limits, template.kind
        kept: list[tuple[_Windows, _Key]] = [
            (limits.by_sign.get(kind, ()), (number, sign)),
            (limits.by_template.get(kind, ()), (number, sign, template.code)),
            (limits.by_number.get(kind, ()), (number,)),
        ]
        return [(windows, key) for windows, key in kept if windows]

    def _result(self, template: Template, number: str, text: str) -> str:
        account = self._account
        if number in account.results:
            return account.results[number]
        if number in account.refusing and template.kind in account.refused:
            return account.refused[template.kind]
        if template.kind is Kind.MARKETING and not template.abroad and not text.endswith(_UNSUBSCRIBE):
            return "CONTENT_ERROR"
        return _DELIVERED


def e164(text: str) -> str:
    """The number in E.164.

    Raises:
        Refused: It is none.
    """
    found = _AT_HOME.fullmatch(text)
    if found:
        return f"+86{found[1]}"
    found = _ABROAD.fullmatch(text)
    if found:
        return f"+{found[1]}"
    raise Refused("isv.MOBILE_NUMBER_ILLEGAL")


def as_written(number: str) -> str:
    """A number in E.164 as the cloud writes it: at home without its country."""
    return number[3:] if number.startswith("+86") else number[1:]


def _check_places(template: Template, numbers: Sequence[str]) -> None:
    at_home = sum(number.startswith("+86") for number in numbers)
    if template.abroad and at_home:
        raise Refused("isv.DOMESTIC_NUMBER_NOT_SUPPORTED")
    if not template.abroad and at_home < len(numbers):
        raise Refused("isv.MOBILE_NUMBER_ILLEGAL")


def _value(name: str, values: Mapping[str, Any], template: Template) -> str:
    value = values.get(name)
    if value is None or value == "":
        raise Refused("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量缺少对应参数值: {name}")
    if not isinstance(value, str):
        raise Refused("isv.INVALID_JSON_PARAM")
    if len(value) > template.max_length:
        raise Refused("isv.PARAM_LENGTH_LIMIT")
    if has_address(value):
        raise Refused("isv.PARAM_NOT_SUPPORT_URL")
    if template.kind is Kind.CODE and not (value.isascii() and value.isalnum()):
        raise Refused("isv.TEMPLATE_PARAMS_ILLEGAL")
    return value


def _asked(params: Params, name: str) -> str:
    value = params.get(name)
    if not value:
        raise Refused(f"Missing{name}", f"{name} is mandatory for this action.")
    return value


def _out_id(params: Params) -> str:
    out_id = params.get("OutId", "")
    if len(out_id) >= _OUT_ID or not _EXTEND_CODE.fullmatch(params.get("SmsUpExtendCode", "")):
        raise Refused("isv.INVALID_PARAMETERS")
    return out_id


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Refused("isv.INVALID_JSON_PARAM") from None


def _list(text: str) -> list[Any]:
    found = _json(text)
    if not isinstance(found, list):
        raise Refused("isv.INVALID_JSON_PARAM")
    return found


def _strings(text: str) -> list[str]:
    found = _list(text)
    if not all(isinstance(one, str) for one in found):
        raise Refused("isv.INVALID_JSON_PARAM")
    return found

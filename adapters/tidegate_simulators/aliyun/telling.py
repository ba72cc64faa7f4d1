"""What the cloud tells of messages: QuerySendDetails, SmsReport and SmsUp."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from tidegate_simulators.aliyun.codes import DELIVERED, RECEIPTS, WAITING
from tidegate_simulators.aliyun.sending import as_written, e164
from tidegate_simulators.aliyun.signing import Refused
from tidegate_simulators.sms import BEIJING, Sms, beijing_time

_DAYS: Final = 30
_PAGE: Final = 50


SMS_UP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "phone_number": "number",
        "send_time": "time",
        "content": "text",
        "sign_name": "sign",
        "dest_code": "extend_code",
        "sequence_id": "sequence",
    }
)
"""Where in an element of SmsUp stands what. Its form is not verified."""


def is_taken(status: int, body: bytes) -> bool:
    """Whether an answer to a push says that it came: its `code` is a number, whichever."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    code = said.get("code") if isinstance(said, dict) else None
    return status == 200 and isinstance(code, int) and not isinstance(code, bool)


def receipt(sms: Sms) -> dict[str, Any]:
    """One element of SmsReport."""
    return {
        "phone_number": as_written(sms.number),
        "send_time": beijing_time(sms.time),
        "report_time": beijing_time(sms.result_time),
        "success": sms.result in DELIVERED,
        "err_code": sms.result,
        "err_msg": RECEIPTS.get(sms.result, sms.result),
        "sms_size": str(sms.parts),
        "biz_id": sms.receipt_id,
        "out_id": sms.caller_id,
    }


def answer_of(number: str, text: str, *, sign: str, extend_code: str, sequence: int, time: datetime) -> dict[str, Any]:
    """One element of SmsUp."""
    facts = {
        "number": as_written(number),
        "time": beijing_time(time),
        "text": text,
        "sign": sign,
        "extend_code": extend_code,
        "sequence": sequence,
    }
    return {name: facts[fact] for name, fact in SMS_UP.items()}


def details(params: Mapping[str, str], taken: Mapping[str, Sequence[Sms]], now: datetime) -> dict[str, Any]:
    """The answer to QuerySendDetails, newest first, without code and request id.

    Raises:
        Refused: A parameter is missing or wrong.
    """
    for name in ("PhoneNumber", "SendDate", "PageSize", "CurrentPage"):
        if not params.get(name):
            raise Refused(f"Missing{name}", f"{name} is mandatory for this action.")
    day, size, page = _day(params["SendDate"], now), _whole(params["PageSize"]), _whole(params["CurrentPage"])
    if size > _PAGE:
        raise Refused("isv.INVALID_PARAMETERS")
    biz_id = params.get("BizId", "")
    found = [
        sms
        for sms in reversed(taken.get(e164(params["PhoneNumber"]), ()))
        if sms.time.astimezone(BEIJING).date() == day and biz_id in ("", sms.receipt_id)
    ]
    shown = found[(page - 1) * size : page * size]
    return {
        "TotalCount": str(len(found)),
        "SmsSendDetailDTOs": {"SmsSendDetailDTO": [_detail(sms, now) for sms in shown]},
    }


def _detail(sms: Sms, now: datetime) -> dict[str, Any]:
    known = sms.result_time <= now
    told: dict[str, Any] = {
        "PhoneNum": as_written(sms.number),
        "SendDate": beijing_time(sms.time),
        "SendStatus": (3 if sms.result in DELIVERED else 2) if known else 1,
        "ErrCode": sms.result if known else WAITING,
        "TemplateCode": sms.template,
        "Content": sms.text,
        "OutId": sms.caller_id,
    }
    return told | ({"ReceiveDate": beijing_time(sms.result_time)} if known else {})


def _day(text: str, now: datetime) -> date:
    try:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=BEIJING).date()
    except ValueError:
        raise Refused("isv.INVALID_PARAMETERS", "SendDate是yyyyMMdd") from None
    if now.astimezone(BEIJING).date() - day > timedelta(days=_DAYS):
        raise Refused("isv.INVALID_PARAMETERS", "SendDate超过30天")
    return day


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise Refused("isv.INVALID_PARAMETERS")
    return int(text)

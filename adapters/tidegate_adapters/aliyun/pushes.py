"""What the provider pushes: receipts (SmsReport) and customers' answers (SmsUp), as arrays of JSON objects.

The names of fields are data; those of receipts for foreign numbers, and of answers, are not verified.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from tidegate.channels import Answered, Callback, Receipt, Reply, Report

from tidegate_adapters.aliyun.calls import is_shared
from tidegate_adapters.aliyun.codes import RECEIPTS
from tidegate_adapters.aliyun.details import receipt, time_of
from tidegate_adapters.sms.numbers import from_national, is_number, redacted
from tidegate_adapters.sms.texts import is_refusal

_TAKEN: Final = '{"code":0,"msg":"接收成功"}'
_NUMBER: Final = ("phone_number", "PhoneNumber")
_FOREIGN_NUMBER: Final = ("To",)
_CALL: Final = ("biz_id", "BizId", "MessageId")
_MESSAGE: Final = ("out_id", "OutId")
_CODE: Final = ("err_code", "ErrorCode", "ErrCode")
_WORDS: Final = ("err_msg", "ErrorDescription", "ErrMsg")
_SUCCESS: Final = ("success", "Status")
_TIME: Final = ("report_time", "ReceiveDate", "send_time", "SendDate")
_ANSWER: Final = ("content", "Content")
_SEQUENCE: Final = ("sequence_id", "SequenceId")
_WHETHER: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "2": False, "6": False}
"""How pushes say that a message was delivered: domestic ones true or false, foreign ones by status."""

Item = Mapping[str, Any]


def reply_to(callback: Callback) -> Reply:
    """What the provider is answered: that it was taken, or that it can't be read."""
    if not items_of(callback.body):
        return Reply(status=400, body='{"code":1,"msg":"not an array of receipts"}', content_type="application/json")
    key = hashlib.sha256(callback.body).hexdigest()
    return Reply(body=_TAKEN, content_type="application/json", key=key)


def items_of(body: bytes) -> Sequence[Item]:
    """The items of a push; none when it is no push."""
    with suppress(ValueError, RecursionError):
        read = json.loads(body)
        if isinstance(read, list) and all(isinstance(one, dict) for one in read):
            return [one for one in read if _text(one, _NUMBER) or _text(one, _FOREIGN_NUMBER)]
    return []


def reports_of(callback: Callback, refusal_words: Collection[str]) -> Iterator[Report]:
    """What a push says."""
    for item in items_of(callback.body):
        report = _receipt(item, callback.time) or _answered(item, callback.time, refusal_words)
        if report is not None:
            yield report


def _receipt(item: Item, arrived: datetime) -> Receipt | None:
    out_id, biz_id = _text(item, _MESSAGE), _text(item, _CALL)
    delivered = _WHETHER.get(_text(item, _SUCCESS).lower())
    message_id = "" if is_shared(out_id) else out_id
    if delivered is None or not (message_id or biz_id):
        return None
    bounce = None if delivered else RECEIPTS.outcome(_text(item, _CODE), redacted(_text(item, _WORDS)))
    return receipt(message_id, biz_id, _address(item), time_of(_text(item, _TIME)) or arrived, bounce)


def _answered(item: Item, arrived: datetime, refusal_words: Collection[str]) -> Answered | None:
    text, address = _text(item, _ANSWER), _address(item)
    if not address or not any(name in item for name in _ANSWER):
        return None
    return Answered(
        report_id=f"answer {_text(item, _SEQUENCE) or _digest(item)}",
        address=address,
        text=text,
        is_refusal=is_refusal(text, refusal_words),
        time=time_of(_text(item, _TIME)) or arrived,
    )


def _address(item: Item) -> str:
    foreign = _text(item, _FOREIGN_NUMBER).removeprefix("+")
    if foreign:
        return f"+{foreign}" if is_number(f"+{foreign}") else ""
    return from_national(_text(item, _NUMBER))


def _text(item: Item, names: Sequence[str]) -> str:
    return next((str(item[name]) for name in names if item.get(name) is not None), "")


def _digest(item: Item) -> str:
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()

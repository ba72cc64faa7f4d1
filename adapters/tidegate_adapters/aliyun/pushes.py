"""What the provider pushes: receipts (SmsReport) and customers' answers (SmsUp), as arrays of JSON objects.

The names of fields are data; those of receipts for foreign numbers, and of answers, are not verified.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from tidegate.channels import Answered, Callback, Receipt, Reply, Report

from tidegate_adapters.aliyun.codes import RECEIPTS
from tidegate_adapters.sms.marks import is_shared
from tidegate_adapters.sms.numbers import from_national, is_number, redacted
from tidegate_adapters.sms.reports import Item, digest_of, items_of, receipt, reply, text_of, time_of
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


def reply_to(callback: Callback) -> Reply:
    """What the provider is answered."""
    return reply(callback, _TAKEN, is_push=bool(_items_of(callback.body)))


def reports_of(callback: Callback, refusal_words: Collection[str]) -> Iterator[Report]:
    """What a push says."""
    for item in _items_of(callback.body):
        report = _receipt(item, callback.time) or _answered(item, callback.time, refusal_words)
        if report is not None:
            yield report


def _receipt(item: Item, arrived: datetime) -> Receipt | None:
    out_id, biz_id = text_of(item, _MESSAGE), text_of(item, _CALL)
    delivered = _WHETHER.get(text_of(item, _SUCCESS).lower())
    message_id = "" if is_shared(out_id) else out_id
    if delivered is None or not (message_id or biz_id):
        return None
    bounce = None if delivered else RECEIPTS.outcome(text_of(item, _CODE), redacted(text_of(item, _WORDS)))
    return receipt(message_id, biz_id, _address(item), time_of(text_of(item, _TIME)) or arrived, bounce)


def _answered(item: Item, arrived: datetime, refusal_words: Collection[str]) -> Answered | None:
    text, address = text_of(item, _ANSWER), _address(item)
    if not address or not any(name in item for name in _ANSWER):
        return None
    return Answered(
        report_id=f"answer {text_of(item, _SEQUENCE) or digest_of(item)}",
        address=address,
        text=text,
        is_refusal=is_refusal(text, refusal_words),
        time=time_of(text_of(item, _TIME)) or arrived,
    )


def _address(item: Item) -> str:
    foreign = text_of(item, _FOREIGN_NUMBER).removeprefix("+")
    if foreign:
        return f"+{foreign}" if is_number(f"+{foreign}") else ""
    return from_national(text_of(item, _NUMBER))


def _items_of(body: bytes) -> Sequence[Item]:
    """The items of a push, each about a number; none when it is no push."""
    items = items_of(body)
    return [one for one in items if text_of(one, _NUMBER) or text_of(one, _FOREIGN_NUMBER)]

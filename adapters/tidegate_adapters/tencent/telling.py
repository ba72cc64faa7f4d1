"""What the provider tells later: receipts and customers' answers, pushed and pulled.

The names of fields are data, for both ways; those of answers are not verified.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from tidegate.channels import Answered, Asked, Callback, Receipt, Reply, Report

from tidegate_adapters.sms.marks import is_of, is_shared
from tidegate_adapters.sms.numbers import is_number, redacted
from tidegate_adapters.sms.reports import Item, digest_of, items_of, receipt, reply, text_of, time_of
from tidegate_adapters.sms.texts import is_refusal
from tidegate_adapters.tencent.codes import RECEIPTS

_TAKEN: Final = '{"result":0,"errmsg":"OK"}'
_SERIAL: Final = ("sid", "SerialNo")
_STATUS: Final = ("report_status", "ReportStatus")
_CODE: Final = ("errmsg", "Description")
_WORDS: Final = ("description", "Description")
_CONTEXT: Final = ("SessionContext",)
_TIME: Final = ("user_receive_time", "UserReceiveTime", "time", "ReplyTime")
_WHOLE_NUMBER: Final = ("PhoneNumber",)
_COUNTRY: Final = ("nationcode", "CountryCode")
_NUMBER: Final = ("mobile", "SubscriberNumber")
_ANSWER: Final = ("text", "ReplyContent")
_DELIVERED, _FAILED = "SUCCESS", "FAIL"


def reply_to(callback: Callback) -> Reply:
    """What the provider is answered."""
    items = items_of(callback.body)
    return reply(callback, _TAKEN, is_push=bool(items) and all(map(_is_told, items)))


def reports_of(items: Sequence[Item], arrived: datetime, refusal_words: Collection[str]) -> Iterator[Report]:
    """What items say that were pushed or pulled."""
    for item in items:
        report = _answered(item, arrived, refusal_words) if text_of(item, _ANSWER) else receipt_of(item, arrived)
        if report is not None:
            yield report


def receipt_of(item: Item, arrived: datetime, asked: Asked | None = None) -> Receipt | None:
    """What an item says of a message, of the one that was asked about where there was one."""
    status, serial, context = text_of(item, _STATUS), text_of(item, _SERIAL), text_of(item, _CONTEXT)
    message_id = asked.message_id if asked else "" if is_shared(context) else context
    if status not in (_DELIVERED, _FAILED) or not (serial or message_id):
        return None
    failed = status == _FAILED
    bounce = RECEIPTS.outcome(_code_of(item), redacted(text_of(item, _WORDS))) if failed else None
    return receipt(message_id, serial, "", _time(item) or arrived, bounce)


def belongs(item: Item, asked: Asked) -> bool:
    """Whether what the provider holds of a number is about a message to it."""
    serial = text_of(item, _SERIAL)
    if asked.provider_id:
        return serial == asked.provider_id
    context = text_of(item, _CONTEXT)
    return bool(context) and is_of(context, asked, _time(item))


def serial_of(item: Item) -> str:
    """The provider's id of the message."""
    return text_of(item, _SERIAL)


def _answered(item: Item, arrived: datetime, refusal_words: Collection[str]) -> Answered | None:
    address, text = _address(item), text_of(item, _ANSWER)
    if not address:
        return None
    return Answered(
        report_id=f"answer {digest_of(item)}",
        address=address,
        text=text,
        is_refusal=is_refusal(text, refusal_words),
        time=_time(item) or arrived,
    )


def _is_told(item: Item) -> bool:
    return bool(text_of(item, _SERIAL)) or (bool(text_of(item, _ANSWER)) and bool(_address(item)))


def _code_of(item: Item) -> str:
    """The carrier's code; pulls may have words in its place, and then it is what the provider says: FAIL."""
    code = text_of(item, _CODE)
    return code if code.isascii() and code and " " not in code else _FAILED


def _address(item: Item) -> str:
    whole = text_of(item, _WHOLE_NUMBER)
    if not whole.startswith("+"):
        whole = f"+{text_of(item, _COUNTRY).removeprefix('+')}{text_of(item, _NUMBER)}"
    return whole if is_number(whole) else ""


def _time(item: Item) -> datetime | None:
    """Pushes write China's time, pulls Unix seconds."""
    given = text_of(item, _TIME)
    if given.isascii() and given.isdigit() and len(given) <= len("9999999999"):
        return datetime.fromtimestamp(int(given), UTC)
    return time_of(given)

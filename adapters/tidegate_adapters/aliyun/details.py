"""What the provider knows of single messages: QuerySendDetails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tidegate.channels import Account, Asked, Outcome, OutcomeKind, Receipt
from tidegate.channels.allowances import PLATFORM_ZONE

from tidegate_adapters.aliyun.client import Client
from tidegate_adapters.aliyun.codes import RECEIPTS
from tidegate_adapters.aliyun.settings import AliyunSettings
from tidegate_adapters.sms.marks import is_of
from tidegate_adapters.sms.numbers import national
from tidegate_adapters.sms.reports import receipt, time_of

PAGE: Final = 50
_MOST_PAGES: Final = 4
_FAILED, _DELIVERED = "2", "3"
_NEAR_MIDNIGHT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Detail:
    """What the provider says of one message. `time` is when it reached the phone, or was given up."""

    status: str
    code: str
    time: datetime | None


class Details:
    """Asks for messages, one by one, as the provider knows them by number and day."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, account: Account[AliyunSettings], asked: Sequence[Asked]) -> Sequence[Detail | None]:
        """For each message, what is known of it; None where nothing is."""
        return await asyncio.gather(*(self._of(account, one) for one in asked))

    async def _of(self, account: Account[AliyunSettings], asked: Asked) -> Detail | None:
        for day in _days(asked.sent_time):
            for page in range(1, _MOST_PAGES + 1):
                records = await self._page(account, asked, day, page)
                for record in records:
                    if _belongs(record, asked):
                        status, code = str(record.get("SendStatus") or ""), str(record.get("ErrCode") or "")
                        return Detail(status, code, time_of(record.get("ReceiveDate")))
                if len(records) < PAGE:
                    break
        return None

    async def _page(
        self, account: Account[AliyunSettings], asked: Asked, day: str, page: int
    ) -> Sequence[Mapping[str, Any]]:
        query = query_for(national(asked.address), day, page)
        if asked.provider_id:
            query["BizId"] = asked.provider_id
        outcome, body = await self._client.call(account, "QuerySendDetails", query)
        return records_of(body) if outcome.kind is OutcomeKind.ACCEPTED else ()


def query_for(number: str, day: str, page: int = 1) -> dict[str, str]:
    """The parameters of a question; `day` is yyyymmdd in China's time."""
    return {"PhoneNumber": number, "SendDate": day, "PageSize": str(PAGE), "CurrentPage": str(page)}


def day_of(instant: datetime) -> str:
    """The day of an instant in China's time, as the provider writes it."""
    return instant.astimezone(PLATFORM_ZONE).strftime("%Y%m%d")


def records_of(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The records in an answer."""
    holder = body.get("SmsSendDetailDTOs")
    records = holder.get("SmsSendDetailDTO") if isinstance(holder, dict) else None
    return [one for one in records if isinstance(one, dict)] if isinstance(records, list) else []


def receipt_of(asked: Asked, detail: Detail, now: datetime) -> Receipt | None:
    """What a detail says as a receipt; None while the message is on its way."""
    time = detail.time or now
    bounce: Outcome | None = None
    if detail.status == _FAILED:
        bounce = RECEIPTS.outcome(detail.code)
    elif detail.status != _DELIVERED:
        return None
    return receipt(asked.message_id, asked.provider_id, asked.address, time, bounce)


def _days(sent: datetime) -> Sequence[str]:
    """The days on which the provider may have counted a message; two around midnight."""
    return sorted({day_of(sent - _NEAR_MIDNIGHT), day_of(sent), day_of(sent + _NEAR_MIDNIGHT)})


def _belongs(record: Mapping[str, Any], asked: Asked) -> bool:
    """Whether a record of the number is about the message."""
    given = str(record.get("OutId") or "")
    if not given:
        return bool(asked.provider_id)
    return is_of(given, asked, time_of(record.get("SendDate")))

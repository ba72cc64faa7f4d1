"""Asking the provider for what it tells: all that it holds for an application, or what it knows of a number."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from tidegate.channels import Account, Asked, Outcome

from tidegate_adapters.sms.reports import Item
from tidegate_adapters.tencent.client import Client, Said
from tidegate_adapters.tencent.settings import TencentSettings
from tidegate_adapters.tencent.telling import belongs

PAGE: Final = 100
BY_NUMBER: Final = "PullSmsSendStatusByPhoneNumber"
_HELD: Final = {"PullSmsSendStatus": "PullSmsSendStatusSet", "PullSmsReplyStatus": "PullSmsReplyStatusSet"}
_MOST_PAGES: Final = 5
_A_SECOND: Final = 20
"""How many questions about numbers the provider answers in a second."""

_EARLY, _LATE = timedelta(minutes=5), timedelta(minutes=1)
_KEPT: Final = timedelta(days=7) - timedelta(minutes=10)
"""How far back the provider can be asked."""


class Pulling:
    """Asks."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def held(self, account: Account[TencentSettings]) -> Sequence[Item]:
        """Receipts and answers that the provider holds ready; it forgets what it has handed out."""
        parameters = {"SmsSdkAppId": account.settings.sdk_app_id, "Limit": PAGE}
        calls = [self._client.call(account, action, parameters) for action in _HELD]
        told = await asyncio.gather(*calls)
        return [item for said, name in zip(told, _HELD.values(), strict=True) for item in _items(said, name)]

    async def of(
        self, account: Account[TencentSettings], asked: Sequence[Asked], now: datetime
    ) -> Sequence[Item | None]:
        """For each message, what the provider knows of it; None where that is nothing."""
        found: list[Item | None] = []
        for start in range(0, len(asked), _A_SECOND):
            if start:
                await asyncio.sleep(1.0)
            some = asked[start : start + _A_SECOND]
            found += await asyncio.gather(*(self._of(account, one, now) for one in some))
        return found

    async def _of(self, account: Account[TencentSettings], asked: Asked, now: datetime) -> Item | None:
        begin = max(asked.sent_time - _EARLY, now - _KEPT)
        for page in range(_MOST_PAGES):
            parameters = by_number(account.settings, asked.address, begin, now + _LATE, page)
            items = _items(await self._client.call(account, BY_NUMBER, parameters), _HELD["PullSmsSendStatus"])
            for item in items:
                if belongs(item, asked):
                    return item
            if len(items) < PAGE:
                break
        return None


def by_number(
    settings: TencentSettings, number: str, begin: datetime, end: datetime, page: int = 0
) -> dict[str, object]:
    """The parameters of a question about a number in E.164."""
    return {
        "BeginTime": int(begin.timestamp()),
        "EndTime": int(end.timestamp()),
        "Offset": page * PAGE,
        "Limit": PAGE,
        "PhoneNumber": number,
        "SmsSdkAppId": settings.sdk_app_id,
    }


def _items(said: Said | Outcome, name: str) -> Sequence[Item]:
    given = None if isinstance(said, Outcome) else said.get(name)
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []

"""Asking the provider for what it tells: all that it holds for an application, or what it knows of a number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from tidegate.channels import Account, Asked, Outcome

from tidegate_adapters.sms.reports import Item
from tidegate_adapters.tencent.client import Client, Said
from tidegate_adapters.tencent.settings import TencentSettings
from tidegate_adapters.tencent.telling import belongs

MOST: Final = 100
BY_NUMBER: Final = "PullSmsSendStatusByPhoneNumber"
_HELD: Final = {"PullSmsSendStatus": "PullSmsSendStatusSet", "PullSmsReplyStatus": "PullSmsReplyStatusSet"}
_A_SECOND: Final = 20
"""How many questions about numbers the provider answers in a second."""

_EARLY, _LATE = timedelta(minutes=5), timedelta(minutes=1)
_KEPT: Final = timedelta(days=7) - timedelta(minutes=10)
"""How far back the provider can be asked."""


class Pulling:
    """Asks; `pause` waits for so many seconds."""

    def __init__(self, client: Client, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._client = client
        self._pause = pause

    async def held(self, account: Account[TencentSettings]) -> Sequence[Item]:
        """Receipts and answers that the provider holds ready; it forgets what it has handed out."""
        parameters = {"SmsSdkAppId": account.settings.sdk_app_id, "Limit": MOST}
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
                await self._pause(1.0)
            some = asked[start : start + _A_SECOND]
            found += await asyncio.gather(*(self._of(account, one, now) for one in some))
        return found

    async def _of(self, account: Account[TencentSettings], asked: Asked, now: datetime) -> Item | None:
        begin = max(asked.sent_time - _EARLY, now - _KEPT)
        said = await self._client.call(
            account, BY_NUMBER, by_number(account.settings, asked.address, begin, now + _LATE)
        )
        items = _items(said, _HELD["PullSmsSendStatus"])
        return next((item for item in items if belongs(item, asked)), None)


def by_number(settings: TencentSettings, number: str, begin: datetime, end: datetime) -> dict[str, object]:
    """The parameters of a question about a number in E.164. There are no pages: the provider wants the offset 0."""
    return {
        "BeginTime": int(begin.timestamp()),
        "EndTime": int(end.timestamp()),
        "Offset": 0,
        "Limit": MOST,
        "PhoneNumber": number,
        "SmsSdkAppId": settings.sdk_app_id,
    }


def _items(said: Said | Outcome, name: str) -> Sequence[Item]:
    given = None if isinstance(said, Outcome) else said.get(name)
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []

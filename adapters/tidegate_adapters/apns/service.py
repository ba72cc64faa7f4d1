"""The service for one account: a connection that is opened when it is needed and kept, and the provider token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tidegate.channels import Outcome

from tidegate_adapters.apns.codes import EXPIRED, UNRELATED, reason_of
from tidegate_adapters.apns.connection import Connection, not_sent
from tidegate_adapters.apns.notification import Notification
from tidegate_adapters.apns.settings import ApnsSettings
from tidegate_adapters.apns.tokens import ProviderTokens
from tidegate_adapters.calls import Answer, NotSent, Places

_FORBIDDEN: Final = 403
_NO_FIRST: Final = Outcome.retryable("not offered: APNs did not answer the first notification of the connection")


class Service:
    """Made in the event loop that is running, and used there.

    The first notification of a connection goes alone: Apple takes one at a time until it knows the provider token, and
    where Apple does not answer, one has waited for it in place of all.

    Attributes:
        places: Who posts has one of them.
    """

    def __init__(self, settings: ApnsSettings, now: Callable[[], float] = time.time) -> None:
        """`now` counts seconds since 1970; provider tokens go by it."""
        self.places: Final = Places(settings.streams)
        self._settings = settings
        self._tokens = ProviderTokens(settings, now)
        self._connection: Connection | None = None
        self._first: asyncio.Future[Outcome | None] | None = None
        self._is_closed = False

    async def connect(self) -> None:
        """Wait until the connection's first notification, where one is on its way, is answered.

        Raises:
            NotSent: It was not.
        """
        while self._first is not None:
            failure = await asyncio.shield(self._first)
            if failure:
                raise NotSent(failure)

    async def post(self, notification: Notification) -> Answer:
        """Offer a notification; once more with a new provider token where Apple says that the first has expired.

        Raises:
            NotSent: It was surely not taken.
            NoAnswer: It may have been.
        """
        await self.connect()
        token = self._tokens.current()
        answer = await self._post(notification, token)
        reason = reason_of(answer) if answer.status == _FORBIDDEN else ""
        if reason == EXPIRED and (fresh := self._tokens.renew(token)):
            return await self._post(notification, fresh)
        if reason == UNRELATED and self._connection is not None:
            await self._connection.retire("it was used with another key before")
        return answer

    async def close(self) -> None:
        """Let go of the connection."""
        self._is_closed = True
        if self._connection is not None:
            await self._connection.close()

    async def _post(self, notification: Notification, token: str) -> Answer:
        await self.connect()
        if self._connection is not None and self._connection.is_open:
            return await self._ask(self._connection, notification, token, self._settings.timeout)
        first = self._first = asyncio.get_running_loop().create_future()
        failure: Outcome | None = _NO_FIRST
        try:
            connection = await self._renew()
            seconds = self._settings.connect_timeout + self._settings.timeout
            answer = await self._ask(connection, notification, token, seconds)
            failure = None
        except NotSent as error:
            failure = error.outcome
            raise
        else:
            return answer
        finally:
            self._first = None
            first.set_result(failure)

    async def _renew(self) -> Connection:
        """A new connection in place of the one that there is, which ends once all on it are answered."""
        if self._connection is not None:
            await self._connection.retire("nothing was said on it for too long")
        self._connection = await Connection.make(self._settings)
        if self._is_closed:
            await self._connection.close()
            raise not_sent("the account's connections have been closed")
        return self._connection

    async def _ask(self, connection: Connection, notification: Notification, token: str, seconds: float) -> Answer:
        headers = {
            "authorization": f"bearer {token}",
            "apns-topic": self._settings.topic,
            **notification.headers,
        }
        return await connection.post(notification.path, headers, notification.body, seconds)

"""The service for one account: a connection that is opened when it is needed and kept, and the provider token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from hpack import NeverIndexedHeaderTuple

from tidegate_adapters.apns.codes import EXPIRED, UNRELATED, reason_of
from tidegate_adapters.apns.connection import Connection, Header
from tidegate_adapters.apns.notification import Notification
from tidegate_adapters.apns.settings import ApnsSettings
from tidegate_adapters.apns.tokens import ProviderTokens
from tidegate_adapters.calls import Answer, NotSent, Places

_SILENCE: Final = 15.0
"""Seconds after which a connection is asked whether it is still there: what is written on one that has ended unheard
may or may not arrive."""

_FORBIDDEN: Final = 403
_VARYING: Final = frozenset({":path", "apns-id", "apns-expiration", "apns-collapse-id"})


class Service:
    """Made in the event loop that is running, and used there.

    Attributes:
        places: Who posts has one of them.
    """

    def __init__(self, settings: ApnsSettings, now: Callable[[], float] = time.time) -> None:
        """`now` counts seconds since 1970; provider tokens go by it."""
        self.places: Final = Places(settings.streams)
        self._settings = settings
        self._tokens = ProviderTokens(settings, now)
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[Connection | NotSent] | None = None

    async def connect(self) -> Connection:
        """A connection that works as far as can be known; all who ask at one time wait for the same.

        Raises:
            NotSent: There is none.
        """
        kept = self._connection
        if kept is not None and kept.is_open and kept.silence < _SILENCE:
            return kept
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._renew())
        made = await asyncio.shield(self._connecting)
        if isinstance(made, NotSent):
            raise NotSent(made.outcome)
        return made

    async def post(self, notification: Notification) -> Answer:
        """Offer a notification; once more with a new provider token where Apple says that the first has expired.

        Raises:
            NotSent: It was surely not taken.
            NoAnswer: It may have been.
        """
        connection, token = await self.connect(), self._tokens.current()
        answer = await self._post(connection, notification, token)
        reason = reason_of(answer) if answer.status == _FORBIDDEN else ""
        if reason == EXPIRED and (fresh := self._tokens.renew(token)):
            return await self._post(connection, notification, fresh)
        if reason == UNRELATED:
            connection.retire("it was used with another key before")
        return answer

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        if self._connection is not None:
            await self._connection.leave()

    async def _renew(self) -> Connection | NotSent:
        """The connection that there is where it answers still, else a new one."""
        try:
            kept = self._connection
            if kept is not None and await kept.is_alive(self._settings.connect_timeout):
                return kept
            if kept is not None:
                kept.retire("the connection does not answer")
            self._connection = await Connection.open(self._settings)
        except NotSent as error:
            return error
        else:
            return self._connection
        finally:
            self._connecting = None

    async def _post(self, connection: Connection, notification: Notification, token: str) -> Answer:
        scheme, _, authority = self._settings.url.partition("://")
        headers: list[Header] = [
            (":method", "POST"),
            (":scheme", scheme),
            (":authority", authority),
            _header(":path", notification.path),
            ("authorization", f"bearer {token}"),
            ("apns-topic", self._settings.topic),
            *(_header(name, value) for name, value in notification.headers.items()),
        ]
        return await connection.post(headers, notification.body, self._settings.timeout)


def _header(name: str, value: str) -> Header:
    """What differs from one notification to the next is kept out of Apple's small table of headers."""
    return NeverIndexedHeaderTuple(name, value) if name in _VARYING else (name, value)

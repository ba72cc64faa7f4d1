"""The service for one account: a connection that is opened when it is needed and kept, and the provider token."""

from __future__ import annotations

import asyncio
from typing import Final

from hpack import NeverIndexedHeaderTuple

from tidegate_adapters.apns.answers import Answer
from tidegate_adapters.apns.codes import EXPIRED, UNRELATED, reason_of
from tidegate_adapters.apns.connection import Connection, Header
from tidegate_adapters.apns.notification import Notification
from tidegate_adapters.apns.settings import ApnsSettings
from tidegate_adapters.apns.tokens import ProviderTokens

_SILENCE: Final = 15.0
"""Seconds after which a connection is asked whether it is still there: what is written on one that has ended unheard
may or may not arrive."""

_FORBIDDEN: Final = 403
_VARYING: Final = frozenset({":path", "apns-id", "apns-expiration", "apns-collapse-id"})


class Service:
    """Made in the event loop that is running, and used there."""

    def __init__(self, settings: ApnsSettings) -> None:
        self._settings = settings
        self._tokens = ProviderTokens(settings)
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()

    async def connect(self) -> Connection:
        """A connection that works as far as can be known.

        Raises:
            NotSent: There is none.
        """
        async with self._turn:
            kept = self._connection
            if kept is not None and kept.is_open and await self._is_there(kept):
                return kept
            self._connection = await Connection.open(self._settings)
            return self._connection

    async def post(self, connection: Connection, notification: Notification) -> Answer:
        """Offer a notification; once more with a new provider token where Apple says that the first has expired.

        Raises:
            NotSent: It was surely not taken.
            NoAnswer: It may have been.
        """
        token = self._tokens.current()
        answer = await self._post(connection, notification, token)
        reason = reason_of(answer) if answer.status == _FORBIDDEN else ""
        if reason == EXPIRED and (fresh := self._tokens.renew(token)):
            return await self._post(connection, notification, fresh)
        if reason == UNRELATED:
            connection.retire("it was used with another key before")
        return answer

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.leave()

    async def _is_there(self, connection: Connection) -> bool:
        if connection.silence < _SILENCE or await connection.is_alive(self._settings.connect_timeout):
            return True
        connection.retire("the connection does not answer")
        return False

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

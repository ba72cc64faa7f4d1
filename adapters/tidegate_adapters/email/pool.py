"""Connections to one relay, kept between mails."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, cast

import aiosmtplib
from tidegate.channels import Outcome

from tidegate_adapters.email.conversation import Conversation
from tidegate_adapters.email.replies import Moment, Reply, redacted, refused
from tidegate_adapters.email.settings import Security, SmtpSettings

_IDLE: Final = 60.0
"""Seconds after which a kept connection is not trusted any more: relays close idle ones."""


class CannotOpen(Exception):
    """No connection could be made; `outcome` says what that means for every message."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.detail)


class NoPlace(Exception):
    """All connections were in use for as long as one could wait."""


class Place:
    """Room for one connection at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def connection(self) -> AbstractAsyncContextManager[Conversation]:
        """A connection of one's own for a while; a new one if none is kept.

        Raises:
            CannotOpen: The relay cannot be reached, or does not let us in.
        """
        return self._pool.connection()


class Pool:
    """Up to `settings.connections` connections of one account, in the event loop that is running."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings: Final = settings
        self.loop: Final = asyncio.get_running_loop()
        self._places = asyncio.Semaphore(settings.connections)
        self._free: deque[tuple[Conversation, float]] = deque()
        self._tls: ssl.SSLContext | None = None
        self._retired = False

    @asynccontextmanager
    async def place(self, until: float | None = None) -> AsyncIterator[Place]:
        """Room for one connection of one's own for a while.

        Raises:
            NoPlace: All have been taken until the instant ``until`` of `time.monotonic`.
        """
        await self._take_place(until)
        try:
            yield Place(self)
        finally:
            self._places.release()

    async def _take_place(self, until: float | None) -> None:
        if until is None or not self._places.locked():  # as a rule: without the cost of a time-out
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(until - time.monotonic()):
                await self._places.acquire()
        except TimeoutError as error:
            raise NoPlace from error

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Conversation]:
        """A connection; a new one if none is kept. Only whoever has a place may ask, through it."""
        conversation = self._kept() or await self._open()
        try:
            yield conversation
        finally:
            await self._put_back(conversation)

    async def close(self) -> None:
        """Close what is kept; connections in use are closed when they come back."""
        self._retired = True
        await asyncio.gather(*(conversation.close() for conversation, _ in self._free))
        self._free.clear()

    def abandon(self) -> None:
        """Close what is kept as soon as this pool's loop turns again, if ever. Called in another loop."""
        self._retired = True
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._abort_kept)

    def _abort_kept(self) -> None:
        while self._free:
            self._free.pop()[0].abort()

    def _kept(self) -> Conversation | None:
        """The connection used last, so that the others can grow old."""
        while self._free:
            conversation, since = self._free.pop()
            if conversation.is_usable and time.monotonic() - since < _IDLE:
                return conversation
            conversation.abort()
        return None

    async def _put_back(self, conversation: Conversation) -> None:
        worn = conversation.delivered >= self.settings.messages_per_connection
        if not conversation.is_usable:
            conversation.abort()
        elif worn or self._retired:
            await conversation.close()
        else:
            self._free.append((conversation, time.monotonic()))

    async def _open(self) -> Conversation:
        try:
            async with asyncio.timeout(self.settings.connect_timeout):
                return await self._connect()
        except aiosmtplib.SMTPResponseException as error:
            raise CannotOpen(refused(Reply(error.code, error.message), Moment.HELLO)) from error
        except (OSError, aiosmtplib.SMTPException, ValueError) as error:
            raise CannotOpen(_unreachable(error)) from error

    async def _connect(self) -> Conversation:
        settings = self.settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.relay_port,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=await self._tls_context(),
            username=settings.username or None,
            password=settings.password.reveal() if settings.username else None,
            local_hostname=settings.hello or socket.gethostname(),
            timeout=settings.connect_timeout,
        )
        await client.connect()
        try:
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return self._conversation(client)

    def _conversation(self, client: aiosmtplib.SMTP) -> Conversation:
        conversation = Conversation(
            pipelining=client.supports_extension("pipelining"),
            utf8=client.supports_extension("smtputf8"),
            timeout=self.settings.timeout,
        )
        conversation.take_over(cast("asyncio.Transport", client.transport))
        return conversation

    async def _tls_context(self) -> ssl.SSLContext | None:
        if self.settings.security is Security.NONE:
            return None
        if self._tls is None:
            self._tls = await asyncio.to_thread(_make_tls_context, self.settings.ca_file)
        return self._tls


def _make_tls_context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


def _unreachable(error: Exception) -> Outcome:
    """Nothing has been said of any message yet, so each may be offered again."""
    words = redacted(str(error)) or "no answer in time"
    return Outcome.retryable(f"no connection to the relay: {type(error).__name__}: {words}")

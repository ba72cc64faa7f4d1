"""Connections to one relay, kept between mails."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

import aiosmtplib
from tidegate.channels import Outcome

from tidegate_adapters.calls import NotSent, Places
from tidegate_adapters.calls.tls import tls_context
from tidegate_adapters.email.conversation import Conversation
from tidegate_adapters.email.replies import Moment, Reply, redacted, refused
from tidegate_adapters.email.settings import Security, SmtpSettings

_IDLE: Final = 60.0
"""Seconds after which a kept connection is not trusted any more: relays close idle ones."""


class Pool:
    """Up to `settings.connections` connections of one account, in the event loop that is running.

    Attributes:
        places: Who asks for a connection has one of them.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings: Final = settings
        self.places: Final = Places(settings.connections)
        self._free: deque[tuple[Conversation, float]] = deque()
        self._tls: ssl.SSLContext | None = None
        self._retired = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Conversation]:
        """A connection of one's own for a while; a new one if none is kept.

        Raises:
            NotSent: The relay cannot be reached, or does not let us in.
        """
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
            raise NotSent(refused(Reply(error.code, error.message), Moment.HELLO)) from error
        except (OSError, aiosmtplib.SMTPException, ValueError) as error:
            raise NotSent(_unreachable(error)) from error

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
            self._tls = await tls_context(self.settings.ca_file)
        return self._tls


def _unreachable(error: Exception) -> Outcome:
    """Nothing has been said of any message yet, so each may be offered again."""
    words = redacted(str(error)) or "no answer in time"
    return Outcome.retryable(f"no connection to the relay: {type(error).__name__}: {words}")

"""The mail transaction on an open connection, step by step or pipelined (RFC 5321, RFC 2920).

aiosmtplib opens the connection and logs in; from then on this protocol owns the transport. It exists
for two things that aiosmtplib leaves out: PIPELINING, which saves two round trips of each mail's four,
and knowing whether the end of a text may have reached the relay when a connection dies.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, cast

from tidegate.channels import Outcome

from tidegate_adapters.email.compose import Envelope
from tidegate_adapters.email.replies import Moment, Reply, accepted, refused

_ONE_WRITE: Final = 32 * 1024
"""Up to this size a mail is written together with its final dot; a socket's buffer takes it whole."""

_END: Final = b".\r\n"
_REPLY_LIMIT: Final = 64 * 1024


class Broken(ConnectionError):
    """The connection ended, or the relay speaks no SMTP; the conversation cannot go on."""


class Stage(IntEnum):
    """How far a message has come; decides what a failure means."""

    OFFERED = 0
    """The relay has not asked for the text: it cannot have taken the message."""
    TEXT = 1
    """The text is being written, its end is not."""
    ENDED = 2
    """The end is on its way: only the relay's reply tells whether it took the message."""


class Conversation(asyncio.Protocol):
    """One connection's mails, one after the other."""

    def __init__(self, *, pipelining: bool, utf8: bool, timeout: float) -> None:
        self.delivered = 0
        self._pipelining = pipelining
        self._utf8 = utf8
        self._timeout = timeout
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._closed: Exception | None = None
        self._needs_reset = False
        self._stage = Stage.OFFERED

    def take_over(self, transport: asyncio.Transport) -> None:
        """Become the protocol of an open, logged-in connection."""
        self._transport = transport
        transport.set_write_buffer_limits(high=0)
        transport.set_protocol(self)

    # What the transport tells.

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _REPLY_LIMIT:
            self._fail(Broken("the relay's reply never ends"))
            return
        *lines, rest = bytes(self._buffer).split(b"\n")
        self._buffer[:] = rest
        for line in lines:
            self._read_line(line.rstrip(b"\r").decode("utf-8", "replace"))
        self._wake()

    def eof_received(self) -> bool:
        self._fail(Broken("the relay closed the connection"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(Broken(f"connection lost: {exc}" if exc else "connection lost"))

    def pause_writing(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def _read_line(self, line: str) -> None:
        if not line[:3].isdecimal() or line[3:4] not in ("", " ", "-"):
            self._fail(Broken("the relay speaks no SMTP"))
            return
        self._lines.append(line[4:])
        if line[3:4] != "-":
            self._replies.append(Reply(int(line[:3]), " ".join(self._lines)))
            self._lines = []

    def _fail(self, error: Exception) -> None:
        self._closed = self._closed or error
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    # What the pool asks.

    @property
    def is_usable(self) -> bool:
        """Whether another mail can be offered on this connection."""
        return self._closed is None and self._transport is not None and not self._transport.is_closing()

    async def close(self) -> None:
        """Say QUIT, wait a moment for the answer, and close."""
        if self._transport is None:
            return
        try:
            if self.is_usable:
                async with asyncio.timeout(1.0):
                    await self._say(b"QUIT\r\n")
        except (Broken, TimeoutError):
            pass
        finally:
            self._transport.abort()

    def abort(self) -> None:
        """Close at once, in the middle of whatever was going on."""
        self._fail(Broken("given up"))
        if self._transport is not None:
            self._transport.abort()

    async def noop(self) -> None:
        """Ask whether the relay is there.

        Raises:
            Broken: It is not.
            TimeoutError: It does not answer.
        """
        async with asyncio.timeout(self._timeout):
            await self._say(b"NOOP\r\n")

    # The transaction.

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Offer one mail.

        Returns:
            What became of it. After `uncertain`, or a failure of the connection, `is_usable` is false.

        Raises:
            Broken: The connection was dead before the relay answered anything about this mail; it
                may be offered on another connection.
        """
        self._stage = Stage.OFFERED
        try:
            return await self._transact(envelope)
        except TimeoutError:
            outcome = self._interrupted("no answer in time")
        except Broken as error:
            if self._stage is Stage.OFFERED:
                raise
            outcome = self._interrupted(str(error))
        except asyncio.CancelledError:
            self.abort()
            raise
        self.abort()
        return outcome

    async def _transact(self, envelope: Envelope) -> Outcome:
        async with asyncio.timeout(self._timeout):
            refusal = await self._offer(envelope)
        if refusal:
            return refusal
        async with asyncio.timeout(self._timeout):
            reply = await self._text(envelope.mail)
        self.delivered += 1
        return accepted(reply) if reply.is_positive else refused(reply, Moment.CONTENT)

    async def _offer(self, envelope: Envelope) -> Outcome | None:
        """Say who writes to whom, up to DATA; None = the relay waits for the text."""
        utf8 = " SMTPUTF8" if not envelope.recipient.isascii() else ""
        if utf8 and not self._utf8:
            return Outcome.permanent("the relay takes no address beyond ASCII (no SMTPUTF8)")
        commands = [
            (f"MAIL FROM:<{envelope.sender}>{utf8}\r\n".encode(), Moment.SENDER),
            (f"RCPT TO:<{envelope.recipient}>\r\n".encode(), Moment.RECIPIENT),
            (b"DATA\r\n", Moment.CONTENT),
        ]
        if self._needs_reset:
            await self._say(b"RSET\r\n")
        self._needs_reset = True
        refusal = await (self._offer_at_once(commands) if self._pipelining else self._offer_in_turn(commands))
        self._needs_reset = refusal is not None
        return refusal

    async def _offer_in_turn(self, commands: Sequence[tuple[bytes, Moment]]) -> Outcome | None:
        for command, moment in commands:
            reply = await self._say(command)
            if not reply.is_positive:
                return refused(reply, moment)
        return None

    async def _offer_at_once(self, commands: Sequence[tuple[bytes, Moment]]) -> Outcome | None:
        self._write(b"".join(command for command, _ in commands))
        replies = [await self._reply() for _ in commands]
        answered = zip(replies, commands, strict=True)
        refusal = next((refused(reply, moment) for reply, (_, moment) in answered if not reply.is_positive), None)
        if refusal and replies[-1].is_positive:
            # DATA was answered 354 although nobody is left to write to: an empty text ends it (RFC 2920).
            await self._say(_END)
        return refusal

    async def _text(self, mail: bytes) -> Reply:
        self._stage = Stage.TEXT
        if len(mail) > _ONE_WRITE:
            self._write(mail)
            await self._drain()
            mail = b""
        self._stage = Stage.ENDED
        return await self._say(mail + _END)

    def _interrupted(self, why: str) -> Outcome:
        if self._stage is Stage.ENDED and not self._holds_end():
            return Outcome.uncertain(f"{why} after the end of the text")
        return Outcome.retryable(f"{why} before the end of the text")

    def _holds_end(self) -> bool:
        """Whether the end of the text is still here: it is the last thing written."""
        return self._transport is not None and self._transport.get_write_buffer_size() > 0

    async def _say(self, command: bytes) -> Reply:
        self._write(command)
        return await self._reply()

    def _write(self, data: bytes) -> None:
        if not self.is_usable:
            raise self._closed or Broken("connection lost")
        cast("asyncio.Transport", self._transport).write(data)

    async def _drain(self) -> None:
        if self._drained:
            await self._drained
        if self._closed:
            raise self._closed

    async def _reply(self) -> Reply:
        while not self._replies:
            if self._closed:
                raise self._closed
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._replies.popleft()

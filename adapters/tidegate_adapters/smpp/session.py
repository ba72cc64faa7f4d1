"""One bound connection: submissions and their answers, what the SMSC delivers, and whether it is still there."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

from tidegate.channels import Outcome

from tidegate_adapters.calls import NotSent
from tidegate_adapters.calls.tls import tls_context
from tidegate_adapters.smpp.codes import STATUSES
from tidegate_adapters.smpp.pdus import HEADER, LONGEST, Command, Pdu, bind
from tidegate_adapters.smpp.settings import SmppSettings

_HIGHEST_NUMBER: Final = 0x7FFF_FFFF
_MOST_UNACKNOWLEDGED: Final = 1000
"""Deliveries that are held; the SMSC is asked to repeat what comes beyond."""


class CannotBind(NotSent):
    """There is no connection."""


class NotWritten(Exception):
    """The connection had ended before anything was written."""


class NoAnswer(Exception):
    """Something was written, and no answer came."""


class Session:
    """Made by `open`, in the event loop that is running, and used there.

    Attributes:
        arrived: What the SMSC has delivered, and nobody has read.
        collected: What has been read of it and is not kept yet, and therefore not acknowledged.
    """

    def __init__(self, settings: SmppSettings, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.settings: Final = settings
        self.loop: Final = asyncio.get_running_loop()
        self.arrived: Final = deque[Pdu]()
        self.collected: Final = deque[Pdu]()
        self.is_open = True
        self._reader = reader
        self._writer = writer
        self._window = asyncio.Semaphore(settings.window)
        self._last_number = 0
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep())]

    @classmethod
    async def open(cls, settings: SmppSettings) -> Session:
        """Connect and bind.

        Raises:
            CannotBind: The SMSC is not there, or does not let us in.
        """
        try:
            async with asyncio.timeout(settings.connect_timeout):
                context = await tls_context(settings.ca_file) if settings.tls else None
                reader, writer = await asyncio.open_connection(settings.host, settings.port, ssl=context)
        except (OSError, TimeoutError) as error:
            raise CannotBind(Outcome.retryable(f"no connection to the SMSC: {type(error).__name__}")) from error
        session = cls(settings, reader, writer)
        try:
            await session._bind()
        except BaseException:
            session.end()
            raise
        return session

    async def submit(self, body: bytes) -> Pdu:
        """Submit, and wait for the answer.

        Raises:
            NotWritten, NoAnswer: As they say.
        """
        async with self._window:
            return await self._ask(Command.SUBMIT_SM, body)

    def acknowledge(self, pdu: Pdu) -> None:
        """Tell the SMSC that what it delivered is ours now; else it delivers it again, to whom is bound then."""
        self._write(Pdu(Command.DELIVER_SM_RESP, pdu.sequence, body=b"\0"))

    def acknowledge_collected(self) -> None:
        """Acknowledge all that is in `collected`."""
        while self.collected:
            self.acknowledge(self.collected.popleft())

    async def close(self) -> None:
        """Unbind, and end the connection."""
        if self.is_open:
            with suppress(NotWritten, NoAnswer):
                await self._ask(Command.UNBIND, b"", seconds=min(1.0, self.settings.timeout))
        self.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def end(self) -> None:
        """End the connection at once: what waits for an answer gets none."""
        self.is_open = False
        self._writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(NoAnswer("the connection ended"))

    async def _bind(self) -> None:
        settings = self.settings
        body = bind(settings.system_id, settings.password.reveal(), settings.system_type)
        try:
            answer = await self._ask(Command.BIND_TRANSCEIVER, body, seconds=settings.connect_timeout)
        except (NotWritten, NoAnswer) as error:
            raise CannotBind(Outcome.retryable("the SMSC does not answer the bind")) from error
        if answer.status:
            raise CannotBind(_refused_bind(answer.status))

    async def _ask(self, command: Command, body: bytes, seconds: float = 0.0) -> Pdu:
        if not self.is_open:
            raise NotWritten
        sequence = self._next_number()
        future: asyncio.Future[Pdu] = self.loop.create_future()
        self._waiting[sequence] = future
        try:
            self._write(Pdu(command, sequence, body=body))
            async with asyncio.timeout(seconds or self.settings.timeout):
                return await future
        except TimeoutError:
            raise NoAnswer from None
        finally:
            del self._waiting[sequence]

    def _next_number(self) -> int:
        """Numbers go round; what still waits keeps its own."""
        while True:
            self._last_number = self._last_number % _HIGHEST_NUMBER + 1
            if self._last_number not in self._waiting:
                return self._last_number

    def _write(self, pdu: Pdu) -> None:
        if self.is_open:
            self._writer.write(pdu.encoded())

    async def _read(self) -> None:
        try:
            while True:
                self._came(await self._next())
        except (OSError, EOFError, ValueError):
            self.end()

    async def _next(self) -> Pdu:
        length, command, status, sequence = HEADER.unpack(await self._reader.readexactly(HEADER.size))
        if not HEADER.size <= length <= LONGEST:
            raise ValueError(f"a PDU of {length} octets")
        body = await self._reader.readexactly(length - HEADER.size)
        return Pdu(command, sequence, status, body)

    def _came(self, pdu: Pdu) -> None:
        if pdu.is_response:
            future = self._waiting.get(pdu.sequence)
            if future and not future.done():
                future.set_result(pdu)
        elif pdu.command == Command.DELIVER_SM:
            self._delivered(pdu)
        elif pdu.command == Command.UNBIND:
            self._write(Pdu(Command.UNBIND_RESP, pdu.sequence))
            raise EOFError
        elif pdu.command == Command.ENQUIRE_LINK:
            self._write(Pdu(Command.ENQUIRE_LINK_RESP, pdu.sequence))
        else:
            self._write(Pdu(Command.GENERIC_NACK, pdu.sequence, status=_UNKNOWN_COMMAND))

    def _delivered(self, pdu: Pdu) -> None:
        if len(self.arrived) + len(self.collected) < _MOST_UNACKNOWLEDGED:
            self.arrived.append(pdu)
        else:
            self._write(Pdu(Command.DELIVER_SM_RESP, pdu.sequence, status=_NOT_NOW, body=b"\0"))

    async def _keep(self) -> None:
        """Ask now and then whether the SMSC is there; one that does not answer is given up."""
        with suppress(NotWritten, NoAnswer):
            while True:
                await asyncio.sleep(self.settings.idle_seconds)
                await self._ask(Command.ENQUIRE_LINK, b"")
        self.end()


_UNKNOWN_COMMAND: Final = 3
_NOT_NOW: Final = 0x64
"""ESME_RX_T_APPN: a temporary error of the receiver."""


def _refused_bind(status: int) -> Outcome:
    """A bind is refused for the account's sake, unless the status says that it may do better later."""
    outcome = STATUSES.outcome(str(status), "the SMSC refuses the bind")
    if outcome.kind.may_retry:
        return outcome
    return Outcome.auth_error("the SMSC refuses the bind", code=str(status))

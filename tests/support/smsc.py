"""An SMSC of a few lines, for faults; what it is sent is read by a library that is not ours."""

import asyncio
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiosmpplib.protocol import BindTransceiver, SmppMessage, SubmitSm

HEADER = struct.Struct("!IIII")
SUBMIT, BIND, DELIVER, ENQUIRE, UNBIND = 4, 9, 5, 0x15, 6
RESPONSE = 0x8000_0000


@dataclass(frozen=True)
class Does:
    """What becomes of a submission: a status, or the end of the connection before or after it is taken, or silence."""

    status: int = 0
    close_before: bool = False
    close_after: bool = False
    silent: bool = False
    delay: float = 0.0
    message_id: str | None = None


class Smsc:
    """Runs within a `with`. ``does`` decides by submission; ``taken`` are (destination, text) of all that was taken.

    ``binds`` counts those that were asked for, beyond ``most_binds`` none is let in; ``shares`` counts submissions by
    connection.
    ``acknowledged`` are the numbers of deliveries that were, ``refused`` those that were not, with their statuses.
    """

    def __init__(self, password: str = "secret", tls: ssl.SSLContext | None = None, most_binds: int = 100) -> None:
        self.does: Callable[[SubmitSm], Does] = lambda _: Does()
        self.taken: list[tuple[str, str]] = []
        self.submitted: list[SubmitSm] = []
        self.acknowledged: list[int] = []
        self.refused: list[tuple[int, int]] = []
        self.enquired = threading.Event()
        self.answers_enquiries = True
        self.port = 0
        self.binds = 0
        self.shares: Counter[asyncio.StreamWriter] = Counter()
        self._most_binds = most_binds
        self._password = password
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._sequence = 0

    def __enter__(self) -> "Smsc":
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def deliver(self, body: bytes) -> None:
        """Deliver to whoever is bound."""
        self._sequence += 1
        pdu = HEADER.pack(HEADER.size + len(body), DELIVER, 0, self._sequence) + body
        self.send(pdu)

    def send(self, data: bytes) -> None:
        """Send octets as they are to whoever is bound."""
        self._run(self._send(data))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _send(self, data: bytes) -> None:
        for writer in self._writers:
            if not writer.is_closing():
                writer.write(data)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._writers.append(writer)
        try:
            while True:
                head = await reader.readexactly(HEADER.size)
                length, *_ = HEADER.unpack(head)
                await self._came(head + await reader.readexactly(length - HEADER.size), writer)
        except (EOFError, OSError):
            writer.transport.abort()

    async def _came(self, pdu: bytes, writer: asyncio.StreamWriter) -> None:
        _, command, status, sequence = HEADER.unpack(pdu[: HEADER.size])
        if command == SUBMIT:
            self.shares[writer] += 1
            task = asyncio.ensure_future(self._submit(pdu, sequence, writer))
            self._tasks.add(task)
        elif command == BIND:
            bind = BindTransceiver.from_pdu(pdu, SmppMessage.parse_header(pdu))
            assert isinstance(bind, BindTransceiver)
            self.binds += 1
            refused = 13 if self.binds > self._most_binds else 14 if bind.password != self._password else 0
            _answer(writer, command, sequence, refused, b"smsc\0")
        elif command == DELIVER | RESPONSE:
            if status:
                self.refused.append((sequence, status))
            else:
                self.acknowledged.append(sequence)
        elif command == ENQUIRE:
            self.enquired.set()
            if self.answers_enquiries:
                _answer(writer, command, sequence, 0, b"")
        elif not command & RESPONSE:
            _answer(writer, command, sequence, 0, b"")

    async def _submit(self, pdu: bytes, sequence: int, writer: asyncio.StreamWriter) -> None:
        sm = SubmitSm.from_pdu(pdu, SmppMessage.parse_header(pdu), "gsm0338")
        assert isinstance(sm, SubmitSm)
        does = self.does(sm)
        if not does.status and not does.close_before:
            self.submitted.append(sm)
            self.taken.append((sm.destination.number, sm.short_message))
        if does.close_before or does.close_after:
            writer.transport.abort()
        elif not does.silent:
            await asyncio.sleep(does.delay)
            usual = "" if does.status else f"id-{len(self.taken)}"
            message_id = usual if does.message_id is None else does.message_id
            _answer(writer, SUBMIT, sequence, does.status, message_id.encode() + b"\0")


def _answer(writer: asyncio.StreamWriter, command: int, sequence: int, status: int, body: bytes) -> None:
    if not writer.is_closing():
        writer.write(HEADER.pack(HEADER.size + len(body), command | RESPONSE, status, sequence) + body)

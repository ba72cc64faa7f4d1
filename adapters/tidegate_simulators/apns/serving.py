"""An HTTP/2 server on loopback (RFC 9113), with TLS where it has a certificate, else by prior knowledge."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings
from hyperframe.frame import GoAwayFrame

from tidegate_simulators.web.served import Threaded


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. Headers are without those that begin with a colon, in order, repetitions included."""

    method: str
    path: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    connection: Connection
    stream: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class NoReply(Exception):
    """The request gets no answer: its stream or its connection has ended."""


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(slots=True)
class _Coming:
    headers: Sequence[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)
    work: asyncio.Task[None] | None = None


class Connection(asyncio.Protocol):
    """One client's connection.

    Attributes:
        key_id: With which key it was used first; kept by the handler.
        is_lost: Whether it has ended.
    """

    def __init__(self, handler: Handler, most: int) -> None:
        """`most` is how many requests it takes at one time, until `allow` says more."""
        self.key_id = ""
        self.is_lost = asyncio.Event()
        self._handler = handler
        self._most = most
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._h2.local_settings = Settings(
            client=False, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: most, SettingCodes.ENABLE_PUSH: 0}
        )
        self._coming: dict[int, _Coming] = {}
        self._last: int | None = None
        self._transport: asyncio.Transport | None = None

    def allow(self, most: int) -> None:
        """Take so many requests at one time from now on."""
        if most != self._most:
            self._most = most
            self._h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: most})

    def abort(self) -> None:
        """End the connection at once, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def refuse(self, stream: int) -> None:
        """Say of a request that it was not looked at."""
        self._h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
        self._flush()

    def say_goodbye(self, last: int, said: bytes = b"") -> None:
        """Announce the end (GOAWAY): what came after the request `last` is not carried out, the rest is answered.

        The frame is written past h2, which would end with it.
        """
        self._last = last
        for number in [number for number in self._coming if number > last]:
            self._drop(number)
        frame = GoAwayFrame(0, last_stream_id=last, error_code=ErrorCodes.NO_ERROR, additional_data=said)
        if self._transport is not None:
            self._transport.write(frame.serialize())
        self._close_when_done()

    @property
    def is_made(self) -> bool:
        """Whether it has begun; with TLS, after the handshake."""
        return self._transport is not None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._h2.receive_data(data):
                self._take(event)
        except H2Error:
            self._flush()
            self.abort()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost.set()
        for number in list(self._coming):
            self._drop(number)

    # Requests.

    def _take(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            if self._last is None or event.stream_id <= self._last:
                self._coming[event.stream_id] = _Coming([(str(name), str(value)) for name, value in event.headers])
        elif isinstance(event, DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if coming := self._coming.get(event.stream_id):
                coming.body += event.data
        elif isinstance(event, StreamEnded):
            if coming := self._coming.get(event.stream_id):
                coming.work = asyncio.get_running_loop().create_task(self._answer(event.stream_id, coming))
        elif isinstance(event, StreamReset):
            self._drop(event.stream_id)

    async def _answer(self, number: int, coming: _Coming) -> None:
        pseudo = {name: value for name, value in coming.headers if name.startswith(":")}
        others = [(name, value) for name, value in coming.headers if not name.startswith(":")]
        request = Request(pseudo[":method"], pseudo[":path"], others, bytes(coming.body), self, number)
        with suppress(NoReply, H2Error):
            self._write(number, await self._handler(request))
        self._coming.pop(number, None)
        self._close_when_done()

    def _write(self, number: int, reply: Reply) -> None:
        headers = [(":status", str(reply.status)), *reply.headers.items()]
        self._h2.send_headers(number, headers, end_stream=not reply.body)
        if reply.body:
            self._h2.send_data(number, reply.body, end_stream=True)
        self._flush()

    def _drop(self, number: int) -> None:
        coming = self._coming.pop(number, None)
        if coming and coming.work and coming.work is not asyncio.current_task():
            coming.work.cancel()

    def _close_when_done(self) -> None:
        if self._last is not None and not self._coming and self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())


class Http2Served(Threaded):
    """Answers requests by a handler, in a loop of its own.

    Attributes:
        opened: How many connections there have been.
        connections: Those that were opened last, the newest at the end.
    """

    def __init__(self, handler: Handler, *, port: int = 0, certificate: Path | None = None, most: int = 1) -> None:
        """`certificate` holds a key too; None = without TLS. `most` as a connection's."""
        super().__init__(port=port)
        self.scheme = "https" if certificate else "http"
        self.connections: list[Connection] = []
        self.opened = 0
        self._handler = handler
        self._certificate = certificate
        self._most = most
        self._server: asyncio.Server | None = None

    async def _listen(self) -> None:
        tls = _tls(self._certificate) if self._certificate else None
        self._server = await asyncio.get_running_loop().create_server(self._connect, self.host, self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    def _connect(self) -> Connection:
        connection = Connection(self._handler, self._most)
        self.opened += 1
        self.connections = [*self.connections[-99:], connection]
        return connection

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            for connection in self.connections:
                connection.abort()
            made = [connection.is_lost.wait() for connection in self.connections if connection.is_made]
            await asyncio.wait_for(asyncio.gather(*made), timeout=1.0)


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    return context

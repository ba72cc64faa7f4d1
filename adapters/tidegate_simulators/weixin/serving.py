"""A small HTTP server for many small calls: each is answered where it is read, without a task of its own.

It speaks what clients of such platforms speak: HTTP/1.1 with Content-Length and connections that stay open. It
exists because an endpoint that costs more than its client measures itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Final

from aiohttp import web

from tidegate_simulators.web import Served

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length:"
_JSON: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; encoding=utf-8\r\nContent-Length: %d\r\n\r\n%b"
_PLAIN: Final = b"HTTP/1.1 %d %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Manner(Enum):
    """What becomes of an answer."""

    SAID = "said"
    CLOSED = "closed"
    """The connection ends instead."""
    KEPT = "kept"
    """Nothing is said, and nothing ends."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered.

    Attributes:
        body: JSON where the status is 200, else text.
        status: The HTTP status.
        after: Seconds until it is said; None = at once.
        before: Called just before it is said.
        manner: Whether it is said.
    """

    body: bytes
    status: int = 200
    after: float | None = None
    before: Callable[[], None] | None = None
    manner: Manner = Manner.SAID


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: method, path with parameters as they came, body, and who asks."""

    method: str
    target: str
    content: bytes
    peer: str


Answering = Callable[[Request], Reply]


class LeanServed(Served):
    """Serves as `Served` does, by a handler that answers at once and says what becomes of its answer."""

    def __init__(self, answer: Answering, *, port: int = 0) -> None:
        super().__init__(_unused, port=port)
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._connect, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)

    def _connect(self) -> _Connection:
        return _Connection(self._answer, self._connections, self._loop)


class _Connection(asyncio.Protocol):
    """One connection: requests one after the other."""

    def __init__(self, answer: Answering, others: set[_Connection], loop: asyncio.AbstractEventLoop) -> None:
        self._answer = answer
        self._others = others
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._unread = b""
        self._busy = False
        self._last = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer = transport.get_extra_info("peername")[0]
        self._others.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._others.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._unread += data
        if not self._busy:
            self._read()

    def abort(self) -> None:
        """End the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _read(self) -> None:
        end = self._unread.find(_END)
        if end < 0:
            return
        head = self._unread[:end].lower()
        begin, length = end + len(_END), _length(head)
        if b"\r\ntransfer-encoding:" in head:
            self._last = True
            self._say(Reply(b"write Content-Length", status=411))
            return
        if len(self._unread) < begin + length:
            if b"\r\nexpect: 100-continue" in head and len(self._unread) == begin:
                self._write(_CONTINUE)
            return
        method, _, rest = self._unread[:end].partition(b" ")
        content, self._unread = self._unread[begin : begin + length], self._unread[begin + length :]
        self._last = b"\r\nconnection: close" in head
        self._busy = True
        target = rest.partition(b" ")[0].decode("latin-1")
        self._reply(self._answer(Request(method.decode("latin-1"), target, content, self._peer)))

    def _reply(self, reply: Reply) -> None:
        if reply.manner is Manner.CLOSED:
            self.abort()
        elif reply.manner is Manner.SAID:
            if reply.after is None:
                self._say(reply)
            elif reply.after:
                self._loop.call_later(reply.after, self._say, reply)
            else:
                self._loop.call_soon(self._say, reply)

    def _say(self, reply: Reply) -> None:
        if reply.before is not None:
            reply.before()
        if reply.status == HTTPStatus.OK:
            self._write(_JSON % (len(reply.body), reply.body))
        else:
            phrase = HTTPStatus(reply.status).phrase.encode()
            self._write(_PLAIN % (reply.status, phrase, len(reply.body), reply.body))
        self._busy = False
        if self._last and self._transport is not None:
            self._transport.close()
        elif self._unread:
            self._read()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def _length(head: bytes) -> int:
    at = head.find(_LENGTH)
    if at < 0:
        return 0
    text = head[at + len(_LENGTH) :].partition(b"\r\n")[0].strip()
    return int(text) if text.isdigit() else 0


async def _unused(request: web.BaseRequest) -> web.StreamResponse:
    raise NotImplementedError(f"{request.path} was not read by this server")

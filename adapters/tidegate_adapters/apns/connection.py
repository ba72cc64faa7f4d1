"""One HTTP/2 connection: many requests at one time, and of each what is known when it fails.

What surely was not carried out (`NotSent`) is told from what may have been (`NoAnswer`): a request counts as written
once its last byte is handed to the network, and the server may say afterwards that it did not carry it out.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error
from hpack import HeaderTuple
from multidict import CIMultiDict
from tidegate.channels import Outcome

from tidegate_adapters.apns.frames import Frames, Goodbye, TooLong
from tidegate_adapters.apns.settings import ApnsSettings
from tidegate_adapters.apns.streams import Stream, not_sent
from tidegate_adapters.calls import Answer, NotSent
from tidegate_adapters.calls.tls import tls_context

Header = tuple[str, str] | HeaderTuple

_PATIENCE: Final = 20.0
"""Seconds that a request waits until the server takes another one."""

_PARTING: Final = 0.5
"""Seconds that a server has to close its side."""

_NEXT_ADDRESS: Final = 0.25
"""Seconds after which another address of the host is tried beside the first."""

_LARGEST_BODY: Final = 2**16
_HEADERS_LOG: Final = logging.getLogger("hpack")
"""Tells every header at the level of debugging, the provider token and devices' tokens among them."""

_CONFIGURATION: Final = H2Configuration(
    client_side=True,
    header_encoding=None,
    normalize_outbound_headers=False,  # ours are in their form, and the token is to be kept in the table of headers
)
_PORTS: Final = {"https": 443, "http": 80}


class Connection(asyncio.Protocol):
    """Made by `open`, in the event loop that is running, and used there."""

    def __init__(self, most: int) -> None:
        """`most` is how many requests are on their way at one time, where the server takes as many."""
        self._most = most
        self._h2 = H2Connection(_CONFIGURATION)
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._streams: dict[int, Stream] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._end = ""
        self._is_lost = asyncio.Event()
        self._is_greeted = False
        self._is_flushing = False
        self._pings = 0
        self._heard = time.monotonic()
        self._handlers: Mapping[type[Event], Callable[[Any], None]] = {
            RemoteSettingsChanged: self._greeted,
            ResponseReceived: self._answered,
            DataReceived: self._told,
            StreamEnded: self._ended,
            StreamReset: self._reset,
            PingAckReceived: self._ponged,
        }

    @classmethod
    async def open(cls, settings: ApnsSettings) -> Connection:
        """Connect, and wait for the server's greeting, which says how many requests it takes.

        Raises:
            NotSent: It is not there, or speaks no HTTP/2.
        """
        _HEADERS_LOG.setLevel(logging.INFO)
        parts = urlsplit(settings.url)
        port = parts.port or _PORTS[parts.scheme]
        connection = cls(settings.streams)
        try:
            async with asyncio.timeout(settings.connect_timeout):
                tls = await _tls(settings.ca_file) if parts.scheme == "https" else None
                loop = asyncio.get_running_loop()
                host = parts.hostname or ""
                await loop.create_connection(
                    lambda: connection, host, port, ssl=tls, happy_eyeballs_delay=_NEXT_ADDRESS
                )
                while not connection._is_greeted and connection.is_open:
                    await connection._turn()
        except (OSError, TimeoutError) as error:
            await connection.leave()
            raise not_sent(f"no connection to APNs: {type(error).__name__}") from error
        except BaseException:
            connection.close()
            raise
        if not connection.is_open:
            raise not_sent(f"no connection to APNs: {connection._end}")
        return connection

    @property
    def is_open(self) -> bool:
        """Whether it takes requests."""
        return not self._end

    @property
    def silence(self) -> float:
        """Seconds since anything came from the server."""
        return time.monotonic() - self._heard

    async def post(self, headers: Sequence[Header], body: bytes, seconds: float) -> Answer:
        """Make a request and wait for its answer, so many seconds at most.

        Raises:
            NotSent: It was surely not carried out.
            NoAnswer: It may have been.
        """
        stream = await self._begin(headers)
        try:
            async with asyncio.timeout(seconds):
                await self._write(stream, body)
                await asyncio.wait([stream.answer])
        except TimeoutError:
            stream.end(f"{seconds:g} s have passed")
        finally:
            self._leave(stream)
        return stream.answer.result()

    async def is_alive(self, seconds: float) -> bool:
        """Whether the server answers a question within so many seconds."""
        answered = self._pings
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                if self.is_open:
                    self._h2.ping(b"tidegate")
                    self._flush()
                while self.is_open and self._pings == answered:
                    await self._turn()
        return self.is_open and self._pings > answered

    def retire(self, why: str) -> None:
        """Take no further requests, and close once the last one is answered."""
        self._end = self._end or why
        self._wake()
        if not self._streams:
            self.close()

    async def leave(self) -> None:
        """Close, and wait until it is closed; the server has a moment to say good-bye."""
        self.close()
        if self._transport is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PARTING):
                    await self._is_lost.wait()
            self._transport.abort()
            await self._is_lost.wait()

    def close(self) -> None:
        """Begin to close; nobody waits for answers any more."""
        self._end = self._end or "the connection was closed"
        if self._transport is not None and not self._transport.is_closing():
            with suppress(H2Error):
                self._h2.close_connection()
            self._flush()
            self._transport.close()
        self._lose()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        tls = transport.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self._end = "the server speaks no HTTP/2; see the account's base_url, and any proxy"
            transport.abort()
            return
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._heard = time.monotonic()
        try:
            for part in self._frames.feed(data):
                if isinstance(part, Goodbye):
                    self._say_goodbye(part)
                else:
                    self._read(part)
        except (H2Error, TooLong) as error:
            self._end = f"the server broke HTTP/2's rules ({error})"
            self.close()
            return
        self._flush()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end = self._end or "the connection ended"
        self._is_lost.set()
        self._lose()

    # A request.

    async def _begin(self, headers: Sequence[Header]) -> Stream:
        """Wait until the server takes another request, and write its headers."""
        if not self._has_room:  # as a rule there is, without the cost of a timer
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    while self.is_open and not self._has_room:
                        await self._turn()
        if not self.is_open:
            raise not_sent(f"not offered: {self._end}")
        if not self._has_room:
            raise not_sent(f"not offered: APNs took no further request within {_PATIENCE:g} s")
        try:
            stream = Stream(self._h2.get_next_available_stream_id(), asyncio.get_running_loop().create_future())
            self._h2.send_headers(stream.number, headers)
        except H2Error as error:  # such as that a connection has had all the numbers that there are
            self.retire(f"the connection is worn out ({type(error).__name__})")
            raise not_sent(f"not offered: {self._end}") from error
        self._streams[stream.number] = stream
        return stream

    @property
    def room(self) -> int:
        """How many requests may be on their way at one time."""
        return min(self._most, self._h2.remote_settings.max_concurrent_streams)

    @property
    def _has_room(self) -> bool:
        return len(self._streams) < self.room

    async def _write(self, stream: Stream, body: bytes) -> None:
        """Write the body as far as the server's windows let it."""
        left = memoryview(body)
        while not stream.answer.done():
            room = min(self._h2.local_flow_control_window(stream.number), self._h2.max_outbound_frame_size)
            if room > 0 or not left:
                part, left = left[:room], left[room:]
                stream.is_written = not left
                self._h2.send_data(stream.number, part.tobytes(), end_stream=stream.is_written)
                self._flush_soon()
                if stream.is_written:
                    return
            else:
                self._flush()
                await self._turn()

    def _leave(self, stream: Stream) -> None:
        """Nobody waits for it any more."""
        if self._streams.pop(stream.number, None) is not None and self._transport is not None:
            with suppress(H2Error):
                self._h2.reset_stream(stream.number, ErrorCodes.CANCEL)
            self._flush()
        self._rest()

    def _rest(self) -> None:
        """There is room for another; the last one of a connection that is to end closes it."""
        self._wake()
        if self._end and not self._streams:
            self.close()

    # What the server says.

    def _read(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            handle = self._handlers.get(type(event))
            if handle:
                handle(event)

    def _greeted(self, event: RemoteSettingsChanged) -> None:
        self._is_greeted = True

    def _answered(self, event: ResponseReceived) -> None:
        if stream := self._streams.get(event.stream_id):
            stream.headers = CIMultiDict((_text(name), _text(value)) for name, value in event.headers)
            stream.status = int(stream.headers[":status"])

    def _told(self, event: DataReceived) -> None:
        stream = self._streams.get(event.stream_id)
        if stream and len(stream.body) + len(event.data) <= _LARGEST_BODY:
            stream.body += event.data
        self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _ended(self, event: StreamEnded) -> None:
        """A whole answer, which may come before all has been said: the rest is of no use then."""
        stream = self._streams.get(event.stream_id)
        if stream and not stream.answer.done():
            stream.answer.set_result(Answer(stream.status, bytes(stream.body), stream.headers))
            if stream.is_written:
                del self._streams[stream.number]

    def _reset(self, event: StreamReset) -> None:
        if stream := self._streams.pop(event.stream_id, None):
            if event.error_code == ErrorCodes.REFUSED_STREAM:
                stream.fail(not_sent("APNs refused the request unread"))
            else:
                stream.end("APNs broke the request off")

    def _ponged(self, event: PingAckReceived) -> None:
        self._pings += 1

    def _say_goodbye(self, goodbye: Goodbye) -> None:
        """Requests after the last one that it carries out were not carried out; those before are still answered."""
        words = goodbye.data[:200].decode(errors="replace")
        self._end = self._end or f"APNs ends the connection (code {goodbye.code}) {words}".strip()
        for number in [number for number in self._streams if number > goodbye.last_stream]:
            self._streams.pop(number).fail(not_sent(self._end))
        self._rest()

    # The connection as a whole.

    def _lose(self) -> None:
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.end(self._end)
        self._wake()

    def _flush_soon(self) -> None:
        """Requests that are made in one turn of the loop go out together."""
        if not self._is_flushing:
            self._is_flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flushing = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())

    async def _turn(self) -> None:
        """Wait until anything happens."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)


def _text(given: bytes | str) -> str:
    return given if isinstance(given, str) else given.decode("latin-1")


async def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        context = await tls_context(ca_file)
    except OSError as error:
        words = f"the account's ca_file can't be used: {type(error).__name__}"
        raise NotSent(Outcome.auth_error(words)) from error
    context.set_alpn_protocols(["h2"])
    return context

"""Calls over connections that are kept, and what it means when one fails.

Before a call is written nothing was taken by the provider; afterwards only its answer tells.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol
from urllib.parse import urlsplit

from tidegate.channels import Outcome

from tidegate_adapters.calls.answers import Answer
from tidegate_adapters.calls.connection import Connection
from tidegate_adapters.calls.failures import NotSent
from tidegate_adapters.calls.places import Places
from tidegate_adapters.calls.tls import tls_context

_IDLE: Final = 10.0
"""Seconds after which a kept connection is closed: what is written on one that the provider has just closed may or may
not have been taken, so it must not be the provider who closes it."""

_SWEEP: Final = 2.0
"""Seconds between looks at what is kept."""

_LONGEST: Final = 1024 * 1024
"""Bytes of an answer that are read."""

_NO_ADDRESS: Final = Outcome.auth_error("the account's address of the provider cannot be called; correct it")
_NO_HEADER: Final = Outcome.permanent("a header of the call has a line break, or what is no text")
_CLOSED: Final = Outcome.retryable("the account is no longer called this way")

_PORTS: Final = {"http": 80, "https": 443}

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Tells to which addresses a name and a port lead. May raise Barred, and OSError where they lead to none."""


class Limits(Protocol):
    """What an account's settings say of its calls.

    Attributes:
        connections: Most calls at one time.
        connect_timeout: Seconds for name, connection and TLS.
        timeout: Seconds for an answer, from when the call is written until its end.
    """

    @property
    def connections(self) -> int: ...
    @property
    def connect_timeout(self) -> float: ...
    @property
    def timeout(self) -> float: ...


class Barred(OSError):
    """A name must not be called; `outcome` says so for a message."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.detail)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Whom to connect to."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class _Address:
    """A URL, taken apart. `target` stands in the first line of a request, `host` in its header."""

    origin: _Origin
    target: str
    host: str


class Http:
    """Connections of one account to its provider, in the event loop that is running. Follows no redirect, no proxy.

    Attributes:
        places: Who calls has one of them, or makes a call that others wait for, such as for a token.
    """

    def __init__(
        self, limits: Limits, *, resolve: Resolve | None = None, ca_file: str = "", longest: int = _LONGEST
    ) -> None:
        """A client.

        Args:
            limits: How many calls, and how long they take; as a rule the account's settings.
            resolve: Tells where names lead, and bars those that must not be called; None = as the system does.
            ca_file: File of certificates to trust besides the system's.
            longest: Bytes of an answer that are read; the rest is cut off, and its connection closed.
        """
        self.places: Final = Places(limits.connections)
        self._limits = limits
        self._resolve = resolve
        self._ca_file = ca_file
        self._longest = longest
        self._tls: ssl.SSLContext | None = None
        self._tls_turn = asyncio.Lock()
        self._last: tuple[str, _Address] | None = None
        self._connections: set[Connection] = set()
        self._free: defaultdict[_Origin, deque[tuple[Connection, float]]] = defaultdict(deque)
        self._sweeping: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post once.

        Args:
            url: Where to, sent as it is written: encoded by the caller.
            headers: All that are sent, beside `Content-Length`, `Accept-Encoding: identity`, and the URL's host unless
                they have a `host`, which is written so.
            body: As it is sent.

        Raises:
            NotSent: No connection was to be had.
            NoAnswer: None came, or not in time: the provider may have taken what was posted.
        """
        return await self._call("POST", url, {**headers, "Content-Length": str(len(body))}, body)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask once, as `post` posts."""
        return await self._call("GET", url, headers or {}, b"")

    async def close(self) -> None:
        """Let go of all connections; calls that are under way get no answer."""
        self._is_closed = True
        if self._sweeping:
            self._sweeping.cancel()
        self._free.clear()
        connections, self._connections = self._connections, set()
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.wait_closed() for connection in connections))

    async def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        address = self._address(url)
        request = _request(method, address, headers) + body
        connection = self._kept(address.origin) or await self._connect(address.origin)
        try:
            return await connection.ask(request, self._limits.timeout)
        finally:
            self._put_back(address.origin, connection)

    def _address(self, url: str) -> _Address:
        """A URL taken apart, kept from one call to the next while it is the same."""
        if self._last is None or self._last[0] != url:
            self._last = url, _taken_apart(url)
        return self._last[1]

    def _kept(self, origin: _Origin) -> Connection | None:
        """The connection used last, so that the others can grow old."""
        free, now = self._free[origin], asyncio.get_running_loop().time()
        while free:
            connection, since = free.pop()
            if connection.is_usable and now < since + _IDLE:
                return connection
            self._drop(connection)
        return None

    def _put_back(self, origin: _Origin, connection: Connection) -> None:
        if self._is_closed or not connection.is_usable:
            self._drop(connection)
            return
        loop = asyncio.get_running_loop()
        self._free[origin].append((connection, loop.time()))
        if self._sweeping is None:
            self._sweeping = loop.call_later(_SWEEP, self._sweep)

    def _drop(self, connection: Connection) -> None:
        connection.abort()
        self._connections.discard(connection)

    def _sweep(self) -> None:
        """Close what nobody has used for a while."""
        loop = asyncio.get_running_loop()
        for free in self._free.values():
            while free and free[0][1] <= loop.time() - _IDLE:
                self._drop(free.popleft()[0])
        self._sweeping = loop.call_later(_SWEEP, self._sweep) if any(self._free.values()) else None

    async def _connect(self, origin: _Origin) -> Connection:
        try:
            async with asyncio.timeout(self._limits.connect_timeout):
                connection = await self._opened(origin)
        except TimeoutError as error:
            raise NotSent(Outcome.retryable("no connection in time")) from error
        except Barred as error:
            raise NotSent(error.outcome) from error
        except (OSError, ValueError) as error:  # the latter: a name that can't be one
            raise NotSent(Outcome.retryable(f"no connection: {type(error).__name__}")) from error
        self._connections.add(connection)
        if self._is_closed:
            self._drop(connection)
            raise NotSent(_CLOSED)
        return connection

    async def _opened(self, origin: _Origin) -> Connection:
        tls = await self._tls_context() if origin.scheme == "https" else None
        hosts = await self._resolve(origin.host, origin.port) if self._resolve else [origin.host]
        for host in hosts[:-1]:
            try:
                return await self._opened_to(host, origin, tls)
            except OSError:
                continue
        return await self._opened_to(hosts[-1], origin, tls)

    async def _opened_to(self, host: str, origin: _Origin, tls: ssl.SSLContext | None) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            partial(Connection, self._longest),
            host,
            origin.port,
            ssl=tls,
            server_hostname=origin.host if tls else None,
            happy_eyeballs_delay=None if self._resolve else 0.25,
        )
        return connection

    async def _tls_context(self) -> ssl.SSLContext:
        async with self._tls_turn:
            if self._tls is None:
                try:
                    self._tls = await tls_context(self._ca_file)
                except OSError as error:
                    detail = f"the account's ca_file can't be used: {type(error).__name__}"
                    raise Barred(Outcome.auth_error(detail)) from error
            return self._tls


def _taken_apart(url: str) -> _Address:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise NotSent(_NO_ADDRESS) from error
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    if not host or not path.startswith("/") or " " in target or not target.isprintable():
        raise NotSent(_NO_ADDRESS)
    return _Address(_Origin(parts.scheme, host, port), target, parts.netloc.rpartition("@")[2])


def _request(method: str, address: _Address, headers: Mapping[str, str]) -> bytes:
    """The head of a request."""
    lines = [f"{method} {address.target} HTTP/1.1", "Accept-Encoding: identity"]
    if "host" not in headers:
        lines.append(f"Host: {address.host}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    text = "\r\n".join(lines)
    if text.count("\n") + text.count("\r") != 2 * (len(lines) - 1):
        raise NotSent(_NO_HEADER)
    try:
        return f"{text}\r\n\r\n".encode()
    except UnicodeEncodeError as error:
        raise NotSent(_NO_HEADER) from error

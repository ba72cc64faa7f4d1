"""An aiohttp app on a socket, in a thread with an event loop of its own, that lets no visitor hold it up."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tidegate.runtime.config import ConfigError

LOG = structlog.get_logger(__name__)
_BACKLOG = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What a server bears. Seconds are real time.

    ``head_seconds`` is how long a connection may take until a request's headers are there, the first one and each
    further one; ``request_seconds`` is how long a request may take from then on, its body included. ``per_peer``
    are connections of one address, unless it is ``exempt``.
    """

    connections: int = 2_000
    per_peer: int = 1_000
    head_seconds: float = 15.0
    request_seconds: float = 30.0
    exempt: Callable[[str], bool] = lambda _: False


_USUAL = HttpLimits()


class HttpServer:
    """Serves one app. The port is taken when it is made; requests are answered from start() on."""

    def __init__(self, host: str, port: int, *, setting: str, limits: HttpLimits = _USUAL) -> None:
        """``setting`` names the variable that sets the port, for the error when it can't be had."""
        try:
            self._socket = socket.create_server((host, port))
        except OSError as error:
            raise ConfigError(
                f"{host}:{port} can't be listened on ({error.strerror}); set {setting} to a free port, or to 0"
            ) from error
        self.port: int = self._socket.getsockname()[1]
        self._limits = limits
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="http-edge", daemon=True)
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    def start(self, app: web.Application) -> None:
        """Begins to answer."""
        app.middlewares.insert(0, _timed(self._limits.request_seconds))
        app.on_response_prepare.append(_unnamed)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(self._runner), self._loop).result()

    def stop(self) -> None:
        """Lets requests under way finish, and gives the port back. What has been stopped stays so."""
        runner, self._runner = self._runner, None
        try:
            if runner is not None:
                asyncio.run_coroutine_threadsafe(self._end(runner), self._loop).result()
        finally:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
            self._loop.close()
            self._socket.close()

    async def _serve(self, runner: web.AppRunner) -> None:
        await runner.setup()
        server = runner.server
        assert server is not None
        doorkeeper = _Doorkeeper(self._limits)
        self._listening = await self._loop.create_server(
            lambda: _Guard(server(), doorkeeper), sock=self._socket, backlog=_BACKLOG
        )

    async def _end(self, runner: web.AppRunner) -> None:
        if self._listening is not None:
            self._listening.close()
        await runner.cleanup()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class _Doorkeeper:
    """Counts connections."""

    def __init__(self, limits: HttpLimits) -> None:
        self.limits = limits
        self._by_peer: Counter[str] = Counter()
        self._count = 0

    def lets_in(self, peer: str) -> bool:
        """Whether there is room for another connection of ``peer``, which is then counted."""
        limits = self.limits
        crowds = self._by_peer[peer] >= limits.per_peer and not limits.exempt(peer)
        if crowds or self._count >= limits.connections:
            LOG.warning("http.connection_refused", connections=self._count, of_one_peer=crowds)
            return False
        self._by_peer[peer] += 1
        self._count += 1
        return True

    def gone(self, peer: str) -> None:
        """A connection that was let in has ended."""
        self._by_peer[peer] -= 1
        self._by_peer += Counter()
        self._count -= 1


class _Guard(asyncio.Protocol):
    """One connection: what asyncio tells aiohttp's protocol, but ended when no request comes in time."""

    def __init__(self, inner: asyncio.Protocol, doorkeeper: _Doorkeeper) -> None:
        self._inner = inner
        self._doorkeeper = doorkeeper
        self._transport: asyncio.Transport | None = None
        self._peer: str | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        name = transport.get_extra_info("peername")
        peer = name[0] if name else ""
        if not self._doorkeeper.lets_in(peer):
            transport.abort()
            return
        self._peer, self._transport = peer, transport
        self._inner.connection_made(transport)
        self.await_head()

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._transport is not None else None

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        if self._peer is None:
            return
        self.head_came()
        self._doorkeeper.gone(self._peer)
        self._inner.connection_lost(error)

    def await_head(self) -> None:
        """The next request has to be there in time."""
        self.head_came()
        if self._transport is not None and not self._transport.is_closing():
            seconds = self._doorkeeper.limits.head_seconds
            self._timer = asyncio.get_running_loop().call_later(seconds, self._transport.abort)

    def head_came(self) -> None:
        """A request is there."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


async def _unnamed(_: web.Request, response: web.StreamResponse) -> None:
    """Nobody is told by which versions they are answered."""
    response.headers.pop("Server", None)


def _timed(seconds: float) -> Middleware:
    """The middleware around all others: it keeps time."""

    @web.middleware
    async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
        transport = request.transport
        guard = transport.get_protocol() if transport is not None else None
        if isinstance(guard, _Guard):
            guard.head_came()
        try:
            async with asyncio.timeout(seconds):
                return await handler(request)
        except TimeoutError:
            raise web.HTTPRequestTimeout(headers={"Connection": "close"}) from None
        finally:
            if isinstance(guard, _Guard):
                guard.await_head()

    return timed

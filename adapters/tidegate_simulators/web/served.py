"""Servers on a loopback port, each in a thread of its own; one that answers by an aiohttp handler."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from aiohttp import web

T = TypeVar("T")
_LINE: Final = 2**17
"""Bytes of the first line of a request, and of a header."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Threaded(ABC):
    """Listens from `start` to `stop`, or within a `with`, in an event loop and a thread of its own."""

    scheme = "http"

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Port 0 = any free one, known from `start` on."""
        self.host = host
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self.run(self._listen())

    def stop(self) -> None:
        """End every connection, and the thread."""
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the server's loop, and wait for it in the thread that asks."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    async def _listen(self) -> None:
        """Listen at `host` and `port`, and set the port to what it is."""

    @abstractmethod
    async def _close(self) -> None:
        """End every connection."""


class Served(Threaded):
    """Answers requests by a handler."""

    def __init__(self, handler: Handler, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """`handler` answers every request, in a loop of its own; port 0 = any free one, known from `start` on."""
        super().__init__(host=host, port=port)
        self._handler = handler
        self._runner: web.ServerRunner | None = None

    async def _listen(self) -> None:
        self._runner = web.ServerRunner(self._make_server(), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    def _make_server(self) -> web.Server:
        """A handler ends with its connection, and numbers by the thousand stand in an address."""
        return web.Server(self._handler, handler_cancellation=True, max_line_size=_LINE)

    async def _close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

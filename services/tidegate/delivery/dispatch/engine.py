"""Event loops in which adapters live: one thread each, watched, and replaced when something blocks it."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import structlog

T = TypeVar("T")

LOG = structlog.get_logger(__name__)
_BEAT_SECONDS = 0.5
STALLED_AFTER_SECONDS = 20.0


class Engine:
    """One event loop in a thread of its own. It beats; one that stops beating is blocked by an adapter."""

    def __init__(self, name: str, *, workers: int = 4) -> None:
        """``workers`` threads do what blocks, such as transactions, for the loop's coroutines."""
        self.name = name
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(workers, thread_name_prefix=f"{name}-worker"))
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._beaten = time.monotonic()

    def start(self) -> None:
        """Begins to run coroutines."""
        self._thread.start()

    @property
    def stalled(self) -> bool:
        """Whether the loop has not turned for so long that something must be blocking it."""
        return time.monotonic() - self._beaten > STALLED_AFTER_SECONDS

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def call(self, function: Callable[[], object]) -> None:
        """Calls a function in the loop, soon."""
        self._loop.call_soon_threadsafe(function)

    def stop(self, *, timeout: float) -> bool:
        """Ends the loop; False when it did not within ``timeout`` seconds."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._beat()
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._end_tasks())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _end_tasks(self) -> None:
        """Cuts off what is still under way: who waited for it has given it up."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        self._loop.call_later(_BEAT_SECONDS, self._beat)

"""How much goes on at one time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from tidegate.channels import Outcome

from tidegate_adapters.calls.failures import NotSent

_PATIENCE: Final = 20.0
"""Seconds that a call waits for its place."""

_CROWDED: Final = Outcome.rate_limited(
    "the provider is too slow for what is to be sent; not offered", retry_after=timedelta(seconds=1)
)


class Places:
    """So many at one time, in the event loop that is running. Who has a place may call; nobody waits within a call."""

    def __init__(self, count: int) -> None:
        self.count: Final = count
        self._free = asyncio.Semaphore(count)

    async def take(self, until: float) -> bool:
        """Take a place, to be given back; False where none was free until the instant `until` of `time.monotonic`."""
        if not self._free.locked():  # as a rule: without the cost of a timer
            return await self._free.acquire()
        try:
            async with asyncio.timeout(until - time.monotonic()):
                return await self._free.acquire()
        except TimeoutError:
            return False

    def give_back(self) -> None:
        """Leave a place to others."""
        self._free.release()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Have a place for a while.

        Raises:
            NotSent: None has become free for as long as it is worth waiting.
        """
        if not await self.take(time.monotonic() + _PATIENCE):
            raise NotSent(_CROWDED)
        try:
            yield
        finally:
            self.give_back()

"""Posts to a callback address what a provider tells later."""

from __future__ import annotations

import asyncio
import heapq
import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

import aiohttp

Pack = Callable[[Sequence[Any]], Any]
_HEADERS: Final = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a provider calls back.

    Attributes:
        is_taken: Whether an answer, by its status and body, says that the other side has what was posted.
        pack: The JSON of one post, from the items in it.
        batch: Most items in one post.
        retries: After what time a post is tried again that was not taken; after the last it is dropped.
        timeout: Seconds that the other side has.
    """

    is_taken: Callable[[int, bytes], bool]
    pack: Pack = list
    batch: int = 100
    retries: tuple[timedelta, ...] = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=10))
    timeout: float = 5.0


@dataclass(order=True, slots=True)
class _Post:
    due: datetime
    number: int
    items: list[Any]
    tries: int = 0


class Courier:
    """Items that wait for their time, and posts that wait for their next try, by an injected clock.

    Attributes:
        url: Where it posts to; "" = nowhere: everything waits.
        times: How often it posts everything that is taken.
        newest_first: Whether it begins with what became due last.
        taken: How many items were taken, repetitions included.
        dropped: The items that it gave up.
    """

    def __init__(self, url: str, manners: Manners, *, clock: Callable[[], datetime]) -> None:
        self.url = url
        self.times = 1
        self.newest_first = False
        self.taken = 0
        self.dropped: list[Any] = []
        self._manners = manners
        self._clock = clock
        self._waiting: list[_Post] = []
        self._numbers = count()
        self._lock = threading.Lock()
        self._session: aiohttp.ClientSession | None = None
        self._routine: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many items wait for their time or their next try."""
        with self._lock:
            return sum(len(post.items) for post in self._waiting)

    def add(self, items: Sequence[Any], due: datetime) -> None:
        """Have them posted when the clock shows `due`."""
        with self._lock:
            for item in items:
                heapq.heappush(self._waiting, _Post(due, next(self._numbers), [item]))

    async def deliver(self) -> int:
        """Post what is due; how many items were taken."""
        before = self.taken
        for post in self._due() if self.url else ():
            for _ in range(self.times):
                if not await self._is_taken(post):
                    self._try_again(post)
                    break
                self.taken += len(post.items)
        return self.taken - before

    def deliver_every(self, seconds: float) -> None:
        """Deliver again and again, in the running loop, until `close`."""
        self._routine = asyncio.get_running_loop().create_task(self._deliver_for_ever(seconds))

    async def close(self) -> None:
        """End it."""
        if self._routine:
            self._routine.cancel()
            with suppress(asyncio.CancelledError):
                await self._routine
        if self._session:
            await self._session.close()

    async def _deliver_for_ever(self, seconds: float) -> None:
        while True:
            await self.deliver()
            await asyncio.sleep(seconds)

    def _due(self) -> list[_Post]:
        """What is due, items that were never posted put together, as many as go into one post."""
        now, due = self._clock(), list[_Post]()
        with self._lock:
            while self._waiting and self._waiting[0].due <= now:
                due.append(heapq.heappop(self._waiting))
        if self.newest_first:
            due.reverse()
        posts = [post for post in due if post.tries]
        fresh = [item for post in due if not post.tries for item in post.items]
        size = self._manners.batch
        return posts + [_Post(now, next(self._numbers), fresh[at : at + size]) for at in range(0, len(fresh), size)]

    async def _is_taken(self, post: _Post) -> bool:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._manners.timeout)
            self._session = aiohttp.ClientSession(timeout=timeout, headers=_HEADERS)
        body = json.dumps(self._manners.pack(post.items), ensure_ascii=False).encode()
        try:
            async with self._session.post(self.url, data=body) as answer:
                return self._manners.is_taken(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _try_again(self, post: _Post) -> None:
        retries = self._manners.retries
        if post.tries >= len(retries):
            self.dropped.extend(post.items)
            return
        later = _Post(self._clock() + retries[post.tries], next(self._numbers), post.items, post.tries + 1)
        with self._lock:
            heapq.heappush(self._waiting, later)

"""What the simulated SMS clouds have in common for whoever runs one."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tidegate_simulators.sms.limits import PerSecond
from tidegate_simulators.sms.taken import Sms, Taken
from tidegate_simulators.sms.texts import now_utc
from tidegate_simulators.web import Courier, Script, Served
from tidegate_simulators.web.courier import Manners


class SmsCloud(ABC):
    """An endpoint on loopback for as long as a `with` block lasts.

    Attributes:
        script: What goes wrong. An entry with an address is about this number (E.164).
        receipts: Posts what became of messages.
        answers: Posts what customers write back.

    Args:
        port: Port on loopback; 0 = any free one.
        callback_url: Where receipts and answers are posted to, of what is sent from then on; "" = nowhere.
        manners: How receipts and how answers are posted.
        clock: The cloud's time.
        seconds: What it counts calls a second by.
        push_every: Seconds between looks at what is to be posted; 0 = only when `push` is called.
        keep: Whether messages are kept for `received` and queries; they are always counted.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        callback_url: str = "",
        manners: tuple[Manners, Manners],
        clock: Callable[[], datetime] = now_utc,
        seconds: Callable[[], float] = time.monotonic,
        push_every: float = 0.05,
        keep: bool = True,
    ) -> None:
        self.script = Script()
        self.receipts, self.answers = (Courier(callback_url, one, clock=clock) for one in manners)
        self._clock = clock
        self._push_every = push_every
        self._taken = Taken(keep=keep)
        self._calls = PerSecond(seconds)
        self._served = Served(self._handle, port=port)

    @property
    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """Settings of an account that sends through it."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._served.url

    @property
    def received(self) -> Mapping[str, list[Sms]]:
        """The messages that were taken, by number in E.164."""
        return self._taken.by_number

    @property
    def taken(self) -> int:
        """How many messages were taken, those included whose caller never got an answer."""
        return self._taken.count

    def duplicates(self) -> dict[tuple[str, str], int]:
        """How often a number was sent the same text, where that is more than once."""
        return self._taken.duplicates()

    def wait_for(self, messages: int, *, timeout: float = 10.0) -> None:
        """Wait until that many were taken; TimeoutError when they were not."""
        self._taken.wait_for(messages, timeout=timeout)

    def call_back(self, url: str) -> None:
        """Post receipts and answers there, of what is sent from now on."""
        self.receipts.url = self.answers.url = url

    def push(self) -> int:
        """Post now what is due by the clock; how many receipts and answers were taken."""
        return self._served.run(self._push())

    def start(self) -> None:
        """Listen."""
        self._served.start()
        if self._push_every:
            self._served.run(self._begin())

    def stop(self) -> None:
        """End every connection."""
        self._served.run(self._end())
        self._served.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""

    async def _begin(self) -> None:
        self.receipts.deliver_every(self._push_every)
        self.answers.deliver_every(self._push_every)

    async def _push(self) -> int:
        return await self.receipts.deliver() + await self.answers.deliver()

    async def _end(self) -> None:
        await self.receipts.close()
        await self.answers.close()

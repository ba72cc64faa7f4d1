"""Calls to a developer's server: sealed, waited for, repeated; on request late, twice and out of order."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import aiohttp

Spawn = Callable[[Coroutine[Any, Any, Any]], "Future[Any]"]
"""Has the endpoint's loop do something."""

_AT_ONCE: Final = 32
"""Calls under way at a time."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is posted: parameters of the address, body, and its media type."""

    query: Mapping[str, str]
    body: str
    content_type: str = "text/xml"


@dataclass(slots=True)
class Push:
    """One event on its way.

    Attributes:
        event: Its fields as they are told.
        about: Whom it is about: one after the other is told of them.
        answers: What each attempt was answered: `200 success`, `500 …`, or `no answer`.
        taken: Whether the last was accepted.
    """

    event: Mapping[str, Any]
    about: str
    answers: list[str] = field(default_factory=list)
    taken: bool = False
    _over: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout: float = 10.0) -> Push:
        """Wait until it was accepted, or given up.

        Raises:
            TimeoutError: Neither has happened.
        """
        if not self._over.wait(timeout):
            raise TimeoutError(f"an event has been under way for {timeout} s: {self.answers}")
        return self

    def end(self) -> None:
        """Nothing more will be tried."""
        self._over.set()


class Pushing(Protocol):
    """Makes what delivers events to an address."""

    def __call__(self, url: str, *, answer_within: float) -> Pusher: ...


class Pusher:
    """Delivers events to one address.

    Attributes:
        url: Where to.
        answer_within: Real seconds that the receiver has for an answer.
        repeats: How often it is tried again.
        copies: How often each event is told although it was accepted.
        delay: Real seconds that each waits first.
        pushes: Those so far, kept where `keep` says so.
    """

    def __init__(self, url: str, spawn: Spawn, *, answer_within: float = 5.0, repeats: int = 3) -> None:
        self.url = url
        self.answer_within = answer_within
        self.repeats = repeats
        self.copies = 1
        self.delay = 0.0
        self.keep = True
        self.pushes: list[Push] = []
        self._spawn = spawn
        self._held: list[tuple[Push, Callable[[], Letter]]] | None = None
        self._latest: dict[str, asyncio.Event] = {}
        """Is set when what was begun last about someone has been told, or given up."""
        self._session: aiohttp.ClientSession | None = None
        self._gate: asyncio.Semaphore | None = None

    def push(self, event: Mapping[str, Any], letter: Callable[[], Letter], *, about: str) -> Push:
        """Send an event, after those before it that are `about` the same; `letter` writes it for each attempt."""
        push = Push(event, about)
        if self.keep:
            self.pushes.append(push)
        if self._held is not None:
            self._held.append((push, letter))
        else:
            self._spawn(self._deliver(push, letter))
        return push

    def hold(self) -> None:
        """Keep back what comes, until `release`."""
        self._held = []

    def release(self, *, reverse: bool = False) -> None:
        """Send what was kept back one by one, or in the opposite order, and hold nothing from now on."""
        held, self._held = self._held or [], None
        self._spawn(self._deliver_all(held[::-1] if reverse else held))

    def ask(self, query: Mapping[str, str]) -> str:
        """What a GET with these parameters is answered with; "" if not with 200 or in time."""
        return str(self._spawn(self._get(query)).result())

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    async def _get(self, query: Mapping[str, str]) -> str:
        timeout = aiohttp.ClientTimeout(total=self.answer_within)
        try:
            async with self._client().get(self._address(query), timeout=timeout) as answer:
                return await answer.text() if answer.status == 200 else ""
        except (TimeoutError, aiohttp.ClientError):
            return ""

    async def _deliver_all(self, held: list[tuple[Push, Callable[[], Letter]]]) -> None:
        for push, letter in held:
            await self._deliver(push, letter)

    async def _deliver(self, push: Push, letter: Callable[[], Letter]) -> None:
        before, done = self._latest.get(push.about), asyncio.Event()
        self._latest[push.about] = done
        try:
            if before is not None:
                await before.wait()
            if self.delay:
                await asyncio.sleep(self.delay)
            async with self._gated():
                for _ in range(self.copies):
                    await self._insist(push, letter)
        finally:
            done.set()
            if self._latest.get(push.about) is done:
                del self._latest[push.about]
            push.end()

    async def _insist(self, push: Push, letter: Callable[[], Letter]) -> None:
        for _ in range(1 + self.repeats):
            answer, push.taken = await self._post(letter())
            push.answers.append(answer)
            if push.taken:
                return

    async def _post(self, letter: Letter) -> tuple[str, bool]:
        timeout = aiohttp.ClientTimeout(total=self.answer_within)
        headers = {"Content-Type": letter.content_type}
        try:
            async with self._client().post(
                self._address(letter.query), data=letter.body.encode(), headers=headers, timeout=timeout
            ) as answer:
                text = (await answer.text()).strip()
                return f"{answer.status} {text}".strip(), answer.status == 200 and text in ("", "success")
        except (TimeoutError, aiohttp.ClientError):
            return "no answer", False

    def _address(self, query: Mapping[str, str]) -> str:
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(query)}"

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _gated(self) -> asyncio.Semaphore:
        if self._gate is None:
            self._gate = asyncio.Semaphore(_AT_ONCE)
        return self._gate


def as_xml(fields: Mapping[str, Any], *, root: str = "xml") -> str:
    """Fields as the platforms write them: text in CDATA, numbers bare, a list as an element repeated."""
    return f"<{root}>{''.join(_element(name, value) for name, value in fields.items())}</{root}>"


def as_json(fields: Mapping[str, Any]) -> str:
    """Fields as JSON."""
    return json.dumps(fields, ensure_ascii=False)


def nonce() -> str:
    """A number that is used once."""
    return str(secrets.randbelow(10**10))


def stamp(clock: Callable[[], float] = time.time) -> str:
    """The time as callbacks carry it."""
    return str(int(clock()))


def _element(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return as_xml(value, root=name)
    if isinstance(value, list):
        return "".join(_element(name, part) for part in value)
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = str(value)
    return f"<{name}>{escape(text) if ']]>' in text else f'<![CDATA[{text}]]>'}</{name}>"

"""A provider of a few lines that answers as a test says, and keeps what it was asked."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from tidegate_simulators.web import Served


@dataclass(frozen=True, slots=True)
class Request:
    """What came: the headers by lower-cased names, and the parameters of the address and of a form."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    raw_query: str
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: a status, and a body as it is or as JSON. ``close``: the connection ends before, ``silent``: never;
    ``held``: not before ``release``.
    """

    body: Any = b""
    status: int = 200
    close: bool = False
    silent: bool = False
    held: bool = False


@dataclass
class Provider:
    """Runs within a `with`; ``say`` decides what each request is answered. ``arrived`` is set by the first."""

    say: Callable[[Request], Said]
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.arrived = threading.Event()
        self._ended = asyncio.Event()
        self._released = asyncio.Event()
        self._served = Served(self._handle)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._served.url

    def release(self) -> None:
        """Give the answers that are held."""
        self._served.run(self._release())

    def __enter__(self) -> "Provider":
        self._served.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._served.run(self._end())
        self._served.stop()

    async def _release(self) -> None:
        self._released.set()

    async def _end(self) -> None:
        self._ended.set()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        raw = request.rel_url.raw_query_string
        form = dict(parse_qsl(body.decode())) if "form" in headers.get("content-type", "") else {}
        got = Request(headers, dict(parse_qsl(raw)), form, raw, body)
        self.requests.append(got)
        self.arrived.set()
        said = self.say(got)
        if said.held:
            await self._released.wait()
        if said.silent:
            await self._ended.wait()
        if (said.close or said.silent) and request.transport is not None:
            request.transport.abort()
        text = said.body if isinstance(said.body, bytes) else json.dumps(said.body, ensure_ascii=False).encode()
        return web.Response(status=said.status, body=text)

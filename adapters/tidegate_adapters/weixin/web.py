"""Calls over kept connections, and what it means when one fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, Protocol
from urllib.parse import quote

import aiohttp
from tidegate.channels import Outcome, Scope
from yarl import URL

_IDLE: Final = 10.0
"""Seconds after which a kept connection is closed: a provider that closes it first may leave a call uncertain."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}

Answer = Mapping[str, Any]


def as_json(document: Mapping[str, object]) -> bytes:
    """What is posted."""
    return _ENCODER.encode(document).encode()


class WebSettings(Protocol):
    """What an account says of connections."""

    @property
    def base_url(self) -> str: ...
    @property
    def connections(self) -> int: ...
    @property
    def connect_timeout(self) -> float: ...
    @property
    def timeout(self) -> float: ...


class NoAnswer(Exception):
    """The call was made, and no answer came that can be read."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.detail)


class NotCalled(NoAnswer):
    """The call was surely not made: nothing has been said of any message."""


class Web:
    """Kept connections to one provider for one account, in the event loop that is running.

    Attributes:
        places: Who offers a message takes one: nobody waits for a connection within a call.
        connections: How many places there are.
    """

    def __init__(self, settings: WebSettings) -> None:
        self.connections: Final = settings.connections
        self.places: Final = asyncio.Semaphore(settings.connections)
        self._base = settings.base_url.rstrip("/")
        self._last: tuple[str, tuple[str, str] | None, URL] | None = None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE),
            timeout=aiohttp.ClientTimeout(total=None, connect=settings.connect_timeout, sock_read=settings.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )

    async def post(self, path: str, parameter: tuple[str, str] | None, body: bytes) -> Answer:
        """Post JSON.

        Raises:
            NotCalled: No connection could be made.
            NoAnswer: Anything else than JSON came back, or nothing.
        """
        return await self._call("POST", self._posted_to(path, parameter), body)

    async def get(self, path: str, parameters: Mapping[str, str]) -> Answer:
        """The same for what is only asked."""
        return await self._call("GET", _url(self._base, path, tuple(parameters.items())), None)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._session.close()

    def _posted_to(self, path: str, parameter: tuple[str, str] | None) -> URL:
        """The address, kept from one call to the next as long as the token is the same."""
        last = self._last
        if last is None or last[:2] != (path, parameter):
            last = self._last = (path, parameter, _url(self._base, path, (parameter,) if parameter else ()))
        return last[2]

    async def _call(self, method: str, url: URL, body: bytes | None) -> Answer:
        try:
            async with self._session.request(
                method, url, data=body, headers=_JSON if body else None, allow_redirects=False
            ) as response:
                return _read(response.status, response.headers.get("Retry-After", ""), await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotCalled(Outcome.retryable(f"no connection: {type(error).__name__}")) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswer(Outcome.uncertain(f"no answer: {type(error).__name__}")) from error


def _url(base: str, path: str, parameters: tuple[tuple[str, str], ...]) -> URL:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    return URL(f"{base}{path}?{query}" if query else f"{base}{path}", encoded=True)


def _read(status: int, retry_after: str, body: bytes) -> Answer:
    try:
        answer = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict):
        return answer
    raise NoAnswer(_unreadable(status, retry_after))


def _unreadable(status: int, retry_after: str) -> Outcome:
    code = f"http {status}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Outcome.auth_error("refused before the provider's application", code=code)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = timedelta(seconds=int(retry_after)) if retry_after.isdecimal() and len(retry_after) < 7 else None
        return Outcome.rate_limited("too many calls", code=code, retry_after=wait)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = "refused before the provider's application: see the account's base_url, and any proxy"
        return Outcome.permanent(detail, code=code, scope=Scope.ACCOUNT)
    return Outcome.uncertain("the answer can't be read", code=code)

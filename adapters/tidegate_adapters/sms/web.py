"""Calls to a provider's HTTP endpoint over connections that are kept per account and event loop.

What cannot be known is told apart from what surely did not happen: before the request is written nothing was taken,
afterwards only the answer tells.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

import aiohttp
from tidegate.channels import Outcome
from yarl import URL

_IDLE: Final = 12.0
"""Seconds after which a kept connection is not used any more: what is sent on one that the provider has just
closed may or may not have been taken."""

_PATIENCE: Final = 20.0
"""Seconds that a call waits until one of the account's connections is free."""

_CROWDED: Final = Outcome.rate_limited(
    "the provider is too slow for what is to be sent; not offered", retry_after=timedelta(seconds=1)
)


class WebSettings(Protocol):
    """What an account's settings say of its calls."""

    @property
    def connections(self) -> int: ...
    @property
    def connect_timeout(self) -> float: ...
    @property
    def timeout(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered: the HTTP status, and the JSON object in the body; None where there is none."""

    status: int
    body: Mapping[str, Any] | None = field(repr=False)

    def without_code(self) -> Outcome:
        """What an answer means in which no code of the provider's stands."""
        said = f"HTTP status {self.status} without a code of the provider's"
        if self.status == 429:
            return Outcome.rate_limited(said, code=str(self.status))
        if self.status in (401, 403):
            return Outcome.auth_error(said, code=str(self.status))
        if 400 <= self.status < 500:
            return Outcome.permanent(said, code=str(self.status))
        return Outcome.uncertain(said, code=str(self.status))


@dataclass(slots=True)
class _Kept:
    settings: WebSettings
    loop: asyncio.AbstractEventLoop
    session: aiohttp.ClientSession
    places: asyncio.Semaphore
    calls: int = 0
    is_retired: bool = False


class Web:
    """The connections of a channel's accounts."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    async def post(
        self, account_id: str, settings: WebSettings, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | Outcome:
        """Post once; an Outcome where no answer came.

        `url` is written as it is, encoded by the caller.
        """
        kept = self._of(account_id, settings)
        async with _in_use(kept):
            if not await _has_place(kept):
                return _CROWDED
            try:
                return await _post(kept, url, headers, body)
            finally:
                kept.places.release()

    async def close(self) -> None:
        """Close all connections."""
        kept, self._kept = self._kept, {}
        for one in kept.values():
            if one.loop is asyncio.get_running_loop():
                await one.session.close()
            else:
                _retire(one)

    def _of(self, account_id: str, settings: WebSettings) -> _Kept:
        loop = asyncio.get_running_loop()
        kept = self._kept.get(account_id)
        if kept and kept.loop is loop and kept.settings == settings:
            return kept
        if kept:
            _retire(kept)
        self._kept[account_id] = fresh = _Kept(settings, loop, _open(settings), asyncio.Semaphore(settings.connections))
        return fresh


@asynccontextmanager
async def _in_use(kept: _Kept) -> AsyncIterator[None]:
    """What is retired meanwhile is closed by its last call."""
    kept.calls += 1
    try:
        yield
    finally:
        kept.calls -= 1
        if kept.is_retired and not kept.calls:
            await kept.session.close()


async def _has_place(kept: _Kept) -> bool:
    """Takes a place, which costs a timer only where none is free."""
    if not kept.places.locked():
        return await kept.places.acquire()
    try:
        async with asyncio.timeout(_PATIENCE):
            return await kept.places.acquire()
    except TimeoutError:
        return False


async def _post(kept: _Kept, url: str, headers: Mapping[str, str], body: bytes) -> Answer | Outcome:
    where = URL(url, encoded=True)
    try:
        async with kept.session.post(where, headers=headers, data=body, allow_redirects=False) as response:
            return Answer(response.status, _json(await response.read()))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return Outcome.retryable(f"no connection to the provider: {type(error).__name__}")
    except TimeoutError:
        return Outcome.uncertain(f"no answer within {kept.settings.timeout:g} s")
    except (aiohttp.ClientError, OSError) as error:
        return Outcome.uncertain(f"the provider ended the connection without an answer: {type(error).__name__}")


def _open(settings: WebSettings) -> aiohttp.ClientSession:
    total = settings.connect_timeout + settings.timeout
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE),
        timeout=aiohttp.ClientTimeout(total=total, connect=settings.connect_timeout, sock_read=settings.timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        # What the caller has not signed is not sent, and headers that say nothing cost as much as others.
        skip_auto_headers=["Content-Type", "Accept", "Accept-Encoding", "User-Agent"],
        trust_env=False,
    )


def _retire(kept: _Kept) -> None:
    """Close it in its own loop, once that turns again, if ever, and once its calls have ended."""
    kept.is_retired = True
    if not kept.calls or kept.loop is not asyncio.get_running_loop():
        with suppress(RuntimeError):  # that loop is closed, and its connections with it
            kept.loop.call_soon_threadsafe(lambda: kept.loop.create_task(kept.session.close()))


def _json(body: bytes) -> Mapping[str, Any] | None:
    with suppress(ValueError, RecursionError):
        read = json.loads(body)
        if isinstance(read, dict):
            return read
    return None

"""Access tokens: kept for as long as they hold, fetched once for all who wait.

Each replica keeps its own. That is safe where the provider gives all who ask the same token while it holds, or takes
several at one time: `fetch` must ask in such a way, and never in one that ends the token of others.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tidegate.channels import Outcome, Scope

from tidegate_adapters.calls.failures import NotSent

_EARLY: Final = 240.0
"""Seconds before its end at which a token is renewed. WeChat and WeCom hand out the next one 300 s before."""

_AGAIN: Final = 10.0
"""Seconds between tries after one that failed."""

_REFUSALS: Final = 4
"""So many tokens that the provider refuses within those seconds are one try that failed. Fewer may have been ended in
good faith: another system fetched one, or the secret was changed."""

_REFUSED: Final = Outcome.auth_error("the provider refuses the access tokens that it gives", scope=Scope.CALL)


class NoToken(NotSent):
    """No token is to be had: nothing was said of any message."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the provider gave it: its text, not shown, and for how many seconds it holds from then on."""

    text: str
    lifetime: float

    def __repr__(self) -> str:
        return f"Token(…, {self.lifetime})"


class Tokens:
    """The token of one account, in the event loop that is running."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], now: Callable[[], float] = time.monotonic) -> None:
        """`fetch` asks the provider, or raises NoToken; `now` counts seconds."""
        self._fetch = fetch
        self._now = now
        self._token: Token | None = None
        self._failure: Outcome | None = None
        self._renewed_from = 0.0
        self._end = 0.0
        self._refused: deque[float] = deque(maxlen=_REFUSALS)
        self._fetching: asyncio.Task[Token | Outcome] | None = None

    async def get(self) -> Token:
        """A token that holds. A failure is kept for a while: providers ban who asks on and on with a wrong secret.

        Raises:
            NoToken: The provider gives none, or cannot be asked.
        """
        if self._token and self._now() < self._renewed_from:
            return self._token
        failure = self._failure if self._now() < self._renewed_from else None
        fetched = failure or await self._fetch_once()
        if isinstance(fetched, Token):
            return fetched
        if self._token and self._now() < self._end:
            return self._token
        raise NoToken(fetched)

    def drop(self, token: Token) -> None:
        """The provider no longer takes this one, which `get` gave.

        Whoever comes late with an older one changes nothing, even where the provider gave the same text again.
        """
        if token is not self._token:
            return
        self._token = None
        self._refused.append(self._now())
        if len(self._refused) == _REFUSALS and self._now() < self._refused[0] + _AGAIN:
            self._failure, self._renewed_from = _REFUSED, self._refused[0] + _AGAIN

    async def close(self) -> None:
        """End what is being fetched."""
        if self._fetching:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _fetch_once(self) -> Token | Outcome:
        """Fetch, or wait with the others for what is being fetched; it goes on when one of them gives up."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_and_keep())
        return await asyncio.shield(self._fetching)

    async def _fetch_and_keep(self) -> Token | Outcome:
        try:
            asked = self._now()
            token = await self._fetch()
            self._keep(token, asked)
        except NoToken as error:
            self._failure, self._renewed_from = error.outcome, self._now() + _AGAIN
            return error.outcome
        else:
            return token
        finally:
            self._fetching = None

    def _keep(self, token: Token, asked: float) -> None:
        self._token, self._failure = token, None
        self._end = asked + token.lifetime
        self._renewed_from = self._end - min(_EARLY, token.lifetime / 2)

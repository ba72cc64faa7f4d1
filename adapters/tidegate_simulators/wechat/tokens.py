"""The tokens of `stable_token`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from tidegate_simulators.weixin import Limits, Refusal
from tidegate_simulators.weixin.limits import DAY, MINUTE, Clock

LIFE: Final = 7200
EARLY: Final = 300
"""Seconds before a token's end in which the next one is given out; both are valid then."""

FORCED_APART: Final = 30
PER_MINUTE: Final = 10_000
PER_DAY: Final = 500_000
FORCED_PER_DAY: Final = 20


@dataclass(slots=True)
class _Token:
    text: str
    ends: float
    code: int = 0
    """Why it is refused before its end; 0 = it is not."""


class StableTokens:
    """One account's tokens."""

    def __init__(self, clock: Clock, limits: Limits, appid: str) -> None:
        self._clock = clock
        self._limits = limits
        self._appid = appid
        self._issued: dict[str, _Token] = {}
        self._current: _Token | None = None
        self._forced = float("-inf")

    def issue(self, *, force: bool) -> dict[str, object]:
        """The token that is valid, or a new one: in its last minutes, and by force.

        Raises:
            Refusal: A limit is used up.
        """
        self._count(force=force)
        now = self._clock()
        if force and now - self._forced >= FORCED_APART:
            self._forced = now
            self.invalidate()
            self._renew(now)
        current = self._current
        if current is None or current.code or current.ends - now <= EARLY:
            current = self._renew(now)
        return {"access_token": current.text, "expires_in": int(current.ends - now)}

    def invalidate(self, code: int = 40001) -> None:
        """Refuse every token so far with this code, before its time."""
        for token in self._issued.values():
            token.code = token.code or code

    def check(self, text: str) -> None:
        """Let a token pass.

        Raises:
            Refusal: It is not valid.
        """
        token = self._issued[text]
        if token.code or self._clock() >= token.ends:
            code = token.code or 42001
            raise Refusal(code, TEXTS.get(code, "access_token is not valid"))

    def _renew(self, now: float) -> _Token:
        token = _Token(f"{secrets.token_hex(8)}_{secrets.token_urlsafe(96)}", now + LIFE)
        self._issued = {name: kept for name, kept in self._issued.items() if now - kept.ends < LIFE}
        self._issued[token.text] = self._current = token
        return token

    def knows(self, text: str) -> bool:
        """Whether it ever gave out this token, and not too long ago to remember."""
        return text in self._issued

    def _count(self, *, force: bool) -> None:
        name = (self._appid, "stable_token")
        if not self._limits.take(name, PER_MINUTE, MINUTE):
            raise Refusal(45011, "api minute-quota reach limit, must slower retry next minute")
        if not self._limits.take(name, PER_DAY, DAY):
            raise Refusal(45009, "reach max api daily quota limit")
        if force and not self._limits.take((*name, "force"), FORCED_PER_DAY, DAY):
            raise Refusal(45009, "reach max api daily quota limit, force_refresh")


TEXTS: Final = {
    40001: "invalid credential, access_token is invalid or not latest",
    40014: "invalid access_token",
    42001: "access_token expired",
}

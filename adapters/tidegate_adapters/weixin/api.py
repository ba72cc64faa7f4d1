"""A provider's interface for one account: calls with its access token, which is renewed when it is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tidegate.channels import Outcome

from tidegate_adapters.calls import NoAnswer, NoToken, Token, Tokens
from tidegate_adapters.calls.answers import Document
from tidegate_adapters.weixin.web import Web

_PARAMETER: Final = "access_token"


@dataclass(frozen=True, slots=True)
class Answered:
    """A provider's answer: its code, 0 where all is well, its words, and all that it says."""

    code: int
    words: str
    answer: Document


class Api:
    """Calls for one account, in the event loop that is running."""

    def __init__(self, web: Web, fetch: Callable[[Web], Awaitable[Token]], stale_codes: frozenset[int]) -> None:
        """`stale_codes` are those by which the provider refuses a token that it no longer takes."""
        self.web: Final = web
        self.tokens: Final = Tokens(lambda: fetch(web))
        self._stale_codes = stale_codes

    async def call(self, path: str, body: bytes) -> Answered:
        """Post JSON; a second time with a new token when the first is refused.

        Raises:
            NoToken: No token is to be had; nothing was posted.
            NotSent, NoAnswer: As of `Web.post_json`; uncertain, too, is an answer without a code.
        """
        return await self._with_token(lambda token: self.web.post_json(path, {_PARAMETER: token}, body))

    async def ask(self, path: str, parameters: Mapping[str, str]) -> Answered:
        """The same for what is only asked."""
        return await self._with_token(lambda token: self.web.get_json(path, {_PARAMETER: token, **parameters}))

    async def close(self) -> None:
        """Let go of connections, and of what is being fetched."""
        await self.tokens.close()
        await self.web.close()

    async def _with_token(self, call: Callable[[str], Awaitable[Document]]) -> Answered:
        token = await self.tokens.get()
        answered = read_answer(await call(token.text))
        if answered.code not in self._stale_codes:
            return answered
        self.tokens.drop(token)
        return read_answer(await call((await self.tokens.get()).text))


def read_answer(answer: Document) -> Answered:
    """An answer with its code.

    Raises:
        NoAnswer: It has no code, so it is not known what it answers.
    """
    code, words = answer.get("errcode"), answer.get("errmsg", "")
    if not isinstance(code, int) or isinstance(code, bool):
        raise NoAnswer(Outcome.uncertain("the answer has no code"))
    return Answered(code, words if isinstance(words, str) else "", answer)


def read_token(answer: Document) -> Token | None:
    """The token that an answer gives; None where it gives none."""
    text, lifetime = answer.get(_PARAMETER), answer.get("expires_in")
    if not isinstance(text, str) or not text or not isinstance(lifetime, int) or lifetime <= 0:
        return None
    return Token(text, float(lifetime))


def without_token(error: NoAnswer) -> NoToken:
    """A token could not be fetched: whatever became of that call, nothing was said of any message."""
    outcome = error.outcome
    if outcome.kind.is_definite_refusal:
        return NoToken(outcome)
    return NoToken(Outcome.retryable(f"no access token: {outcome.detail}", code=outcome.provider_code))

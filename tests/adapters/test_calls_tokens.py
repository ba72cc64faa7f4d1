"""Access tokens are kept while they hold, renewed before their end, and fetched once for all who wait."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tidegate.channels import Outcome, OutcomeKind
from tidegate_adapters.calls import NoToken, Token, Tokens


class Office:
    """Gives tokens out, one after the other, when it is let; counts seconds."""

    def __init__(self) -> None:
        self.time = 0.0
        self.asked = 0
        self.given = 0
        self.lifetime = 7200.0
        self.text = ""
        self.open = asyncio.Event()
        self.open.set()
        self.failure: Outcome | None = None
        self.tokens = Tokens(self.fetch, lambda: self.time)

    async def get(self) -> str:
        return (await self.tokens.get()).text

    async def fetch(self) -> Token:
        self.asked += 1
        await self.open.wait()
        if self.failure:
            raise NoToken(self.failure)
        self.given += 1
        return Token(self.text or f"token-{self.given}", self.lifetime)


def play(scene: Callable[[Office], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        await scene(Office())

    asyncio.run(run())


def test_a_token_is_kept_and_renewed_before_its_end() -> None:
    async def scene(office: Office) -> None:
        assert await office.get() == await office.get() == "token-1"
        office.time = 6959.0
        assert await office.get() == "token-1"
        office.time = 6960.0
        assert await office.get() == "token-2"
        assert office.given == 2

    play(scene)


def test_a_token_that_ends_soon_is_not_renewed_at_every_call() -> None:
    async def scene(office: Office) -> None:
        office.lifetime = 100.0
        await office.get()
        office.time = 49.0
        assert await office.get() == "token-1"
        office.time = 50.0
        assert await office.get() == "token-2"

    play(scene)


def test_all_who_wait_get_what_one_fetches() -> None:
    async def scene(office: Office) -> None:
        office.open.clear()
        waiting = [asyncio.create_task(office.get()) for _ in range(50)]
        await asyncio.sleep(0)
        waiting[0].cancel()  # who asked first gives up: the others get it all the same
        await asyncio.sleep(0)
        office.open.set()
        got = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(got[0], asyncio.CancelledError)
        assert set(got[1:]) == {"token-1"}
        office.tokens.drop(await office.tokens.get())
        office.failure = Outcome.retryable("busy")
        failed = await asyncio.gather(*(office.get() for _ in range(50)), return_exceptions=True)
        assert all(isinstance(one, NoToken) for one in failed)

    play(scene)


def test_only_the_token_that_was_refused_is_dropped() -> None:
    async def scene(office: Office) -> None:
        first = await office.tokens.get()
        office.tokens.drop(first)
        assert await office.get() == "token-2"
        office.tokens.drop(first)  # comes late
        assert await office.get() == "token-2"
        assert office.given == 2

    play(scene)


def test_the_same_text_given_again_is_not_dropped_by_who_was_refused_before() -> None:
    async def scene(office: Office) -> None:
        office.text = "stable"
        first = await office.tokens.get()
        for _ in range(5):  # all were called with the first
            office.tokens.drop(first)
            assert await office.get() == "stable"
        assert office.asked == 2

    play(scene)


def test_a_provider_that_refuses_the_tokens_it_gives_is_not_asked_on_and_on() -> None:
    async def scene(office: Office) -> None:
        for _ in range(4):
            office.tokens.drop(await office.tokens.get())
        for _ in range(5):
            with pytest.raises(NoToken, match="refuses the access tokens"):
                await office.get()
        assert office.asked == 4
        office.time = 10.0
        assert await office.get() == "token-5"

    play(scene)


def test_who_gets_no_token_does_not_ask_on_and_on() -> None:
    async def scene(office: Office) -> None:
        office.failure = Outcome.auth_error("wrong secret")
        for time, asked in ((0.0, 1), (9.9, 1), (10.0, 2), (19.9, 2)):
            office.time = time
            for _ in range(3):
                with pytest.raises(NoToken, match="wrong secret"):
                    await office.get()
            assert office.asked == asked
        office.failure, office.time = None, 20.0
        dropped = await office.tokens.get()
        office.tokens.drop(dropped)
        assert await office.get() == "token-2", "what failed long ago is past"

    play(scene)


def test_a_token_that_still_holds_is_used_while_none_is_given() -> None:
    async def scene(office: Office) -> None:
        await office.get()
        office.failure = Outcome.retryable("busy")
        office.time = 7000.0
        assert await office.get() == "token-1"
        office.failure = None
        office.time = 7009.0
        assert await office.get() == "token-1", "it is not asked at every call"
        office.failure = Outcome.auth_error("no more")
        office.time = 7200.0
        with pytest.raises(NoToken) as raised:
            await office.get()
        assert raised.value.outcome.kind is OutcomeKind.AUTH_ERROR

    play(scene)


def test_what_is_being_fetched_ends_at_the_end() -> None:
    async def scene(office: Office) -> None:
        await office.tokens.close()
        office.open.clear()
        waiting = asyncio.create_task(office.get())
        await asyncio.sleep(0)
        await office.tokens.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert asyncio.all_tasks() == {asyncio.current_task()}

    play(scene)


def test_a_token_is_not_shown() -> None:
    assert "token-1" not in repr(Token("token-1", 7200.0))

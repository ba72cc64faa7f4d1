"""Calls of providers: what is kept between them, what failures mean, and how a batch is offered."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from support.ports import unused_port
from support.provider import Provider, Request, Said
from tidegate.channels import Account, Content, OutboundMessage, Outcome, OutcomeKind, Scope
from tidegate_adapters.calls import (
    Answer,
    Http,
    InHalves,
    Kept,
    NoAnswer,
    NotSent,
    Places,
    Spans,
    offer_each,
    offer_groups,
    places,
)

T = TypeVar("T")
K = OutcomeKind
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    connections: int = 1
    connect_timeout: float = 1.0
    timeout: float = 5.0


def with_http(
    scene: Callable[[Http], Awaitable[T]], settings: Settings = Settings(), *, ca_file: str = "", longest: int = 1000
) -> T:
    async def play() -> T:
        http = Http(settings, ca_file=ca_file, longest=longest)
        try:
            return await scene(http)
        finally:
            await http.close()

    return asyncio.run(play())


def messages(count: int) -> Sequence[OutboundMessage]:
    return [OutboundMessage(message_id=f"m{one}", address=f"a{one}", content=Content()) for one in range(count)]


# What is kept.


def test_a_change_of_settings_lets_calls_end_that_are_under_way() -> None:
    async def post(kept: Kept[Settings, Http], account: Account[Settings], url: str, body: bytes) -> Answer:
        async with kept.use(account) as http:
            return await http.post(url, {}, body)

    async def change(provider: Provider) -> tuple[Answer, Answer]:
        kept, account = Kept[Settings, Http](Http), Account("a", "sms", Settings())
        first = asyncio.create_task(post(kept, account, f"{provider.url}/", b"slow"))
        assert await asyncio.to_thread(provider.arrived.wait, 5.0)
        changed = replace(account, settings=Settings(connections=2))
        second = await post(kept, changed, f"{provider.url}/", b"fast")
        provider.release()
        results = (await first, second)
        await kept.close()
        return results

    def say(request: Request) -> Said:
        return Said({"said": request.body.decode()}, held=request.body == b"slow")

    with Provider(say) as provider:
        first, second = asyncio.run(change(provider))
    assert (first.document, second.document) == ({"said": "slow"}, {"said": "fast"})


def test_who_finds_no_place_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_PATIENCE", 0.01)

    async def crowd() -> Outcome:
        only = Places(1)
        async with only.held():
            with pytest.raises(NotSent) as raised:
                await only.held().__aenter__()
        async with only.held():
            return raised.value.outcome

    outcome = asyncio.run(crowd())
    assert (outcome.kind, outcome.retry_after) == (K.RATE_LIMITED, timedelta(seconds=1))


# What failures and answers mean.


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(close=True), "no answer: ServerDisconnectedError"),
        (Said(silent=True), "no answer in time"),
    ],
)
def test_once_a_call_is_written_only_the_answer_tells(said: Said, words: str) -> None:
    async def call(http: Http) -> Outcome:
        with pytest.raises(NoAnswer) as raised:
            await http.post(f"{provider.url}/", {}, b"x")
        assert not isinstance(raised.value, NotSent)
        return raised.value.outcome

    with Provider(lambda _: said) as provider:
        outcome = with_http(call, Settings(timeout=1.0))
        assert len(provider.requests) == 1
    assert (outcome.kind, outcome.detail) == (K.UNCERTAIN, words)


@pytest.mark.parametrize(
    ("url", "ca_file", "kind"),
    [
        ("http://127.0.0.1:{port}/", "", K.RETRYABLE),
        ("http://[::1/", "", K.AUTH_ERROR),
        ("https:///path", "", K.AUTH_ERROR),
        ("https://127.0.0.1/", "/nowhere/ca.pem", K.AUTH_ERROR),
    ],
)
def test_what_is_surely_not_sent(url: str, ca_file: str, kind: OutcomeKind) -> None:
    async def call(http: Http) -> Outcome:
        with pytest.raises(NotSent) as raised:
            await http.post(url.replace("{port}", str(unused_port())), {}, b"x")
        return raised.value.outcome

    assert with_http(call, ca_file=ca_file).kind is kind


def test_an_answer_is_read_up_to_a_limit() -> None:
    async def call(http: Http) -> list[Answer]:
        return [await http.get(f"{provider.url}/?{size}") for size in (10, 1000, 100_000, 10)]

    with Provider(lambda request: Said(b"x" * int(request.raw_query))) as provider:
        answers = with_http(call)
    assert [len(answer.body) for answer in answers] == [10, 1000, 1000, 10]


def test_only_headers_that_are_given_are_sent() -> None:
    async def call(http: Http) -> Answer:
        return await http.post(f"{provider.url}/a?b=%2f", {"X-One": "1"}, b"x")

    with Provider(lambda _: Said({})) as provider:
        with_http(call)
        (request,) = provider.requests
    assert (set(request.headers), request.raw_query) == ({"host", "x-one", "content-length"}, "b=%2f")


@pytest.mark.parametrize(
    ("status", "kind", "scope"),
    [
        (200, K.UNCERTAIN, Scope.MESSAGE),
        (302, K.UNCERTAIN, Scope.MESSAGE),
        (400, K.PERMANENT, Scope.ACCOUNT),
        (401, K.AUTH_ERROR, Scope.ACCOUNT),
        (429, K.RATE_LIMITED, Scope.CALL),
        (502, K.UNCERTAIN, Scope.MESSAGE),
    ],
)
def test_what_an_answer_means_that_is_not_the_providers_own(status: int, kind: OutcomeKind, scope: Scope) -> None:
    outcome = Answer(status, b"<html>").unreadable()
    assert (outcome.kind, outcome.scope, outcome.provider_code) == (kind, scope, f"http {status}")


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("Sat, 28 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sat, 28 Nov 2026 11:00:00 GMT", timedelta()),
        ("999999", timedelta(days=1)),
        ("soon", None),
        ("", None),
    ],
)
def test_for_how_long_an_answer_asks_one_to_wait(said: str, wait: timedelta | None) -> None:
    assert Answer(429, b"", {"Retry-After": said}).retry_after(NOW) == wait


# How a batch is offered.


def test_who_cannot_call_leaves_its_messages_to_those_who_can() -> None:
    tried: list[str] = []

    async def offer(message: OutboundMessage) -> Outcome:
        tried.append(message.message_id)
        await asyncio.sleep(0)
        if tried.count("m0") == 1 and message.message_id == "m0":
            raise NotSent(Outcome.retryable("one connection too many"))
        return Outcome.accepted(message.message_id)

    outcomes = asyncio.run(offer_each(Places(2), messages(4), offer))
    assert [outcome.provider_id for outcome in outcomes] == ["m0", "m1", "m2", "m3"]
    assert tried.count("m0") == 2


def test_where_nobody_can_call_each_tries_once() -> None:
    tried: list[str] = []

    async def offer(message: OutboundMessage) -> Outcome:
        tried.append(message.message_id)
        raise NotSent(Outcome.retryable("no connection"))

    outcomes = asyncio.run(offer_each(Places(2), messages(10), offer))
    assert len(tried) == 2
    assert {(outcome.kind, outcome.detail) for outcome in outcomes} == {(K.RETRYABLE, "no connection")}


def test_a_batch_ends_by_itself_and_tells_what_it_knows() -> None:
    async def offer(message: OutboundMessage) -> Outcome:
        if message.message_id == "m1":
            await asyncio.sleep(60)
        return Outcome.accepted()

    outcomes = asyncio.run(offer_each(Places(1), messages(3), offer, spans=Spans(ended=0.1)))
    kinds = [outcome.kind for outcome in outcomes]
    assert kinds == [K.ACCEPTED, K.UNCERTAIN, K.RATE_LIMITED]


def test_a_call_that_is_refused_for_one_messages_sake_goes_in_halves() -> None:
    calls: list[list[str]] = []

    async def offer(group: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        ids = [message.message_id for message in group]
        calls.append(ids)
        if "m2" in ids and len(ids) > 1:
            raise InHalves
        return [Outcome.permanent("bad") if one == "m2" else Outcome.accepted(one) for one in ids]

    refused = {4: Outcome.content_rejected("empty")}
    outcomes = asyncio.run(offer_groups(Places(1), messages(5), [[0, 1, 2, 3]], offer, refused=refused))
    assert calls == [["m0", "m1", "m2", "m3"], ["m0", "m1"], ["m2", "m3"], ["m2"], ["m3"]]
    kinds = [outcome.kind for outcome in outcomes]
    assert kinds == [K.ACCEPTED, K.ACCEPTED, K.PERMANENT, K.ACCEPTED, K.CONTENT_REJECTED]

"""Calls of WeChat's interface: the token, every code, and what comes over the wire that is no answer."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.shared_data import SCOPES, shared_data
from support.wire import Wire
from tidegate.channels import (
    Account,
    Content,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Scope,
    Secret,
    SettingsError,
    read_settings,
)
from tidegate_adapters.calls import Spans, batches
from tidegate_adapters.wechat import SubscriptionChannel, SubscriptionSettings, tidegate_channels
from tidegate_adapters.wechat.codes import MESSAGE_CODES

TOKEN_PATH = "/cgi-bin/stable_token"
SEND_PATH = "/cgi-bin/message/subscribe/send"
NOW = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)  # 23:00 in China
CONTENT = Content(provider_template="T1", variables={"thing1": "咖啡", "time2": "15:01"}, link="pages/order?id=1")


def token(number: int) -> dict[str, Any]:
    return {"access_token": f"token-{number}", "expires_in": 7200}


def account(wire: Wire, **changes: Any) -> Account[SubscriptionSettings]:
    settings = SubscriptionSettings(appid="wx0123456789abcdef", app_secret=Secret("s3cret"), base_url=wire.url)
    return Account("a1", "wechat.subscription", replace(settings, timeout=2.0, **changes))


def message(number: int = 1, content: Content = CONTENT) -> OutboundMessage:
    return OutboundMessage(message_id=f"m{number}", address=f"openid-{number}", content=content)


def send(wire: Wire, *batches: Sequence[OutboundMessage], **changes: Any) -> list[Outcome]:
    """What becomes of messages that one channel sends, batch after batch."""

    async def scene() -> list[Outcome]:
        channel = SubscriptionChannel(lambda: NOW)
        try:
            return [one for batch in batches for one in await channel.send(account(wire, **changes), batch)]
        finally:
            await channel.close()

    return asyncio.run(scene())


def wired(*answers: Any, tokens: Sequence[Any] = (token(1), token(2), token(3))) -> Wire:
    return Wire({TOKEN_PATH: list(tokens), SEND_PATH: list(answers)})


def test_a_message_goes_out_as_the_provider_wants_it() -> None:
    with wired({"errcode": 0, "errmsg": "ok", "msgid": 1700827132819554304}) as wire:
        batch = [message(1), message(2, replace(CONTENT, link="", headers={"lang": "en_US"}))]
        first, second = send(wire, batch, connections=1)
        asked, one, two = wire.asked
    assert asked.body == {
        "grant_type": "client_credential",
        "appid": "wx0123456789abcdef",
        "secret": "s3cret",
        "force_refresh": False,
    }
    assert one.query == {"access_token": "token-1"}
    assert one.body == {
        "touser": "openid-1",
        "template_id": "T1",
        "page": "pages/order?id=1",
        "miniprogram_state": "formal",
        "lang": "zh_CN",
        "data": {"thing1": {"value": "咖啡"}, "time2": {"value": "15:01"}},
    }
    assert (two.body["touser"], two.body["lang"], "page" in two.body) == ("openid-2", "en_US", False)
    assert first.provider_id == second.provider_id == "1700827132819554304"
    assert (first.kind, first.provider_code) == (OutcomeKind.ACCEPTED, "0")


def test_every_code_of_the_table_means_what_the_table_says() -> None:
    outcomes = json.loads(shared_data("provider_outcomes.json").read_text())["wx_mp"]
    assert {str(code) for code in MESSAGE_CODES} == set(outcomes)
    for code, (kind, scope) in outcomes.items():
        meaning = MESSAGE_CODES[int(code)]
        assert (meaning.kind, meaning.scope) == (OutcomeKind(kind), SCOPES[scope]), code


def test_refusals_are_told_without_whom_they_concern() -> None:
    answers = [
        {"errcode": 43101, "errmsg": "openid-1 refuses to accept the msg"},
        {"errcode": 43108, "errmsg": "concurrent"},
        {"errcode": 45009, "errmsg": "x" * 1000},
        {"errcode": 99999, "errmsg": 5},
    ]
    with wired(*answers) as wire:
        refused, concurrent, capped, unknown = send(wire, [message()] * 4, connections=1)
    assert (refused.kind, refused.detail) == (OutcomeKind.NOT_SUBSCRIBED, "<…> refuses to accept the msg")
    assert (concurrent.kind, concurrent.retry_after) == (OutcomeKind.RETRYABLE, timedelta(seconds=1))
    assert (capped.kind, capped.scope) == (OutcomeKind.RATE_LIMITED, Scope.ACCOUNT)
    assert capped.retry_after == timedelta(hours=1), "until China's next day"
    assert len(capped.detail) == 200
    assert (unknown.kind, unknown.provider_code) == (OutcomeKind.PERMANENT, "99999")
    assert [one.is_unknown_code for one in (refused, capped, unknown)] == [False, False, True]


def test_a_token_that_is_no_longer_taken_is_fetched_anew_once() -> None:
    for code in (40001, 40014, 42001):
        with wired({"errcode": code, "errmsg": "expired"}, {"errcode": 0}) as wire:
            first, second = send(wire, [message(1)], [message(2)])
            assert first.kind is second.kind is OutcomeKind.ACCEPTED
            assert [one.query["access_token"] for one in wire.asked if one.query] == ["token-1", "token-2", "token-2"]
    with wired({"errcode": 42001, "errmsg": "expired"}) as wire:
        (outcome,) = send(wire, [message()])
        assert (outcome.kind, outcome.scope) == (OutcomeKind.AUTH_ERROR, Scope.CALL)
        assert (wire.count(SEND_PATH), wire.count(TOKEN_PATH)) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "kind", "scope"),
    [
        ({"errcode": 40013, "errmsg": "invalid appid"}, OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
        ({"errcode": 40125, "errmsg": "invalid s3cret"}, OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
        ({"errcode": 89503, "errmsg": "confirm"}, OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
        ({"errcode": 45011, "errmsg": "minute"}, OutcomeKind.RATE_LIMITED, Scope.CALL),
        ({"errcode": -1, "errmsg": "busy"}, OutcomeKind.RETRYABLE, Scope.CALL),
        ({"access_token": "", "expires_in": 7200}, OutcomeKind.RETRYABLE, Scope.CALL),
        ({"access_token": "t", "expires_in": "7200"}, OutcomeKind.RETRYABLE, Scope.CALL),
        ((502, b"<html>"), OutcomeKind.RETRYABLE, Scope.CALL),
        ((403, b""), OutcomeKind.AUTH_ERROR, Scope.ACCOUNT),
        ((404, b"<html>"), OutcomeKind.PERMANENT, Scope.ACCOUNT),
        (None, OutcomeKind.RETRYABLE, Scope.CALL),
    ],
)
def test_without_a_token_nothing_was_sent(answer: Any, kind: OutcomeKind, scope: Scope) -> None:
    with wired({"errcode": 0}, tokens=[answer]) as wire:
        outcomes = send(wire, [message(number) for number in range(40)])
        assert wire.count(SEND_PATH) == 0
        assert wire.count(TOKEN_PATH) == 1, "all wait for one, and nobody asks again"
    assert {(one.kind, one.scope) for one in outcomes} == {(kind, scope)}
    assert not any("s3cret" in one.detail for one in outcomes)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((200, b"<html>welcome</html>"), OutcomeKind.UNCERTAIN, "http 200"),
        ((200, b""), OutcomeKind.UNCERTAIN, "http 200"),
        ((200, b"[]"), OutcomeKind.UNCERTAIN, "http 200"),
        ((200, b"[" * 100_000), OutcomeKind.UNCERTAIN, "http 200"),
        ({"errmsg": "ok"}, OutcomeKind.UNCERTAIN, ""),
        ({"errcode": "0"}, OutcomeKind.UNCERTAIN, ""),
        ({"errcode": True}, OutcomeKind.UNCERTAIN, ""),
        ((500, b"oops"), OutcomeKind.UNCERTAIN, "http 500"),
        ((302, b"", {"Location": "/elsewhere"}), OutcomeKind.UNCERTAIN, "http 302"),
        ((500, b'{"errcode": -1, "errmsg": "system error"}'), OutcomeKind.RETRYABLE, "-1"),
        ((429, b"", {"Retry-After": "7"}), OutcomeKind.RATE_LIMITED, "http 429"),
        ((429, b"", {"Retry-After": "soon"}), OutcomeKind.RATE_LIMITED, "http 429"),
        ((401, b""), OutcomeKind.AUTH_ERROR, "http 401"),
        ((404, b"<html>"), OutcomeKind.PERMANENT, "http 404"),
        (None, OutcomeKind.UNCERTAIN, ""),
    ],
)
def test_what_is_no_answer_leaves_a_message_uncertain(answer: Any, kind: OutcomeKind, code: str) -> None:
    with wired(answer) as wire:
        (outcome,) = send(wire, [message()])
        assert wire.count(SEND_PATH) == 1
    assert (outcome.kind, outcome.provider_code) == (kind, code)
    assert outcome.scope is (Scope.ACCOUNT if code in ("http 401", "http 404") else outcome.scope)
    waits = isinstance(answer, tuple) and answer[2:] == ({"Retry-After": "7"},)
    assert outcome.retry_after == (timedelta(seconds=7) if waits else None)


@pytest.mark.parametrize(
    ("content", "why", "scope"),
    [
        (replace(CONTENT, variables={"thing1": "x" * 21}), "thing1 takes at most 20 characters", Scope.MESSAGE),
        (replace(CONTENT, variables={"thing1": "a\nb"}), "thing1 holds a line break", Scope.MESSAGE),
        (replace(CONTENT, variables={"phrase2": "ok"}), "phrase2 takes at most 5 Chinese", Scope.MESSAGE),
        (replace(CONTENT, variables={"keyword1": "x"}), "keyword1 is no field", Scope.TEMPLATE),
        (replace(CONTENT, variables={}), "fills in no field", Scope.TEMPLATE),
        (replace(CONTENT, provider_template=""), "no id at the provider", Scope.TEMPLATE),
        (replace(CONTENT, link="https://shop.example.com"), "page of the mini-program", Scope.TEMPLATE),
    ],
)
def test_what_the_provider_would_refuse_costs_no_call(content: Content, why: str, scope: Scope) -> None:
    with wired({"errcode": 0}) as wire:
        bad, good = send(wire, [message(1, content), message(2)])
        assert wire.count(SEND_PATH) == 1
    assert (bad.kind, bad.scope) == (OutcomeKind.CONTENT_REJECTED, scope)
    assert why in bad.detail
    assert good.kind is OutcomeKind.ACCEPTED


def test_an_account_that_changes_is_called_by_its_new_settings() -> None:
    async def scene(wire: Wire) -> None:
        channel = SubscriptionChannel()
        slow = asyncio.create_task(channel.send(account(wire), [message(1)]))
        await asyncio.sleep(0)
        changed = account(wire, app_secret=Secret("newer"))
        (second,) = await channel.send(changed, [message(2)])
        (first,) = await slow  # what was under way is not cut off
        await channel.close()
        assert first.kind is second.kind is OutcomeKind.ACCEPTED

    with wired({"errcode": 0}) as wire:
        asyncio.run(scene(wire))
        secrets = [one.body["secret"] for one in wire.asked if one.path == TOKEN_PATH]
    assert sorted(secrets) == ["newer", "s3cret"]


def test_batches_that_overlap_wait_for_places_and_not_within_calls() -> None:
    """A provider that is slow makes nobody's call fail: what does not come to its turn stays unsent."""

    async def scene(wire: Wire) -> list[Outcome]:
        channel = SubscriptionChannel()
        slow = account(wire, connections=1, connect_timeout=0.5)
        batches = [[message(10 * number + one) for one in range(4)] for number in range(4)]
        outcomes = await asyncio.gather(*(channel.send(slow, batch) for batch in batches))
        await channel.close()
        return [one for batch in outcomes for one in batch]

    with wired({"errcode": 0}) as wire:
        wire.delay = 0.05
        outcomes = asyncio.run(scene(wire))
        assert wire.most_at_once == 1
    assert {one.kind for one in outcomes} == {OutcomeKind.ACCEPTED}


@pytest.mark.parametrize(("slow", "kind"), [(TOKEN_PATH, OutcomeKind.RETRYABLE), (SEND_PATH, OutcomeKind.UNCERTAIN)])
def test_what_is_cut_off_is_uncertain_only_once_it_was_posted(
    slow: str, kind: OutcomeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SPANS", Spans(ended=0.5))
    with wired({"errcode": 0}) as wire:
        wire.delays[slow] = 2.0
        (outcome,) = send(wire, [message()])
    assert outcome.kind is kind
    assert "the call ended" in outcome.detail


def test_settings_are_checked() -> None:
    good = {"appid": "wx0123456789abcdef", "app_secret": "x"}
    for wrong in (
        {"appid": "wx 1"},
        {"base_url": "http://api.weixin.qq.com"},
        {"base_url": "https://"},
        {"base_url": "http://[::1"},
        {"base_url": "https://api.weixin.qq.com?x=1"},
        {"encoding_aes_key": "short"},
        {"encoding_aes_key": "", "callback_token": "x"},
        {"callback_mode": "none"},
        {"miniprogram_state": "beta"},
    ):
        with pytest.raises(SettingsError) as raised:
            read_settings(SubscriptionSettings, {**good, **wrong}, secrets=str)
        assert [one.field for one in raised.value.problems] == [next(iter(wrong))]
    for right in ({"callback_token": "x", "callback_mode": "plain"}, {"base_url": "http://localhost:1"}):
        read_settings(SubscriptionSettings, {**good, **right}, secrets=str)


def test_the_adapter_has_no_settings_of_its_own() -> None:
    assert "wechat.subscription" in {channel.manifest.name for channel in tidegate_channels({})}
    with pytest.raises(ValueError, match="only accounts"):
        tidegate_channels({"appid": "x"})

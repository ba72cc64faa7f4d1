"""The channel `push.fcm`: the contract, its tokens, what goes out, and what its codes mean."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from support.ports import unused_port
from support.shared_data import shared_data
from tidegate.channels import (
    Account,
    AnyChannel,
    Content,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Scope,
    Secret,
    SettingsError,
)
from tidegate.channels.testing import ChannelContract, Fault
from tidegate_adapters.calls import Answer, Http, Tokens
from tidegate_adapters.fcm import FcmChannel, FcmSettings, tidegate_channels
from tidegate_adapters.fcm.codes import CODES, meaning
from tidegate_adapters.fcm.message import LARGEST, LONGEST, compose
from tidegate_adapters.fcm.settings import read_service_account
from tidegate_adapters.fcm.tokens import fetch_token
from tidegate_simulators.fcm import FcmSimulator
from tidegate_simulators.sms.limits import Window
from tidegate_simulators.web import Entry
from tidegate_simulators.web import Fault as Wrong

K = OutcomeKind
OTHER_KEY = generate_private_key(65537, 2048)
FAULTS = {
    Fault.CLOSED_BEFORE_TAKING: Entry(Wrong.CLOSE_BEFORE_TAKING, action="send"),
    Fault.CLOSED_AFTER_TAKING: Entry(Wrong.CLOSE_AFTER_TAKING, action="send"),
    Fault.SILENT_AFTER_TAKING: Entry(Wrong.SILENT_AFTER_TAKING, action="send"),
    Fault.SLOW: Entry(Wrong.SLOW),
    Fault.THROTTLING: Entry(Wrong.REFUSE, "QUOTA_EXCEEDED", action="send"),
    Fault.UNKNOWN_RECIPIENT: Entry(Wrong.REFUSE, "UNREGISTERED", address="device-1"),
    Fault.UNKNOWN_REFUSAL: Entry(Wrong.REFUSE, "THE_STARS_ARE_WRONG", action="send"),
}


class TestFcmContract(ChannelContract):
    impossible = frozenset({Fault.REFUSED_CONTENT})

    def setup_method(self) -> None:
        self.google = FcmSimulator()
        self.google.start()
        self.base_url, self.account = self.google.url, "good"
        self.secrets = {"good": self.document(), "bad": self.document(key=OTHER_KEY)}

    def teardown_method(self) -> None:
        self.google.stop()

    def document(self, **changes: Any) -> str:
        return self.google.account.document(self.google.token_url, **changes)

    def make_channel(self) -> AnyChannel:
        return FcmChannel()

    def settings(self) -> Mapping[str, object]:
        return {"service_account": self.account, "base_url": self.base_url, "timeout": 1.0}

    def address(self, number: int) -> str:
        return f"device-{number}"

    def received(self) -> Sequence[str]:
        return [message["data"]["message_id"] for message in self.google.messages]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        before = self.secrets
        if fault is Fault.UNREACHABLE:
            self.base_url = nowhere = f"http://127.0.0.1:{unused_port()}"
            self.secrets = {**before, "good": self.document(token_uri=f"{nowhere}/token")}
        elif fault is Fault.BAD_CREDENTIALS:
            self.account = "bad"
        else:
            self.google.script.add(FAULTS[fault])
        yield
        self.base_url, self.account, self.secrets = self.google.url, "good", before
        self.google.script.clear()


@pytest.fixture
def google() -> Iterator[FcmSimulator]:
    with FcmSimulator() as running:
        yield running


def account(google: FcmSimulator, **given: Any) -> Account[FcmSettings]:
    document = Secret(str(google.settings["service_account"]))
    return Account("app", "push", FcmSettings(document, base_url=google.url, **given))


def message(number: int = 0, *, expire_time: datetime | None = None, **parts: Any) -> OutboundMessage:
    content = Content(**({"text": "hello"} | parts))
    return OutboundMessage(
        message_id=f"m{number}", address=f"device-{number}", content=content, expire_time=expire_time
    )


def send(channel: FcmChannel, to: Account[FcmSettings], *batches: Sequence[OutboundMessage]) -> list[Outcome]:
    async def play() -> list[Outcome]:
        try:
            return [outcome for batch in batches for outcome in await channel.send(to, batch)]
        finally:
            await channel.close()

    return asyncio.run(play())


# What goes out.


def test_what_is_shown_what_the_app_is_told_and_until_when(google: FcmSimulator) -> None:
    end = datetime(2026, 11, 28, 12, tzinfo=UTC)
    content: dict[str, Any] = {
        "subject": "双十一",
        "text": "买一送一",
        "link": "shop://sale",
        "variables": {"price": "9.9"},
        "headers": {"badge": "1"},
    }
    channel = FcmChannel(lambda: end.timestamp() - 90.5)
    (outcome,) = send(channel, account(google, android_channel="offers"), [message(expire_time=end, **content)])
    assert (outcome.kind, outcome.provider_id[:2]) == (K.ACCEPTED, "0:")
    assert google.messages == [
        {
            "token": "device-0",
            "notification": {"title": "双十一", "body": "买一送一"},
            "data": {"price": "9.9", "badge": "1", "message_id": "m0", "link": "shop://sale"},
            "android": {"notification": {"channel_id": "offers"}, "ttl": "90s"},
            "apns": {"headers": {"apns-expiration": str(int(end.timestamp()))}},
        }
    ]


def test_fcm_keeps_messages_for_four_weeks_at_most_and_late_ones_not_at_all(google: FcmSimulator) -> None:
    now = datetime.now(UTC)
    batch = [message(0, expire_time=now + timedelta(days=90)), message(1, expire_time=now - timedelta(days=1))]
    send(FcmChannel(), account(google), [*batch, message(2, text="", variables={"sku": "A-1"})])
    by_device = {one["token"]: one for one in google.messages}
    assert [by_device[f"device-{n}"]["android"]["ttl"] for n in range(2)] == [f"{LONGEST}s", "0s"]
    assert by_device["device-2"] == {"token": "device-2", "data": {"sku": "A-1", "message_id": "m2"}}


@pytest.mark.parametrize("name", ["from", "message_type", "google.ttl", "gcm", "google_x"])
def test_names_that_fcm_keeps_to_itself_are_refused_before_the_call(google: FcmSimulator, name: str) -> None:
    (outcome,) = send(FcmChannel(), account(google), [message(variables={name: "x"})])
    assert outcome.kind is K.CONTENT_REJECTED
    assert f"FCM keeps the name {name} to itself" in outcome.detail


def test_a_message_has_a_largest_size_in_bytes_which_is_the_providers(google: FcmSimulator) -> None:
    to = account(google)
    rest = LARGEST - len("bodymessage_idm0")
    fitting, larger = message(text="字" * (rest // 3) + "x" * (rest % 3)), message(text="x" * (rest + 1))
    taken, refused = send(FcmChannel(), to, [fitting], [larger])
    assert (taken.kind, refused.kind) == (K.ACCEPTED, K.CONTENT_REJECTED)
    assert f"has {LARGEST + 1} bytes" in refused.detail
    assert isinstance(compose(to.settings, fitting, 0.0), bytes)


# Access tokens.


def test_a_token_is_shared_and_renewed_within_the_call_where_it_is_refused(google: FcmSimulator) -> None:
    to, channel = account(google), FcmChannel()

    async def play() -> list[Outcome]:
        try:
            first = await asyncio.gather(*(channel.send(to, [message(n)]) for n in range(3)))
            assert google.account.given == 1
            google.account.revoke()
            second = await channel.send(to, [message(n) for n in range(10, 30)])
            return [outcome for batch in (*first, second) for outcome in batch]
        finally:
            await channel.close()

    assert Counter(outcome.kind for outcome in asyncio.run(play())) == {K.ACCEPTED: 23}
    assert (google.account.given, google.taken) == (2, 23)


def test_a_token_that_is_refused_as_soon_as_it_is_given_is_not_asked_for_again_and_again(google: FcmSimulator) -> None:
    google.script.add(Entry(Wrong.REFUSE, "UNAUTHENTICATED", action="send"))
    outcomes = send(FcmChannel(), account(google), [message(n) for n in range(20)], [message(20)])
    assert {(outcome.kind, outcome.scope) for outcome in outcomes} == {(K.AUTH_ERROR, Scope.CALL)}
    assert 2 <= google.account.asked <= 4
    assert google.taken == 0


def test_a_key_that_gets_no_token_is_not_tried_again_at_once(google: FcmSimulator) -> None:
    google.account.enabled = False
    outcomes = send(FcmChannel(), account(google), [message(n) for n in range(20)], [message(20)])
    assert {(one.kind, one.scope, one.provider_code) for one in outcomes} == {
        (K.AUTH_ERROR, Scope.ACCOUNT, "invalid_grant")
    }
    assert google.account.asked == 1


def test_a_token_is_used_for_as_long_as_google_says_less_a_margin(google: FcmSimulator) -> None:
    """The lifetime is the answer's: ten minutes here, of which four are the margin."""
    seconds, google.account.lifetime = 0.0, 600
    document = read_service_account(str(google.settings["service_account"]))

    async def play() -> None:
        nonlocal seconds
        http = Http(account(google).settings)
        tokens = Tokens(partial(fetch_token, document, http), lambda: seconds)
        try:
            first = await tokens.get()
            assert first.lifetime == 600
            seconds = 359.0
            assert await tokens.get() is first
            seconds = 361.0
            assert await tokens.get() is not first
        finally:
            await http.close()

    asyncio.run(play())
    assert google.account.given == 2


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (Entry(Wrong.REFUSE, "invalid_client", action="token"), K.AUTH_ERROR),
        (Entry(Wrong.REFUSE, "http:503", action="token"), K.RETRYABLE),
        (Entry(Wrong.REFUSE, "http:429", action="token"), K.RETRYABLE),
        (Entry(Wrong.CLOSE_AFTER_TAKING, action="token"), K.RETRYABLE),
        (Entry(Wrong.SILENT_AFTER_TAKING, action="token"), K.RETRYABLE),
    ],
)
def test_without_a_token_nothing_was_said_of_any_message(google: FcmSimulator, entry: Entry, kind: OutcomeKind) -> None:
    google.script.add(entry)
    to, channel = account(google, timeout=1.0), FcmChannel()
    outcomes = send(channel, to, [message(0), message(1)])
    assert {outcome.kind for outcome in outcomes} == {kind}
    assert google.taken == 0


@pytest.mark.parametrize("lifetime", [0, -1, True, "3600", None])
def test_a_token_of_which_nobody_knows_how_long_it_holds_is_none(google: FcmSimulator, lifetime: Any) -> None:
    google.account.said_lifetime = lambda: lifetime
    (outcome,) = send(FcmChannel(), account(google), [message()])
    assert (outcome.kind, outcome.detail) == (K.RETRYABLE, "no token is to be had now")
    assert google.taken == 0


# What FCM's codes mean.


def test_every_code_of_the_table_means_what_the_table_says() -> None:
    scopes = {"msg": "message", "rcpt": "recipient", "acct": "account", "call": "call"}
    table = json.loads(Path(shared_data("provider_outcomes.json")).read_text())["fcm"]
    ours = {code: (kind.value, scope.value) for code, (kind, scope) in CODES.items()}
    assert {code: (kind, scopes[scope]) for code, (kind, scope) in table.items()}.items() <= ours.items()


def test_a_token_that_is_gone_another_senders_or_none_is_nobody(google: FcmSimulator) -> None:
    google.unregistered.add("device-0")
    google.strangers.add("device-1")
    crooked = OutboundMessage(message_id="m", address="no token", content=Content(text="x"))
    outcomes = send(FcmChannel(), account(google), [message(0), message(1), crooked, message(3)])
    told = [(outcome.kind, outcome.provider_code) for outcome in outcomes]
    assert told == [
        (K.INVALID_RECIPIENT, "UNREGISTERED"),
        (K.INVALID_RECIPIENT, "SENDER_ID_MISMATCH"),
        (K.INVALID_RECIPIENT, "INVALID_ARGUMENT:message.token"),
        (K.ACCEPTED, ""),
    ]


def test_another_platforms_refusal_is_no_reason_for_another_token(google: FcmSimulator) -> None:
    google.script.add(Entry(Wrong.REFUSE, "THIRD_PARTY_AUTH_ERROR", action="send"))
    (outcome,) = send(FcmChannel(), account(google), [message()])
    assert (outcome.kind, outcome.scope, google.account.given) == (K.AUTH_ERROR, Scope.ACCOUNT, 1)


def test_a_quota_is_waited_for_as_long_as_fcm_says_a_minute_where_it_says_nothing(google: FcmSimulator) -> None:
    google.quota = Window(permits=1, seconds=60)
    to, channel = account(google), FcmChannel()
    _, unsaid = send(channel, to, [message(0)], [message(1)])
    google.retry_after = 17
    (said,) = send(channel, to, [message(2)])
    google.script.add(Entry(Wrong.REFUSE, "UNAVAILABLE", action="send"))
    google.quota = None
    (later,) = send(channel, to, [message(3)])
    assert [(one.kind, one.retry_after) for one in (unsaid, said, later)] == [
        (K.RATE_LIMITED, timedelta(minutes=1)),
        (K.RATE_LIMITED, timedelta(seconds=17)),
        (K.RETRYABLE, timedelta(seconds=17)),
    ]


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, {}, K.UNCERTAIN, "200"),
        (401, None, K.AUTH_ERROR, "UNAUTHENTICATED"),
        (403, {"error": {"status": "PERMISSION_DENIED", "details": "none"}}, K.AUTH_ERROR, "PERMISSION_DENIED"),
        (404, {"error": {"status": "NOT_FOUND", "details": [1]}}, K.PERMANENT, "NOT_FOUND"),
        (400, {"error": {"status": "INVALID_ARGUMENT", "details": [{"@type": "x/google.rpc.BadRequest"}]}}, K.PERMANENT,
         "INVALID_ARGUMENT"),
        (418, {"error": "teapot"}, K.PERMANENT, "418"),
        (429, None, K.RATE_LIMITED, "QUOTA_EXCEEDED"),
        (502, None, K.RETRYABLE, "INTERNAL"),
        (503, None, K.RETRYABLE, "UNAVAILABLE"),
    ],
)  # fmt: skip
def test_an_answer_without_a_code_of_fcms(
    status: int, body: Mapping[str, object] | None, kind: OutcomeKind, code: str
) -> None:
    outcome = meaning(Answer(status, b"" if body is None else json.dumps(body).encode()))
    assert (outcome.kind, outcome.provider_code) == (kind, code)


# Settings.


@pytest.mark.parametrize(
    "changes",
    [{"private_key": "rubbish"}, {"private_key": 1}, {"token_uri": "http://example.com/"}, {"project_id": ""}],
)
def test_what_is_no_service_account_is_told_without_repeating_it(google: FcmSimulator, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        FcmSettings(Secret(google.account.document(google.token_url, **changes)), base_url="http://[nowhere")
    assert [problem.field for problem in refused.value.problems] == ["base_url", "service_account"]
    assert "rubbish" not in str(refused.value)


def test_the_adapter_has_no_settings_of_its_own() -> None:
    (channel,) = tidegate_channels({})
    assert channel.manifest.name == "push.fcm"
    with pytest.raises(ValueError, match="only accounts have"):
        tidegate_channels({"speed": 1})

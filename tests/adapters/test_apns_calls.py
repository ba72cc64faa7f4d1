"""The channel `push.apns` at work: one connection for many, tokens that expire, and servers that misbehave."""

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.apns import account, device, greeting, message, say, send, server, settings
from support.certificates import self_signed
from tidegate.channels import Account, Outcome, OutcomeKind, Scope, Secret
from tidegate_adapters.apns import ApnsChannel
from tidegate_adapters.apns import connection as connection_module
from tidegate_adapters.apns.tokens import LATE, SPAN
from tidegate_simulators.apns import ApnsSimulator
from tidegate_simulators.sms.limits import Window
from tidegate_simulators.web import Entry, Fault

K = OutcomeKind
NOON = 1_795_867_200


@pytest.fixture
def apple() -> Iterator[ApnsSimulator]:
    with ApnsSimulator() as running:
        yield running


def kinds(outcomes: list[Outcome]) -> Counter[OutcomeKind]:
    return Counter(outcome.kind for outcome in outcomes)


# What goes out.


def test_many_go_over_one_connection_with_one_token(apple: ApnsSimulator) -> None:
    """More than fits into the windows at once, and one at a time until Apple knows the token."""
    expire_time = datetime.now(UTC) + timedelta(hours=1)
    batches = [[message(10 * n + m, text="字" * 1000, expire_time=expire_time) for m in range(100)] for n in (0, 100)]
    outcomes = send(ApnsChannel(), account(apple), *batches)
    assert kinds(outcomes) == {K.ACCEPTED: 200}
    assert (apple.opened, len(apple.gatekeeper.tokens), apple.repeated) == (1, 1, [])
    assert {outcome.provider_id for outcome in outcomes} == {one.id for one in apple.notifications}
    first = apple.notifications[0]
    assert first.headers["apns-topic"] == "com.example.shop"
    assert first.headers["apns-expiration"] == str(int(expire_time.timestamp()))


def test_no_more_are_on_their_way_than_the_account_says(apple: ApnsSimulator) -> None:
    apple.script.add(Entry(Fault.SLOW, delay=0.1))
    before = datetime.now(UTC)
    outcomes = send(ApnsChannel(), account(apple, streams=2), [message(n) for n in range(6)])
    assert kinds(outcomes) == {K.ACCEPTED: 6}
    assert datetime.now(UTC) - before >= timedelta(seconds=0.3)


def test_a_device_that_is_gone_is_nobody_and_one_that_is_busy_is_later(apple: ApnsSimulator) -> None:
    apple.forget(device(0))
    apple.forget(device(1), "ExpiredToken")
    apple.everybody, apple.device_limit = False, Window(permits=1, seconds=60)
    apple.devices[device(3)] = replace(apple.devices[device(0)], gone="", topic="com.example.other")
    apple.devices[device(4)] = replace(apple.devices[device(0)], gone="")
    outcomes = send(ApnsChannel(), account(apple), [message(n) for n in range(5)], [message(4)])
    told = [(outcome.kind, outcome.provider_code) for outcome in outcomes]
    assert told == [
        (K.INVALID_RECIPIENT, "Unregistered"),
        (K.INVALID_RECIPIENT, "ExpiredToken"),
        (K.INVALID_RECIPIENT, "BadDeviceToken"),
        (K.INVALID_RECIPIENT, "DeviceTokenNotForTopic"),
        (K.ACCEPTED, ""),
        (K.RATE_LIMITED, "TooManyRequests"),
    ]
    assert outcomes[-1].retry_after == timedelta(minutes=1)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_token_is_logged_where_all_is(scheme: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    certificate = self_signed(tmp_path / "apple.pem") if scheme == "https" else None
    for name in ("", "httpx", "httpcore", "httpcore.http2", "hpack", "hpack.hpack", "hpack.table"):
        caplog.set_level(logging.DEBUG, name)
    with ApnsSimulator(certificate=certificate) as apple:
        to = account(apple, ca_file=str(certificate or ""))
        apple.script.add(Entry(Fault.CLOSE_AFTER_TAKING), times=1)
        send(ApnsChannel(), to, [message()], [message(1)])
        assert apple.taken == 2
    logging.getLogger("httpx").info("of another adapter's")
    told = [record for record in caplog.records if record.name.startswith(("httpx", "httpcore.http2", "hpack"))]
    assert [record.getMessage() for record in told] == ["of another adapter's"]
    assert "/3/device" not in caplog.text
    assert "bearer" not in caplog.text


# Provider tokens.


def test_a_token_that_has_expired_is_renewed_once_and_the_message_is_sent(apple: ApnsSimulator) -> None:
    """Apple's clock is a quarter of an hour ahead of ours, and it is late in a token's span."""
    ours = NOON - NOON % SPAN + LATE + SPAN - 60
    with ApnsSimulator(clock=lambda: ours + 900) as ahead:
        outcomes = send(ApnsChannel(lambda: ours), account(ahead), [message(0), message(1)], [message(2)])
        assert kinds(outcomes) == {K.ACCEPTED: 3}
        assert len(ahead.gatekeeper.tokens) == 1


def test_where_no_other_token_may_be_made_yet_the_message_is_for_later() -> None:
    ours = NOON - NOON % SPAN + LATE
    with ApnsSimulator(clock=lambda: ours + 7200) as ahead:
        (outcome,) = send(ApnsChannel(lambda: ours), account(ahead), [message()])
    assert (outcome.kind, outcome.scope, outcome.provider_code) == (K.AUTH_ERROR, Scope.CALL, "ExpiredProviderToken")


def test_a_renewed_token_that_is_refused_too_is_not_renewed_again() -> None:
    ours = NOON - NOON % SPAN + LATE + SPAN - 60
    with ApnsSimulator(clock=lambda: ours + 7200) as ahead:
        (outcome,) = send(ApnsChannel(lambda: ours), account(ahead), [message()])
    assert (outcome.kind, outcome.provider_code) == (K.AUTH_ERROR, "ExpiredProviderToken")


def test_a_connection_that_was_used_with_another_key_is_left(apple: ApnsSimulator) -> None:
    apple.script.add(Entry(Fault.REFUSE, "UnrelatedKeyIdInToken"), times=1)
    outcomes = send(ApnsChannel(), account(apple), [message(0)], [message(1)])
    assert [outcome.kind for outcome in outcomes] == [K.RETRYABLE, K.ACCEPTED]
    assert apple.opened == 2


def test_an_account_of_another_key_team_topic_or_environment_is_told(apple: ApnsSimulator) -> None:
    other = apple.add_key("SIMKEY0009", "SIMTEAM009", sandbox=True)
    channel = ApnsChannel()
    wrong = {
        "InvalidProviderToken": account(apple, team_id="SIMTEAM009"),
        "TopicDisallowed": account(apple, topic="com.example.other"),
        "BadEnvironmentKeyIdInToken": account(apple, key=Secret(other.p8), key_id=other.key_id, team_id=other.team_id),
    }
    for code, one in wrong.items():
        (outcome,) = send(channel, one, [message()])
        assert (outcome.kind, outcome.scope, outcome.provider_code) == (K.AUTH_ERROR, Scope.ACCOUNT, code)
        tested = asyncio.run(channel.test(one))
        assert (tested.kind, tested.provider_code) == (K.AUTH_ERROR, code)


# The connection.


def test_a_good_bye_leaves_nothing_to_be_sent_twice(apple: ApnsSimulator) -> None:
    """What was on its way when Apple ended the connection is open; what was not goes over another one."""
    apple.script.add(Entry(Fault.SLOW), times=5)
    apple.script.add(Entry(Fault.REFUSE, "h2:goaway"), times=1)
    outcomes = send(ApnsChannel(), account(apple, streams=10), [message(100)], [message(n) for n in range(20)])
    told = kinds(outcomes)
    assert told[K.ACCEPTED] + told[K.UNCERTAIN] == 21
    assert told[K.UNCERTAIN] < 10
    assert apple.opened <= 3
    assert apple.repeated == []
    assert {one.provider_id for one in outcomes if one.kind is K.ACCEPTED} <= {one.id for one in apple.notifications}


def test_what_is_refused_unread_may_be_offered_again(apple: ApnsSimulator) -> None:
    apple.script.add(Entry(Fault.REFUSE, "h2:refused_stream"), times=1)
    (outcome,) = send(ApnsChannel(), account(apple), [message()])
    assert (outcome.kind, outcome.detail) == (K.RETRYABLE, "APNs refused the request unread")


def test_a_connection_that_ends_leaves_open_what_was_written_on_it(apple: ApnsSimulator) -> None:
    apple.script.add(Entry(Fault.CLOSE_AFTER_TAKING), times=1)
    outcomes = send(ApnsChannel(), account(apple), [message(0)], [message(1)])
    assert [outcome.kind for outcome in outcomes] == [K.UNCERTAIN, K.ACCEPTED]
    assert apple.opened == 2


def test_an_answer_that_comes_too_late_leaves_its_own_message_open_only(apple: ApnsSimulator) -> None:
    apple.script.add(Entry(Fault.SILENT_AFTER_TAKING, address=device(1)))
    to = account(apple, timeout=1.5)
    outcomes = send(ApnsChannel(), to, [message(n) for n in range(3)], [message(3)])
    assert [outcome.kind for outcome in outcomes] == [K.ACCEPTED, K.UNCERTAIN, K.ACCEPTED, K.ACCEPTED]
    assert outcomes[1].detail == "1.5 s have passed without an answer"
    assert apple.opened == 2


def test_a_connection_that_was_idle_for_long_is_left(apple: ApnsSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_IDLE", 0.0)
    outcomes = send(ApnsChannel(), account(apple), [message(0)], [message(1)])
    assert kinds(outcomes) == {K.ACCEPTED: 2}
    assert apple.opened == 2


def test_one_that_does_not_answer_any_more_is_replaced() -> None:
    """A server that greets and is then as silent as a network that has forgotten the connection."""
    opened, ended = 0, asyncio.Semaphore(0)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        say(writer, greeting(MAX_CONCURRENT_STREAMS=10))
        while await reader.read(2**16):
            pass
        ended.release()

    async def play() -> list[Outcome]:
        async with server(greet) as url:
            to = Account("app", "push", settings(base_url=url, timeout=0.1, connect_timeout=0.5))
            channel = ApnsChannel()
            try:
                outcomes = [(await channel.send(to, [message(n)]))[0] for n in range(2)]
                async with asyncio.timeout(10):
                    for _ in range(opened):
                        await ended.acquire()
                return outcomes
            finally:
                await channel.close()

    assert [outcome.kind for outcome in asyncio.run(play())] == [K.UNCERTAIN, K.UNCERTAIN]
    assert opened == 2


def test_where_the_first_is_not_answered_the_others_are_not_offered() -> None:
    """Two batches at one time: one message has waited for the server in place of both."""
    heard = b""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        say(writer, greeting(MAX_CONCURRENT_STREAMS=10))
        while said := await reader.read(2**16):
            heard += said

    async def play() -> list[Outcome]:
        async with server(greet) as url:
            to = Account("app", "push", settings(base_url=url, timeout=0.3, connect_timeout=0.5))
            channel = ApnsChannel()
            try:
                batches = [[message(n, text=f"text {n}")] for n in range(3)]
                return [one for (one,) in await asyncio.gather(*(channel.send(to, batch) for batch in batches))]
            finally:
                await channel.close()

    outcomes = asyncio.run(play())
    assert [outcome.kind for outcome in outcomes] == [K.UNCERTAIN, K.RETRYABLE, K.RETRYABLE]
    assert outcomes[1].detail == "not offered: APNs did not answer the first notification of the connection"
    assert [f"text {n}".encode() in heard for n in range(3)] == [True, False, False]


def test_nobody_waits_for_a_server_longer_than_once_for_all() -> None:
    """It takes the connection, and says nothing: a hundred messages wait for one handshake, not for a hundred."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def play() -> list[Outcome]:
        async with server(say_nothing) as url:
            to = Account("app", "push", settings(base_url=url.replace("http:", "https:"), connect_timeout=0.2))
            channel = ApnsChannel()
            try:
                async with asyncio.timeout(10):
                    return list(await channel.send(to, [message(n) for n in range(100)]))
            finally:
                await channel.close()

    outcomes = asyncio.run(play())
    assert kinds(outcomes) == {K.RETRYABLE: 100}
    assert outcomes[0].detail == "no connection to APNs: ConnectTimeout"


def test_closing_ends_what_is_being_connected() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def play() -> None:
        async with server(say_nothing) as url:
            channel = ApnsChannel()
            to = Account("app", "push", settings(base_url=url, connect_timeout=30.0))
            sending = asyncio.create_task(channel.send(to, [message()]))
            await asyncio.sleep(0.05)
            async with asyncio.timeout(10):
                await channel.close()
            sending.cancel()
            await asyncio.wait([sending])

    asyncio.run(play())


# Without the library.


@pytest.mark.parametrize("missing", ["httpx", "h2"])
def test_without_the_extra_the_account_says_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tidegate_adapters.apns.service", "tidegate_adapters.apns.connection"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "h2"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    channel, to = ApnsChannel(), Account("app", "push", settings())
    (outcome,) = send(channel, to, [message()])
    for one in (outcome, asyncio.run(channel.test(to))):
        assert (one.kind, one.scope) == (K.AUTH_ERROR, Scope.ACCOUNT)
        assert one.detail.startswith(f"APNs needs {missing}")
        assert "pip install 'tidegate[push]'" in one.detail

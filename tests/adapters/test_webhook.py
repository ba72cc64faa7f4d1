"""The channel `webhook`: signatures, where it does not call, and what answers mean."""

import asyncio
import json
import threading
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from support.shared_data import shared_data
from tidegate.channels import (
    Account,
    Content,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Receipt,
    Scope,
    SettingsError,
    read_settings,
)
from tidegate_adapters.calls import Answer, Spans
from tidegate_adapters.webhook import WebhookChannel, WebhookSettings, tidegate_channels
from tidegate_adapters.webhook.guard import Guard, is_never_called
from tidegate_adapters.webhook.replies import meaning
from tidegate_adapters.webhook.reports import read
from tidegate_adapters.webhook.signing import is_signed, read_key, sign
from tidegate_simulators.web import Entry, Fault, Served
from tidegate_simulators.webhook import SECRET, WebhookEndpoint

NOW = datetime(2026, 11, 28, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8", "::1/128")


@pytest.fixture
def gateway() -> Iterator[WebhookEndpoint]:
    running = WebhookEndpoint()
    running.start()
    yield running
    running.stop()


def account(**settings: object) -> Account[WebhookSettings]:
    values = {"secret": "s", **settings}
    return Account("gateway", "push", read_settings(WebhookSettings, values, secrets={"s": SECRET}.__getitem__))


def to(gateway: WebhookEndpoint, **changes: object) -> Account[WebhookSettings]:
    return account(**{**gateway.settings, "secret": "s", "timeout": 1.0, **changes})


def message(number: int = 0, **changes: Any) -> OutboundMessage:
    values: dict[str, Any] = {
        "message_id": f"m{number}",
        "address": f"device-{number}",
        "content": Content(text="Hello"),
    }
    return OutboundMessage(**{**values, **changes})


def send(
    account: Account[WebhookSettings], *batches: Sequence[OutboundMessage], networks: Sequence[str] = LOOPBACK
) -> list[Outcome]:
    async def within() -> list[Outcome]:
        channel = WebhookChannel(private_networks=networks)
        try:
            return [outcome for batch in batches for outcome in await channel.send(account, batch)]
        finally:
            await channel.close()

    return asyncio.run(within())


# Signatures.


def test_the_vectors_of_the_standard() -> None:
    for vector in json.loads(Path(shared_data("vectors/signature_vectors.json")).read_text())["standard_webhooks"]:
        key, body, second = read_key(vector["secret"]), vector["body"].encode(), vector["timestamp"]
        assert sign(key, vector["id"], second, body) == vector["signature"]
        now = datetime.fromtimestamp(second, UTC)
        signatures = f"v1a,xyz v1,{b64encode(b'no').decode()} {vector['signature']}"
        for late, believed in ((0, True), (299, True), (-299, True), (301, False), (-301, False)):
            when = now + timedelta(seconds=late)
            assert is_signed(key, vector["id"], str(second), body, signatures, when) is believed
        assert not is_signed(key, vector["id"], f"{second}.0", body, signatures, now)


def test_a_message_is_said_in_an_event_and_told_apart_by_its_key(gateway: WebhookEndpoint) -> None:
    content = Content(
        template="hello@3", subject="Hi", text="你好", variables={"name": "李雷"}, link="https://example.com/1"
    )
    said = message(
        content=content,
        idempotency_key="key-1",
        attempt=2,
        unsubscribe_url="https://go.example.com/u/1",
        expire_time=datetime(2026, 11, 28, 20, tzinfo=timezone(timedelta(hours=8))),
    )
    first, again = send(to(gateway), [said], [said])
    assert (first.kind, first.provider_id, again.kind) == (OutcomeKind.ACCEPTED, "gateway-1", OutcomeKind.ACCEPTED)
    assert gateway.calls == ["key-1", "key-1"]
    assert gateway.messages == [
        {
            "message_id": "m0",
            "attempt": 2,
            "channel": "push",
            "address": "device-0",
            "template": "hello@3",
            "subject": "Hi",
            "text": "你好",
            "variables": {"name": "李雷"},
            "link": "https://example.com/1",
            "unsubscribe_url": "https://go.example.com/u/1",
            "expire_time": "2026-11-28T12:00:00.000+00:00",
        }
    ]


# Where it does not call.

PRIVATE = (
    "127.0.0.1", "10.0.0.8", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "192.0.0.192",
    "168.63.129.16", "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0",
    "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a00:1::", "ff02::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_called(address: str) -> None:
    assert not Guard([]).allows(address)
    host = f"[{address.partition('%')[0]}]" if ":" in address else address
    if is_never_called(address):
        with pytest.raises(SettingsError, match="url"):
            account(url=f"https://{host}/")
        return
    (outcome,) = send(account(url=f"https://{host}/"), [message()], networks=())
    assert (outcome.kind, outcome.scope) == (OutcomeKind.AUTH_ERROR, Scope.ACCOUNT)


NEVER = (
    "169.254.169.254", "fe80::1%eth0", "168.63.129.16", "fd00:ec2::254", "100.100.100.200", "192.0.0.192",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
)  # fmt: skip
EVERYTHING = ("0.0.0.0/0", "::/0")


@pytest.mark.parametrize("address", NEVER)
def test_where_clouds_have_their_metadata_nothing_is_called_whatever_is_named(address: str) -> None:
    assert not Guard(EVERYTHING).allows(address)
    assert Guard(EVERYTHING).allows("10.0.0.8")


def test_only_the_operator_names_networks(gateway: WebhookEndpoint) -> None:
    with pytest.raises(SettingsError) as refused:
        account(url="https://gateway.example.com/", private_networks=["0.0.0.0/0"])
    assert [problem.field for problem in refused.value.problems] == ["private_networks"]
    (channel,) = tidegate_channels({"private_networks": ["127.0.0.0/8"]})

    async def within() -> Sequence[Outcome]:
        try:
            return await channel.send(to(gateway), [message()])
        finally:
            await channel.close()

    assert [outcome.kind for outcome in asyncio.run(within())] == [OutcomeKind.ACCEPTED]
    rubbish: list[dict[str, object]] = [{"private_networks": ["10.0.0.1/8"]}, {"private_networks": "10.0.0.0/8"}]
    for wrong in [*rubbish, dict[str, object](networks=[])]:
        with pytest.raises(ValueError, match="private_networks"):
            tidegate_channels(wrong)


@pytest.mark.parametrize("url", ["http://8.8.8.8/", "http://１２７.0.0.1/", "http://2130706433/"])
def test_without_tls_only_named_networks_are_called(url: str) -> None:
    (outcome,) = send(account(url=url, connect_timeout=0.5, timeout=0.5), [message()], networks=["10.0.0.0/8"])
    assert outcome.kind is OutcomeKind.AUTH_ERROR


def test_a_name_that_nobody_tells_in_time_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        told.wait()
        return []

    async def within() -> Sequence[Outcome]:
        channel = WebhookChannel()
        try:
            slow = account(url="https://gateway.example.com/", connect_timeout=0.1, timeout=5.0)
            return await channel.send(slow, [message()])
        finally:
            told.set()
            await channel.close()

    monkeypatch.setattr("socket.getaddrinfo", never)
    assert [outcome.kind for outcome in asyncio.run(within())] == [OutcomeKind.RETRYABLE]


def test_what_finds_no_place_in_time_is_handed_back_unsent(
    gateway: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate_adapters.webhook.channel._SPANS", Spans(begun=0.6))
    gateway.script.add(Entry(Fault.SILENT_AFTER_TAKING))
    first, *others = send(to(gateway, connections=1, timeout=1.5), [message(1), message(2), message(3)])
    assert first.kind is OutcomeKind.UNCERTAIN
    assert [other.kind for other in others] == [OutcomeKind.RATE_LIMITED] * 2
    assert len(gateway.messages) == 1


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_called(address: str) -> None:
    assert Guard([]).allows(address)


def test_networks_that_the_operator_names_are_called() -> None:
    guard = Guard(["10.20.0.0/16", "fd00::/8"])
    allowed = {"10.20.3.4": True, "::ffff:10.20.3.4": True, "fd00::1": True, "10.21.0.1": False, "127.0.0.1": False}
    assert {address: guard.allows(address) for address in allowed} == allowed


def test_a_name_that_leads_to_a_private_address_is_not_called(gateway: WebhookEndpoint) -> None:
    port = gateway.url.rpartition(":")[2]
    (outcome,) = send(account(url=f"https://localhost:{port}/"), [message()], networks=())
    assert (outcome.kind, outcome.scope) == (OutcomeKind.AUTH_ERROR, Scope.ACCOUNT)
    assert "private_networks" in outcome.detail
    allowed = account(url=f"http://localhost:{port}/")
    assert [one.kind for one in send(allowed, [message()])] == [OutcomeKind.ACCEPTED]


def test_redirects_are_not_followed(gateway: WebhookEndpoint) -> None:
    async def redirect(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": gateway.settings["url"]})

    with Served(redirect) as served:
        (outcome,) = send(account(url=served.url), [message()])
    assert (outcome.kind, outcome.provider_code) == (OutcomeKind.PERMANENT, "307")
    assert gateway.calls == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "ftp://gateway.example.com/"}, "url"),
        ({"url": "https://user:word@gateway.example.com/"}, "url"),
        ({"url": "https://gateway.example.com:99999/"}, "url"),
        ({"url": "https:///x"}, "url"),
        ({"secret": "short"}, "secret"),
        ({"secret": "rubbish"}, "secret"),
    ],
)
def test_settings_that_would_not_do_are_named(changes: dict[str, object], field: str) -> None:
    secrets = {"s": SECRET, "short": "whsec_c2hvcnQ=", "rubbish": "whsec_%%%"}
    values = {"url": "https://gateway.example.com/", "secret": "s", **changes}
    with pytest.raises(SettingsError) as refused:
        read_settings(WebhookSettings, values, secrets=secrets.__getitem__)
    assert [problem.field for problem in refused.value.problems] == [field]


# What answers mean.

K, S = OutcomeKind, Scope


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (200, {}, b"", (K.ACCEPTED, S.MESSAGE, None)),
        (204, {}, b"\xff", (K.ACCEPTED, S.MESSAGE, None)),
        (302, {}, b"", (K.PERMANENT, S.MESSAGE, None)),
        (400, {}, b"[]", (K.PERMANENT, S.MESSAGE, None)),
        (404, {}, b'{"outcome": "accepted"}', (K.PERMANENT, S.MESSAGE, None)),
        (422, {}, b'{"outcome": ["permanent"]}', (K.PERMANENT, S.MESSAGE, None)),
        (422, {}, b'{"outcome": "not_subscribed"}', (K.NOT_SUBSCRIBED, S.RECIPIENT, None)),
        (401, {}, b'{"outcome": "invalid_recipient"}', (K.AUTH_ERROR, S.ACCOUNT, None)),
        (403, {}, b"", (K.AUTH_ERROR, S.ACCOUNT, None)),
        (410, {}, b"", (K.AUTH_ERROR, S.ACCOUNT, None)),
        (429, {"Retry-After": "7"}, b"", (K.RATE_LIMITED, S.CALL, timedelta(seconds=7))),
        (429, {"Retry-After": "999999"}, b"", (K.RATE_LIMITED, S.CALL, timedelta(days=1))),
        (429, {"Retry-After": "soon"}, b"", (K.RATE_LIMITED, S.CALL, None)),
        (503, {"Retry-After": "Sat, 28 Nov 2026 00:01:00 GMT"}, b"", (K.RETRYABLE, S.CALL, timedelta(minutes=1))),
        (503, {"Retry-After": "Fri, 27 Nov 2026 00:01:00 GMT"}, b"", (K.RETRYABLE, S.CALL, timedelta())),
        (500, {"Retry-After": "7"}, b"", (K.RETRYABLE, S.CALL, None)),
    ],
)
def test_a_status_means(status: int, headers: dict[str, str], body: bytes, expected: tuple[object, ...]) -> None:
    outcome = meaning(Answer(status, body, headers), NOW)
    assert (outcome.kind, outcome.scope, outcome.retry_after) == expected
    assert outcome.provider_code == str(status)


def test_what_the_gateway_says_is_kept_without_addresses_and_numbers() -> None:
    said = "no Device-7 for li.lei@example.com, +8613900000001 or 4370"
    body = json.dumps({"detail": said}).encode()
    kept = "no <…> for <…>, <…> or 4370"
    assert meaning(Answer(422, body), NOW, "device-7").detail == kept
    event = {"message_id": "m1", "address": "device-7", "detail": said}
    (report,) = read(json.dumps({"type": "message.bounced", "data": event}).encode(), "evt-1", NOW)
    assert isinstance(report, Receipt)
    assert report.outcome is not None
    assert report.outcome.detail == kept


def test_what_never_ends_is_cut_off_and_limits_are_told(gateway: WebhookEndpoint) -> None:
    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    with Served(drip) as served:
        slow = account(url=served.url, timeout=1.0, connect_timeout=1.0, connections=1)
        outcomes = send(slow, [message(1), message(2)])
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.UNCERTAIN] * 2
    gateway.script.add(Entry(Fault.REFUSE, "http:429"))
    gateway.headers = {"Retry-After": "3"}
    (outcome,) = send(to(gateway), [message()])
    assert (outcome.kind, outcome.retry_after) == (OutcomeKind.RATE_LIMITED, timedelta(seconds=3))


def test_calls_under_way_end_when_the_settings_change(gateway: WebhookEndpoint) -> None:
    gateway.script.add(Entry(Fault.SLOW, delay=0.3), times=1)

    async def within() -> list[Outcome]:
        channel = WebhookChannel(private_networks=LOOPBACK)
        try:
            under_way = asyncio.create_task(channel.send(to(gateway), [message(1)]))
            while not gateway.calls:  # noqa: ASYNC110 - it is filled by another thread
                await asyncio.sleep(0)
            return [*await channel.send(to(gateway, connections=2), [message(2)]), *await under_way]
        finally:
            await channel.close()

    assert [outcome.kind for outcome in asyncio.run(within())] == [OutcomeKind.ACCEPTED] * 2

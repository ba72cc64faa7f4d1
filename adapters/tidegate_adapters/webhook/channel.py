"""The channel: a signed call for each message."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import uuid4

import aiohttp
from tidegate.channels import (
    Account,
    Callback,
    Channel,
    Manifest,
    OutboundMessage,
    Outcome,
    Receipts,
    Reply,
    Report,
)
from yarl import URL

from tidegate_adapters.webhook import reports, signing
from tidegate_adapters.webhook.guard import Forbidden, Guard, GuardedResolver, is_address
from tidegate_adapters.webhook.replies import meaning
from tidegate_adapters.webhook.settings import WebhookSettings

_ANSWER_BYTES: Final = 16 * 1024
_KEPT_SECONDS: Final = 10.0
"""How long an idle connection is kept: less than servers do, so that none is used that has just been closed."""

_LONGEST_KEY: Final = 200
_BATCH_SECONDS: Final = 20.0
"""No message of a batch is begun later than this; those that were not are handed back."""

_LATE: Final = Outcome.rate_limited(
    "the gateway was too slow for the whole batch; not begun", retry_after=timedelta(seconds=1)
)


@dataclass(slots=True)
class _Caller:
    """What is kept for one account, as long as its settings stay the same."""

    settings: WebhookSettings
    key: bytes
    session: aiohttp.ClientSession
    places: asyncio.Semaphore
    loop: asyncio.AbstractEventLoop
    may_call: bool
    calls: int = 0
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    """What is said in one call, under its id, and of whom."""

    call_id: str
    body: bytes
    address: str = ""

    @classmethod
    def of(cls, account: Account[WebhookSettings], message: OutboundMessage) -> _Call:
        call_id = message.idempotency_key or message.message_id
        return cls(call_id, _body(account, message), message.address)


class WebhookChannel(Channel[WebhookSettings]):
    """Messages of any kind to a gateway of the operator's, which drops what it has seen by `webhook-id`."""

    manifest = Manifest(
        name="webhook",
        kinds=(),
        title="Signed calls to a URL (Standard Webhooks)",
        max_batch=64,
        concurrency=4,
        idempotent=True,
        receipts=Receipts.PUSH,
        call_timeout=timedelta(minutes=5),
    )
    settings_type = WebhookSettings

    def __init__(self, *, private_networks: Sequence[str] = ()) -> None:
        """`private_networks` are those beside the internet that may be called.

        Raises:
            ValueError: One is no network.
        """
        Guard(private_networks)
        self._networks = tuple(private_networks)
        self._callers: dict[str, _Caller] = {}

    async def send(self, account: Account[WebhookSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        caller = await self._caller(account)
        until = time.monotonic() + _BATCH_SECONDS
        return await asyncio.gather(*(_call(caller, _Call.of(account, message), until) for message in batch))

    def answer(self, account: Account[WebhookSettings], callback: Callback) -> Reply:
        """Take an event that is signed with the account's key, within five minutes of its time."""
        told = callback.headers
        event_id = told.get(signing.ID, "")
        signatures, timestamp = told.get(signing.SIGNATURE, ""), told.get(signing.TIMESTAMP, "")
        key = account.settings.key
        if not event_id or not signing.is_signed(key, event_id, timestamp, callback.body, signatures, callback.time):
            return Reply(status=401, body="not signed with the account's key, or too old")
        if not reports.is_event(callback.body):
            return Reply(status=400, body="no event: a JSON object with a type and data")
        return Reply(status=204, key=_key(event_id))

    async def read(self, account: Account[WebhookSettings], callback: Callback) -> Sequence[Report]:
        """Tell of receipts and answers."""
        return reports.read(callback.body, _key(callback.headers.get(signing.ID, "")), callback.time)

    async def test(self, account: Account[WebhookSettings]) -> Outcome:
        """Make a signed call of the type `ping`."""
        caller = await self._caller(account)
        ping = _Call(f"ping-{uuid4()}", _event("ping", {}))
        return await _call(caller, ping, time.monotonic() + _BATCH_SECONDS)

    async def close(self) -> None:
        callers, self._callers = self._callers, {}
        for caller in callers.values():
            await _retire(caller, at_once=True)

    async def _caller(self, account: Account[WebhookSettings]) -> _Caller:
        if kept := self._kept(account):
            return kept
        fresh = await _make_caller(account.settings, self._networks)
        if kept := self._kept(account):  # another call has made one meanwhile
            await fresh.session.close()
            return kept
        before = self._callers.get(account.account_id)
        self._callers[account.account_id] = fresh
        if before:
            await _retire(before)
        return fresh

    def _kept(self, account: Account[WebhookSettings]) -> _Caller | None:
        kept = self._callers.get(account.account_id)
        good = kept and kept.settings == account.settings and kept.loop is asyncio.get_running_loop()
        return kept if good else None


def _body(account: Account[WebhookSettings], message: OutboundMessage) -> bytes:
    """The event that says a message; what is empty is left out."""
    content = message.content
    said = {
        "message_id": message.message_id,
        "attempt": message.attempt,
        "channel": account.kind,
        "address": message.address,
        "template": content.template,
        "subject": content.subject,
        "text": content.text,
        "html": content.html,
        "provider_template": content.provider_template,
        "variables": dict(content.variables),
        "link": content.link,
        "headers": dict(content.headers),
        "unsubscribe_url": message.unsubscribe_url,
    }
    return _event("message.send", {name: value for name, value in said.items() if value})


def _event(kind: str, data: dict[str, object]) -> bytes:
    event = {"type": kind, "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "data": data}
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


async def _call(caller: _Caller, call: _Call, until: float) -> Outcome:
    """Make one call, begun by the instant `until` of `time.monotonic`."""
    if not caller.may_call:
        return _forbidden()
    caller.calls += 1
    try:
        if not await _has_place(caller, until):
            return _LATE
        try:
            return await _made(caller, call)
        finally:
            caller.places.release()
    finally:
        caller.calls -= 1
        if caller.is_retired:
            await _retire(caller)


async def _has_place(caller: _Caller, until: float) -> bool:
    if not caller.places.locked():
        return await caller.places.acquire()
    try:
        async with asyncio.timeout(until - time.monotonic()):
            return await caller.places.acquire()
    except TimeoutError:
        return False


async def _made(caller: _Caller, call: _Call) -> Outcome:
    """Until the call is written nothing can have been taken; from then on only the answer tells."""
    limits = caller.settings
    try:
        async with asyncio.timeout(2 * limits.connect_timeout + limits.timeout):  # name, connection, answer
            return await _answered(caller, call)
    except aiohttp.ClientConnectorError as error:
        return _unreachable(error)
    except aiohttp.ConnectionTimeoutError:
        return Outcome.retryable("cannot be reached in time")
    except aiohttp.InvalidURL:
        return Outcome.auth_error("the account's url cannot be called")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Outcome.uncertain(f"no answer: {type(error).__name__}")


def _headers(caller: _Caller, call: _Call) -> Mapping[str, str]:
    second = int(datetime.now(UTC).timestamp())
    return {
        "Content-Type": "application/json",
        signing.ID: call.call_id,
        signing.TIMESTAMP: str(second),
        signing.SIGNATURE: signing.sign(caller.key, call.call_id, second, call.body),
    }


async def _answered(caller: _Caller, call: _Call) -> Outcome:
    url, headers = caller.settings.url, _headers(caller, call)
    async with caller.session.post(url, data=call.body, headers=headers, allow_redirects=False) as response:
        said = bytearray()
        async for chunk in response.content.iter_chunked(_ANSWER_BYTES):
            said += chunk
            if len(said) >= _ANSWER_BYTES:
                response.close()
                break
        return meaning(response.status, response.headers, bytes(said), datetime.now(UTC), call.address)


def _unreachable(error: aiohttp.ClientConnectorError) -> Outcome:
    cause = error.__cause__
    if isinstance(cause, Forbidden):
        return _forbidden()
    return Outcome.retryable(f"cannot be reached: {type(cause or error).__name__}")


def _forbidden() -> Outcome:
    return Outcome.auth_error(
        "the url leads to an address that is not called; the operator names networks of one's own, and where http is"
        " spoken, in private_networks of [channels.webhook]"
    )


def _may_call(url: str, guard: Guard) -> bool:
    """Whether a URL's host, where it is written as an address, may be called; names are looked at when they are led."""
    try:
        host = URL(url).raw_host or ""  # as it is called: digits of other scripts are ours by then
    except ValueError:
        return True  # it can't be called, and the call says so
    return not is_address(host) or guard.allows(host)


async def _make_caller(settings: WebhookSettings, networks: Sequence[str]) -> _Caller:
    guard = Guard(networks, only_these=settings.is_plain)
    tls = await asyncio.to_thread(_make_tls_context, settings.ca_file)
    connector = aiohttp.TCPConnector(
        limit=0,  # `places` is the limit: who waits for one has not begun
        resolver=GuardedResolver(guard, settings.connect_timeout),
        ssl=tls,
        keepalive_timeout=_KEPT_SECONDS,
    )
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=settings.connect_timeout, sock_read=settings.timeout, connect=None
    )
    session = aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
    places = asyncio.Semaphore(settings.connections)
    may_call = _may_call(settings.url, guard)
    return _Caller(settings, settings.key, session, places, asyncio.get_running_loop(), may_call)


def _make_tls_context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


async def _retire(caller: _Caller, *, at_once: bool = False) -> None:
    """Close its connections once its calls have ended; those of a loop that was given up go with it."""
    caller.is_retired = True
    if caller.loop is asyncio.get_running_loop():
        if at_once or not caller.calls:
            await caller.session.close()
    elif not caller.loop.is_closed():
        asyncio.run_coroutine_threadsafe(caller.session.close(), caller.loop)


def _key(event_id: str) -> str:
    return event_id if len(event_id) <= _LONGEST_KEY else sha256(event_id.encode()).hexdigest()

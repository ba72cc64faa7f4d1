"""The channel: a signed call for each message."""

from __future__ import annotations

import asyncio
import json
import ssl
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

from tidegate_adapters.webhook import reports, signing
from tidegate_adapters.webhook.guard import Forbidden, Guard, GuardedResolver
from tidegate_adapters.webhook.replies import meaning
from tidegate_adapters.webhook.settings import WebhookSettings

_ANSWER_BYTES: Final = 16 * 1024
_KEPT_SECONDS: Final = 10.0
"""How long an idle connection is kept: less than servers do, so that none is used that has just been closed."""

_LONGEST_KEY: Final = 200


@dataclass(slots=True)
class _Caller:
    """What is kept for one account, as long as its settings stay the same."""

    settings: WebhookSettings
    key: bytes
    session: aiohttp.ClientSession
    places: asyncio.Semaphore
    loop: asyncio.AbstractEventLoop
    calls: int = 0
    is_retired: bool = False


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

    def __init__(self) -> None:
        self._callers: dict[str, _Caller] = {}

    async def send(self, account: Account[WebhookSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        caller = await self._caller(account)
        calls = (
            _call(caller, message.idempotency_key or message.message_id, _body(account, message)) for message in batch
        )
        return await asyncio.gather(*calls)

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
        return await _call(caller, f"ping-{uuid4()}", _event("ping", {}))

    async def close(self) -> None:
        callers, self._callers = self._callers, {}
        for caller in callers.values():
            await _retire(caller, at_once=True)

    async def _caller(self, account: Account[WebhookSettings]) -> _Caller:
        if kept := self._kept(account):
            return kept
        fresh = await _make_caller(account.settings)
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


async def _call(caller: _Caller, call_id: str, body: bytes) -> Outcome:
    """Make one call. Until it is written nothing can have been taken; from then on only the answer tells."""
    second = int(datetime.now(UTC).timestamp())
    headers = {
        "Content-Type": "application/json",
        signing.ID: call_id,
        signing.TIMESTAMP: str(second),
        signing.SIGNATURE: signing.sign(caller.key, call_id, second, body),
    }
    caller.calls += 1
    try:
        async with caller.places, asyncio.timeout(caller.settings.connect_timeout + caller.settings.timeout):
            return await _answered(caller, headers, body)
    except aiohttp.ClientConnectorError as error:
        return _unreachable(error)
    except aiohttp.ConnectionTimeoutError:
        return Outcome.retryable("cannot be reached in time")
    except aiohttp.InvalidURL:
        return Outcome.auth_error("the account's url cannot be called")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Outcome.uncertain(f"no answer: {type(error).__name__}")
    finally:
        caller.calls -= 1
        if caller.is_retired:
            await _retire(caller)


async def _answered(caller: _Caller, headers: Mapping[str, str], body: bytes) -> Outcome:
    url = caller.settings.url
    async with caller.session.post(url, data=body, headers=headers, allow_redirects=False) as response:
        said = bytearray()
        async for chunk in response.content.iter_chunked(_ANSWER_BYTES):
            said += chunk
            if len(said) >= _ANSWER_BYTES:
                response.close()
                break
        return meaning(response.status, response.headers, bytes(said), datetime.now(UTC))


def _unreachable(error: aiohttp.ClientConnectorError) -> Outcome:
    cause = error.__cause__
    if isinstance(cause, Forbidden):
        return Outcome.auth_error(f"{cause}; name its network in private_networks if it is meant")
    return Outcome.retryable(f"cannot be reached: {type(cause or error).__name__}")


async def _make_caller(settings: WebhookSettings) -> _Caller:
    tls = await asyncio.to_thread(_make_tls_context, settings.ca_file)
    connector = aiohttp.TCPConnector(
        limit=0,  # `places` is the limit: who waits for one has not begun
        resolver=GuardedResolver(Guard(settings.private_networks)),
        ssl=tls,
        keepalive_timeout=_KEPT_SECONDS,
    )
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=settings.connect_timeout, sock_read=settings.timeout, connect=None
    )
    session = aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
    places = asyncio.Semaphore(settings.connections)
    return _Caller(settings, settings.key, session, places, asyncio.get_running_loop())


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

"""The channel: a signed call for each message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Final
from uuid import uuid4

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

from tidegate_adapters.calls import Http, Kept, NoAnswer, NotSent, Spans, offer_each
from tidegate_adapters.webhook import reports, signing
from tidegate_adapters.webhook.guard import FORBIDDEN, Guard, GuardedResolver, is_address
from tidegate_adapters.webhook.replies import meaning
from tidegate_adapters.webhook.settings import WebhookSettings

_ANSWER_BYTES: Final = 16 * 1024
_LONGEST_KEY: Final = 200
_SPANS: Final = Spans(ended=270.0)


class _Caller(Http):
    """Calls of one account's URL; names, and addresses in the URL, are looked at before anything connects to them."""

    def __init__(self, networks: Sequence[str], settings: WebhookSettings) -> None:
        guard = Guard(networks, only_these=settings.is_plain)
        resolver = GuardedResolver(guard, settings.connect_timeout)
        super().__init__(settings, resolver=resolver, ca_file=settings.ca_file, longest=_ANSWER_BYTES)
        self._url = _normal(settings.url)
        self._key = settings.key
        self._may_call = _may_call(self._url, guard)

    async def call(self, call: _Call) -> Outcome:
        """Make one call. Raises NoAnswer."""
        if not self._may_call:
            raise NotSent(FORBIDDEN)
        now = datetime.now(UTC)
        second = int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            signing.ID: call.call_id,
            signing.TIMESTAMP: str(second),
            signing.SIGNATURE: signing.sign(self._key, call.call_id, second, call.body),
        }
        return meaning(await self.post(self._url, headers, call.body), now, call.address)


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
        self._kept = Kept[WebhookSettings, _Caller](partial(_Caller, tuple(private_networks)))

    async def send(self, account: Account[WebhookSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        async with self._kept.use(account) as caller:

            async def offer(message: OutboundMessage) -> Outcome:
                return await caller.call(_Call.of(account, message))

            return await offer_each(caller.places, batch, offer, spans=_SPANS)

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
        ping = _Call(f"ping-{uuid4()}", _event("ping", {}))
        try:
            async with self._kept.use(account) as caller, caller.places.held():
                return await caller.call(ping)
        except NoAnswer as error:
            return error.outcome

    async def close(self) -> None:
        await self._kept.close()


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
        "expire_time": _instant(message.expire_time) if message.expire_time else "",
    }
    return _event("message.send", {name: value for name, value in said.items() if value})


def _event(kind: str, data: dict[str, object]) -> bytes:
    event = {"type": kind, "timestamp": _instant(datetime.now(UTC)), "data": data}
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _normal(url: str) -> str:
    """A URL as it is called: encoded, digits of other scripts as ours; one that can't be called as it is."""
    try:
        return str(URL(url))
    except ValueError:
        return url


def _may_call(url: str, guard: Guard) -> bool:
    """Whether a URL's host, where it is written as an address, may be called; names are looked at when they are led."""
    try:
        host = URL(url, encoded=True).raw_host or ""
    except ValueError:
        return True  # it can't be called, and the call says so
    return not is_address(host) or guard.allows(host)


def _key(event_id: str) -> str:
    return event_id if len(event_id) <= _LONGEST_KEY else sha256(event_id.encode()).hexdigest()

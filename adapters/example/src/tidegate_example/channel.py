"""The channel: what it can do, what an account needs, and how a batch is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from tidegate.channels import (
    Account,
    Asked,
    Channel,
    Kind,
    Manifest,
    OutboundMessage,
    Outcome,
    Problem,
    Receipts,
    Secret,
    SettingsError,
    secret,
    setting,
)

from tidegate_example.client import Service, ask, look, post

POSTBOX = Kind("postbox", namespace="postbox.name")


@dataclass(frozen=True, slots=True)
class PostboxSettings:
    """What an account of the channel `postbox` is configured with."""

    url: str = setting("Address of the service, e.g. https://postbox.example.com")
    token: Secret = secret("Token of the service")
    timeout: float = setting("Seconds for each answer", default=10.0, minimum=0.1, maximum=20.0)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError([Problem("url", "must begin with http:// or https:// and name a host")])

    @property
    def service(self) -> Service:
        """The same, as the client wants it."""
        return Service(self.url.rstrip("/"), self.token.reveal(), self.timeout)


class PostboxChannel(Channel[PostboxSettings]):
    """One call to the service per message; several messages at one time."""

    manifest = Manifest(
        name="postbox",
        kinds=(POSTBOX,),
        title="Messages to an imaginary HTTP service",
        max_batch=10,
        concurrency=4,
        call_timeout=timedelta(seconds=60),
        receipts=Receipts.POLL,
    )
    settings_type = PostboxSettings

    async def send(self, account: Account[PostboxSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        """Post the batch; the client blocks, so each message has a thread."""
        service = account.settings.service
        return await asyncio.gather(*(asyncio.to_thread(post, service, message) for message in batch))

    async def query(self, account: Account[PostboxSettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        """Look for each message whose call was not answered."""
        service = account.settings.service
        return await asyncio.gather(*(asyncio.to_thread(look, service, one.message_id) for one in asked))

    async def test(self, account: Account[PostboxSettings]) -> Outcome:
        """Ask the service who we are, which sends nothing."""
        return await asyncio.to_thread(ask, account.settings.service)

"""The channel: one call for each message, several at one time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from tidegate.channels import PUSH, Account, Channel, Manifest, OutboundMessage, Outcome

from tidegate_adapters.calls import Kept, NoToken, offer_each
from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.fcm.codes import meaning
from tidegate_adapters.fcm.message import compose
from tidegate_adapters.fcm.service import Service
from tidegate_adapters.fcm.settings import FcmSettings


class FcmChannel(Channel[FcmSettings]):
    """Notifications to apps. Addresses are registration tokens."""

    manifest = Manifest(
        name="push.fcm",
        kinds=(PUSH,),
        title="App push through Firebase Cloud Messaging (HTTP v1)",
        max_batch=100,
        concurrency=4,
        call_timeout=CALL_TIMEOUT,
    )
    settings_type = FcmSettings

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """`now` counts seconds since 1970; until when messages are kept goes by it."""
        self._now = now
        self._kept = Kept[FcmSettings, Service](Service)

    async def send(self, account: Account[FcmSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        async with self._kept.use(account) as service:
            offer = partial(self._offer, account.settings, service)
            return await offer_each(service.http.places, batch, offer, service.tokens.get)

    async def test(self, account: Account[FcmSettings]) -> Outcome:
        """Get a token, which sends nothing."""
        service = Service(account.settings)
        try:
            await service.tokens.get()
        except NoToken as error:
            return error.outcome
        finally:
            await service.close()
        return Outcome.accepted(detail="the service account gets a token")

    async def close(self) -> None:
        await self._kept.close()

    async def _offer(self, settings: FcmSettings, service: Service, message: OutboundMessage) -> Outcome:
        body = compose(settings, message, self._now())
        return body if isinstance(body, Outcome) else meaning(await service.post(body))

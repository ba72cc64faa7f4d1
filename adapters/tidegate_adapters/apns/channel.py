"""The channel: one request for each message, many at one time over one connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from tidegate.channels import PUSH, Account, Channel, Content, Kind, Manifest, OutboundMessage, Outcome

from tidegate_adapters.apns.codes import NOBODY, meaning
from tidegate_adapters.apns.notification import compose
from tidegate_adapters.apns.settings import ApnsSettings
from tidegate_adapters.calls import Kept, NoAnswer, NotSent, offer_each
from tidegate_adapters.calls.batches import CALL_TIMEOUT

if TYPE_CHECKING:
    from tidegate_adapters.apns.service import Service

_PROBE: Final = OutboundMessage(message_id="test", address="0" * 64, content=Content(text="test"))
"""To nobody. Apple looks at the device token last: whoever is told that it is bad may send."""


class ApnsChannel(Channel[ApnsSettings]):
    """Notifications to Apple's devices. Addresses are device tokens, which belong to one app."""

    manifest = Manifest(
        name="push.apns",
        kinds=(Kind(PUSH.name, "apns.token:{topic}"),),
        title="App push through the Apple Push Notification service (HTTP/2)",
        max_batch=100,
        concurrency=4,
        call_timeout=CALL_TIMEOUT,
    )
    settings_type = ApnsSettings

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """`now` counts seconds since 1970; provider tokens go by it."""
        self._open = partial(_open, now=now)
        self._kept = Kept[ApnsSettings, "Service"](self._open)

    async def send(self, account: Account[ApnsSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        try:
            async with self._kept.use(account) as service:
                return await offer_each(service.places, batch, partial(_offer, service), service.connect)
        except NotSent as error:
            return [error.outcome] * len(batch)

    async def test(self, account: Account[ApnsSettings]) -> Outcome:
        """Offer a notification to nobody: key, team and topic are right where only the device is wrong."""
        try:
            service = self._open(account.settings)
        except NotSent as error:
            return error.outcome
        try:
            outcome = await _offer(service, _PROBE)
        except NoAnswer as error:
            return error.outcome
        finally:
            await service.close()
        return Outcome.accepted(detail="APNs takes key, team and topic") if outcome.provider_code in NOBODY else outcome

    async def close(self) -> None:
        await self._kept.close()


async def _offer(service: Service, message: OutboundMessage) -> Outcome:
    notification = compose(message)
    return notification if isinstance(notification, Outcome) else meaning(await service.post(notification))


def _open(settings: ApnsSettings, now: Callable[[], float]) -> Service:
    """The service for an account. HTTP/2 is asked for here, so that who has no such account needs no library for it.

    Raises:
        NotSent: The library is missing.
    """
    try:
        from tidegate_adapters.apns.service import Service
    except ModuleNotFoundError as error:
        words = f"APNs needs {error.name}: install it with `pip install 'tidegate[push]'`, and resume the account"
        raise NotSent(Outcome.auth_error(words)) from error
    return Service(settings, now)

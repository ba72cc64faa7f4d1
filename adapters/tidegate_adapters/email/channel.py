"""The channel: batches of messages over an account's connections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Final

from tidegate.channels import (
    EMAIL,
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

from tidegate_adapters.calls import Kept, NotSent, Spans, offer_each
from tidegate_adapters.email import returned
from tidegate_adapters.email.compose import Composer, Envelope, NoMailbox, Uncomposable
from tidegate_adapters.email.conversation import Broken
from tidegate_adapters.email.pool import Pool
from tidegate_adapters.email.settings import SmtpSettings

_SPANS: Final = Spans(begun=30.0, ended=270.0)


class _Sender(Pool):
    """The connections of one account, and who composes its mails."""

    def __init__(self, settings: SmtpSettings) -> None:
        super().__init__(settings)
        self.composer: Final = Composer(settings)


class EmailChannel(Channel[SmtpSettings]):
    """E-mail through a relay. An `accepted` mail is in the relay's queue."""

    manifest = Manifest(
        name="email",
        kinds=(EMAIL,),
        title="E-mail through an SMTP relay",
        max_batch=500,
        receipts=Receipts.PUSH,
        concurrency=8,
        call_timeout=timedelta(minutes=5),
    )
    settings_type = SmtpSettings

    def __init__(self) -> None:
        self._kept = Kept[SmtpSettings, _Sender](_Sender)

    async def send(self, account: Account[SmtpSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        async with self._kept.use(account) as sender:
            return await offer_each(sender.places, batch, partial(_deliver, sender), spans=_SPANS)

    def answer(self, account: Account[SmtpSettings], callback: Callback) -> Reply:
        """Take a mail that came to the account's bounce or unsubscribe address, as `message/rfc822`.

        Nobody signs it: what counts is that an address of ours stands in it whose code is right.
        """
        paths = account.settings.return_paths
        if paths is None:
            return Reply(status=404, body="the account has no return_key")
        if callback.headers.get("content-type", "").partition(";")[0].strip().lower() != "message/rfc822":
            return Reply(status=415, body="POST the mail as it came, as message/rfc822")
        if not returned.is_ours(callback.body, paths):
            return Reply(status=422, body="of no message of this account")
        return Reply(body="taken", key=sha256(callback.body).hexdigest())

    async def read(self, account: Account[SmtpSettings], callback: Callback) -> Sequence[Report]:
        """Tell of bounces, complaints and unsubscriptions; a mail that tells nothing, such as a vacation's, is left."""
        paths = account.settings.return_paths
        return await asyncio.to_thread(returned.read, callback.body, paths, callback.time) if paths else []

    async def test(self, account: Account[SmtpSettings]) -> Outcome:
        """Log in on a connection of its own."""
        pool = Pool(account.settings)
        try:
            async with pool.connection() as connection:
                await connection.noop()
        except NotSent as error:
            return error.outcome
        except (Broken, TimeoutError):
            return Outcome.retryable("the relay does not answer")
        finally:
            await pool.close()
        return Outcome.accepted(detail="the relay lets us in")

    async def close(self) -> None:
        await self._kept.close()


async def _deliver(sender: _Sender, message: OutboundMessage) -> Outcome:
    try:
        envelope = await _composed(sender.composer, message)
    except NoMailbox as error:
        return Outcome.invalid_recipient(str(error))
    except Uncomposable as error:
        return Outcome.content_rejected(str(error))
    return await _offer(sender, envelope)


async def _composed(composer: Composer, message: OutboundMessage) -> Envelope:
    """The mail; in a thread where signing takes long, so that others are signed and offered meanwhile."""
    if composer.takes_long:
        return await asyncio.to_thread(composer.compose, message)
    return composer.compose(message)


async def _offer(pool: Pool, envelope: Envelope) -> Outcome:
    """Offer a mail on a kept connection; if that turns out to be dead, once more on another."""
    for _ in range(2):
        async with pool.connection() as connection:
            is_kept = connection.delivered > 0
            try:
                return await connection.deliver(envelope)
            except Broken as error:
                dead = Outcome.retryable(str(error))
                if not is_kept:
                    break
    return dead

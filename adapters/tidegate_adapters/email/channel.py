"""The channel: batches of messages over an account's connections."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
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

from tidegate_adapters.email import returned
from tidegate_adapters.email.compose import Composer, Envelope, NoMailbox, Uncomposable
from tidegate_adapters.email.conversation import Broken
from tidegate_adapters.email.pool import CannotOpen, NoPlace, Place, Pool
from tidegate_adapters.email.settings import SmtpSettings

_BATCH_SECONDS: Final = 30.0
"""No message of a batch is begun later than this; those that were not are handed back."""

_CALL_SECONDS: Final = 270.0
"""A call ends by itself by then, before its time-out: what is known of its messages is told, whatever hangs."""

_LATE: Final = Outcome.rate_limited(
    "the relay was too slow for the whole batch; not begun", retry_after=timedelta(seconds=1)
)
"""Our offering was too fast: says so, as tries that were none must not use up the message's."""

_CUT_OFF: Final = Outcome.uncertain("the relay had not answered when the call ended")


@dataclass(slots=True)
class _Sender:
    """What is kept for one account, as long as its settings stay the same."""

    settings: SmtpSettings
    pool: Pool
    composer: Composer


@dataclass(slots=True)
class _Batch:
    """A batch on its way: what is still to be sent, and what became of the rest."""

    waiting: deque[tuple[int, OutboundMessage]]
    outcomes: list[Outcome | None]
    failure: Outcome = _LATE
    until: float = field(default_factory=lambda: time.monotonic() + _BATCH_SECONDS)


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
        self._senders: dict[str, _Sender] = {}

    async def send(self, account: Account[SmtpSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        sender = await self._sender(account)
        work = _Batch(deque(enumerate(batch)), [None] * len(batch))
        workers = min(account.settings.connections, len(batch))
        with suppress(TimeoutError):
            async with asyncio.timeout(_CALL_SECONDS):
                await asyncio.gather(*(_work(sender, work) for _ in range(workers)))
        return [outcome or work.failure for outcome in work.outcomes]

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
            async with pool.place() as place, place.connection() as connection:
                await connection.noop()
        except CannotOpen as error:
            return error.outcome
        except (Broken, TimeoutError):
            return Outcome.retryable("the relay does not answer")
        finally:
            await pool.close()
        return Outcome.accepted(detail="the relay lets us in")

    async def close(self) -> None:
        senders, self._senders = self._senders, {}
        await asyncio.gather(*(_retire(sender.pool) for sender in senders.values()))

    async def _sender(self, account: Account[SmtpSettings]) -> _Sender:
        sender = self._senders.get(account.account_id)
        here = asyncio.get_running_loop()
        if sender and sender.settings == account.settings and sender.pool.loop is here:
            return sender
        fresh = _Sender(account.settings, Pool(account.settings), Composer(account.settings))
        self._senders[account.account_id] = fresh
        if sender:
            await _retire(sender.pool)
        return fresh


async def _retire(pool: Pool) -> None:
    if pool.loop is asyncio.get_running_loop():
        await pool.close()
    else:
        pool.abandon()


async def _work(sender: _Sender, work: _Batch) -> None:
    """Take messages off the batch until none is left, no connection is to be had, or time is up.

    A message is taken only with a place among the connections: while others wait for a relay that hangs, it
    stays surely unsent.
    """
    while work.waiting:
        try:
            async with sender.pool.place(work.until) as place:
                if not work.waiting or time.monotonic() >= work.until:
                    return
                await _deliver_next(sender, work, place)
        except NoPlace:
            return
        except CannotOpen as error:
            work.failure = error.outcome
            return


async def _deliver_next(sender: _Sender, work: _Batch, place: Place) -> None:
    index, message = work.waiting.popleft()
    work.outcomes[index] = _CUT_OFF
    try:
        work.outcomes[index] = await _deliver(sender, message, place)
    except CannotOpen:
        work.outcomes[index] = None
        work.waiting.append((index, message))
        raise


async def _deliver(sender: _Sender, message: OutboundMessage, place: Place) -> Outcome:
    try:
        envelope = await _composed(sender.composer, message)
    except NoMailbox as error:
        return Outcome.invalid_recipient(str(error))
    except Uncomposable as error:
        return Outcome.content_rejected(str(error))
    return await _offer(place, envelope)


async def _composed(composer: Composer, message: OutboundMessage) -> Envelope:
    """The mail; in a thread where signing takes long, so that others are signed and offered meanwhile."""
    if composer.takes_long:
        return await asyncio.to_thread(composer.compose, message)
    return composer.compose(message)


async def _offer(place: Place, envelope: Envelope) -> Outcome:
    """Offer a mail on a kept connection; if that turns out to be dead, once more on another."""
    for _ in range(2):
        async with place.connection() as connection:
            is_kept = connection.delivered > 0
            try:
                return await connection.deliver(envelope)
            except Broken as error:
                dead = Outcome.retryable(str(error))
                if not is_kept:
                    break
    return dead

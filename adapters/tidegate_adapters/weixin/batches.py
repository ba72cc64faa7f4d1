"""The messages of a batch, in one call each or in groups, several calls at one time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tidegate.channels import OutboundMessage, Outcome

from tidegate_adapters.weixin.tokens import NoToken
from tidegate_adapters.weixin.web import NoAnswer, NotCalled, Web

_BATCH_SECONDS: Final = 20.0
"""No message of a batch is begun later than this; those that were not are handed back."""

_CALL_SECONDS: Final = 100.0
"""A call ends by itself by then: what is known of its messages is told, whatever hangs."""

CALL_TIMEOUT: Final = timedelta(minutes=2)
"""What manifests say: delivery's time-out, never reached."""

_LATE: Final = Outcome.rate_limited(
    "the provider was too slow for the whole batch; not begun", retry_after=timedelta(seconds=1)
)
_CUT_OFF: Final = Outcome.uncertain("the provider had not answered when the call ended")

_NOT_BEGUN: Final = Outcome.retryable("no access token had come when the call ended; nothing was said of the message")

Ready = Callable[[], Awaitable[object]]
"""Gets what a call needs before it is begun, such as an access token. May raise NoToken."""

Offer = Callable[[OutboundMessage], Awaitable[Outcome]]
"""Offers one message. May raise NoToken, NotCalled and NoAnswer."""

OfferGroup = Callable[[Sequence[OutboundMessage]], Awaitable[Sequence[Outcome]]]
"""Offers several messages in one call, with one outcome for each. May raise the same."""


@dataclass(slots=True)
class _Batch:
    """A batch on its way: groups that are still to be offered, and what became of the rest."""

    messages: Sequence[OutboundMessage]
    waiting: deque[Sequence[int]]
    ready: Ready
    outcomes: list[Outcome | None]
    failure: Outcome = _LATE
    until: float = field(default_factory=lambda: time.monotonic() + _BATCH_SECONDS)

    def settle(self, group: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        for index, outcome in zip(group, outcomes, strict=True):
            self.outcomes[index] = outcome


async def nothing_needed() -> None:
    """What makes a provider ready whose calls need no token."""


async def offer_each(
    web: Web, batch: Sequence[OutboundMessage], offer: Offer, ready: Ready = nothing_needed
) -> Sequence[Outcome]:
    """Offer each message in a call of its own."""

    async def offer_one(group: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        return [await offer(group[0])]

    return await offer_groups(web, batch, [(index,) for index in range(len(batch))], offer_one, ready)


async def offer_groups(
    web: Web,
    batch: Sequence[OutboundMessage],
    groups: Sequence[Sequence[int]],
    offer: OfferGroup,
    ready: Ready = nothing_needed,
) -> Sequence[Outcome]:
    """Offer groups of a batch, by their places in it, as many at one time as there are places for calls.

    Where the provider cannot be called, the rest is not tried. What is cut off is uncertain once it was `ready`.
    """
    work = _Batch(batch, deque(groups), ready, [None] * len(batch))
    with suppress(TimeoutError):
        async with asyncio.timeout(_CALL_SECONDS):
            await asyncio.gather(*(_work(web, work, offer) for _ in range(min(web.connections, len(groups)))))
    return [outcome or work.failure for outcome in work.outcomes]


async def _work(web: Web, work: _Batch, offer: OfferGroup) -> None:
    """A group is taken only with a place for its call: while others wait for a provider that hangs, it stays unsent."""
    while work.waiting and await _has_place(web, work.until):
        try:
            await _offer_next(work, offer)
        finally:
            web.places.release()


async def _has_place(web: Web, until: float) -> bool:
    """Wait for a place until the instant `until` of `time.monotonic`."""
    left = until - time.monotonic()
    if left <= 0:
        return False
    if not web.places.locked():
        return await web.places.acquire()
    try:
        async with asyncio.timeout(left):
            return await web.places.acquire()
    except TimeoutError:
        return False


async def _offer_next(work: _Batch, offer: OfferGroup) -> None:
    if not work.waiting or time.monotonic() >= work.until:
        return
    group = work.waiting.popleft()
    work.settle(group, [_NOT_BEGUN] * len(group))
    try:
        await work.ready()
        work.settle(group, [_CUT_OFF] * len(group))
        work.settle(group, await offer([work.messages[index] for index in group]))
    except (NoToken, NotCalled) as error:
        work.settle(group, [error.outcome] * len(group))
        work.failure, work.until = error.outcome, 0.0
    except NoAnswer as error:
        work.settle(group, [error.outcome] * len(group))

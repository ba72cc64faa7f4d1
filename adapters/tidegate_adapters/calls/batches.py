"""The messages of a batch, in one call each or in groups, several calls at one time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tidegate.channels import OutboundMessage, Outcome

from tidegate_adapters.calls.failures import InHalves, NoAnswer, NotSent
from tidegate_adapters.calls.places import Places


@dataclass(frozen=True, slots=True)
class Spans:
    """How long a batch may take; delivery's time-out, which the manifest names, must be longer.

    Attributes:
        begun: Seconds after which no message is begun any more: those that were not are handed back.
        ended: Seconds after which the batch ends by itself: what is known of its messages is told, whatever hangs.
    """

    begun: float = 20.0
    ended: float = 100.0


SPANS: Final = Spans()
CALL_TIMEOUT: Final = timedelta(minutes=2)
"""What manifests say with SPANS: delivery's time-out, never reached."""

_LATE: Final = Outcome.rate_limited(
    "the provider was too slow for the whole batch; not begun", retry_after=timedelta(seconds=1)
)
"""Our offering was too fast: says so, as tries that were none must not use up the message's."""

_CUT_OFF: Final = Outcome.uncertain("the provider had not answered when the call ended")

_NOT_BEGUN: Final = Outcome.retryable("no access token had come when the call ended; nothing was said of the message")

Ready = Callable[[], Awaitable[object]]
"""Gets what a call needs before it is begun, such as an access token. May raise NotSent."""

Offer = Callable[[OutboundMessage], Awaitable[Outcome]]
"""Offers one message. May raise NoAnswer."""

OfferGroup = Callable[[Sequence[OutboundMessage]], Awaitable[Sequence[Outcome]]]
"""Offers several messages in one call, with one outcome for each. May raise the same, and InHalves."""


@dataclass(slots=True)
class _Batch:
    """A batch on its way: groups that are still to be offered, and what became of the rest."""

    messages: Sequence[OutboundMessage]
    waiting: deque[Sequence[int]]
    places: Places
    offer: OfferGroup
    ready: Ready | None
    until: float
    outcomes: list[Outcome | None] = field(init=False)
    failure: Outcome = _LATE

    def __post_init__(self) -> None:
        self.outcomes = [None] * len(self.messages)

    def settle(self, group: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        for index, outcome in zip(group, outcomes, strict=True):
            self.outcomes[index] = outcome

    def take_back(self, group: Sequence[int]) -> None:
        for index in group:
            self.outcomes[index] = None
        self.waiting.append(group)


async def offer_each(
    places: Places,
    batch: Sequence[OutboundMessage],
    offer: Offer,
    ready: Ready | None = None,
    spans: Spans | None = None,
) -> Sequence[Outcome]:
    """Offer each message in a call of its own."""

    async def offer_one(group: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        return [await offer(group[0])]

    return await offer_groups(places, batch, [(index,) for index in range(len(batch))], offer_one, ready, spans)


async def offer_groups(
    places: Places,
    batch: Sequence[OutboundMessage],
    groups: Sequence[Sequence[int]],
    offer: OfferGroup,
    ready: Ready | None = None,
    spans: Spans | None = None,
    refused: Mapping[int, Outcome] | None = None,
) -> Sequence[Outcome]:
    """Offer groups of a batch, by their places in it, as many at one time as there are places for calls.

    It ends within `spans`, or SPANS; what is cut off is uncertain once it was `ready`. Who cannot call leaves its
    messages to those who can; what then is left means what the last failure did. `refused` is what becomes of messages
    that are in no group, by their places.
    """
    spans = spans or SPANS
    work = _Batch(batch, deque(groups), places, offer, ready, time.monotonic() + spans.begun)
    with suppress(TimeoutError):
        async with asyncio.timeout(spans.ended):
            await asyncio.gather(*(_work(work) for _ in range(min(places.count, len(groups)))))
    known = refused or {}
    return [known.get(place) or outcome or work.failure for place, outcome in enumerate(work.outcomes)]


async def _work(work: _Batch) -> None:
    """A group is taken only with a place for its call: while others wait for a provider that hangs, it stays unsent."""
    while work.waiting and time.monotonic() < work.until and await work.places.take(work.until):
        try:
            if work.waiting:
                await _offer_next(work)
        except NotSent as error:
            work.failure = error.outcome
            return
        finally:
            work.places.give_back()


async def _offer_next(work: _Batch) -> None:
    group = work.waiting.popleft()
    try:
        if work.ready:
            work.settle(group, [_NOT_BEGUN] * len(group))
            await work.ready()
        work.settle(group, [_CUT_OFF] * len(group))
        work.settle(group, await work.offer([work.messages[index] for index in group]))
    except NotSent:
        work.take_back(group)
        raise
    except InHalves:
        middle = len(group) // 2
        work.take_back(group[:middle])
        work.take_back(group[middle:])
    except NoAnswer as error:
        work.settle(group, [error.outcome] * len(group))

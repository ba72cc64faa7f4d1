"""Pure: what guardrails count of a message, and whether a rate is surely above its threshold."""

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from tidegate.delivery.policy.model import Guardrail, GuardrailMetric, Kept

_Z = 1.959963984540054
"""Of the standard normal distribution 95 % lie within so many deviations."""


class Event(enum.StrEnum):
    """What of a message, or of a call for it, rates are made of."""

    SENT = "sent"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    CALLED = "called"
    REFUSED = "refused"


_RATES: Mapping[GuardrailMetric, tuple[Event, Event]] = {
    GuardrailMetric.COMPLAINTS: (Event.COMPLAINED, Event.SENT),
    GuardrailMetric.UNSUBSCRIBES: (Event.UNSUBSCRIBED, Event.SENT),
    GuardrailMetric.BOUNCES: (Event.BOUNCED, Event.SENT),
    GuardrailMetric.FAILURES: (Event.REFUSED, Event.CALLED),
}
"""What is counted, and of how many."""


class Happened(NamedTuple):
    """Something that rates count: of the message's ``number``-th call, or of it as a whole (0).

    ``time`` is the instant by which guardrails count it: when the message was sent, or the call begun.
    """

    event: Event
    number: int
    time: int

    @property
    def word(self) -> str:
        """By which it is remembered that it was counted."""
        return f"{self.event}{self.number or ''}"


class Call(NamedTuple):
    """A call to a provider that has ended, and whether it was definitely refused."""

    number: int
    start_time: int
    refused: bool


class Standing(NamedTuple):
    """How far a message has come, as far as guardrails look."""

    message_id: str
    campaign_id: str
    sent_time: int | None
    bounced: bool = False
    complained: bool = False
    unsubscribed: bool = False
    calls: Sequence[Call] = ()


class Count(NamedTuple):
    """How many of how many."""

    hits: int = 0
    total: int = 0


def happened(message: Standing) -> Iterable[Happened]:
    """All that counts of a message."""
    if message.sent_time is not None:
        yield Happened(Event.SENT, 0, message.sent_time)
        for event, is_so in (
            (Event.BOUNCED, message.bounced),
            (Event.COMPLAINED, message.complained),
            (Event.UNSUBSCRIBED, message.unsubscribed),
        ):
            if is_so:
                yield Happened(event, 0, message.sent_time)
    for call in message.calls:
        yield Happened(Event.CALLED, call.number, call.start_time)
        if call.refused:
            yield Happened(Event.REFUSED, call.number, call.start_time)


def counts(kept: Kept[Guardrail], campaign_id: str, several: Collection[Happened]) -> Count:
    """What these add to what the guardrail counts of the campaign, from its last change on."""
    if kept.policy.campaign_id not in ("", campaign_id):
        return Count()
    hit, every = _RATES[kept.policy.metric]
    counted = [one.event for one in several if one.time >= kept.update_time]
    return Count(counted.count(hit), counted.count(every))


def lower_bound(hits: int, total: int) -> float:
    """The lower end of the 95 % Wilson interval of a rate of ``hits`` in ``total``; 0 without any."""
    if not total or not hits:
        return 0.0
    rate, square = hits / total, _Z * _Z
    middle = rate + square / (2 * total)
    half = _Z * sqrt((rate * (1 - rate) + square / (4 * total)) / total)
    return max((middle - half) / (1 + square / total), 0.0)


def is_passed(hits: int, total: int, *, threshold: float, least: int) -> bool:
    """Whether of ``least`` or more the rate is above ``threshold``, by the lower end of its interval."""
    return total >= least and lower_bound(hits, total) > threshold

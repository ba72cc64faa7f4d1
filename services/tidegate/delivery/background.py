"""The loops of delivery beside those of the dispatcher: a function for each part that has some."""

from collections.abc import Callable, Iterable, Sequence

from tidegate.delivery.attributing import Attributing
from tidegate.delivery.erasing import Erasing
from tidegate.delivery.follow import Following
from tidegate.delivery.guarding import Guarding
from tidegate.delivery.instants import DAY
from tidegate.delivery.parts import Parts
from tidegate.delivery.retaining import REST, Retaining
from tidegate.delivery.store.sealed import SEALED
from tidegate.delivery.templates.providers import ProviderTemplates
from tidegate.runtime.loops import Loop
from tidegate.runtime.resealing import Resealer, ResealingLoop


def loops(parts: Parts) -> list[Loop]:
    """All of them."""
    return [loop for of in _LOOPS for loop in of(parts)]


def _following(parts: Parts) -> Iterable[Loop]:
    context = parts.context
    following = Following(
        database=context.database,
        clock=context.clock,
        peers=context.peers,
        activity=context.activity,
        wait=context.pace.wait,
    )
    return [follower.loop for follower in following.followers()]


def _rescuing(parts: Parts) -> Iterable[Loop]:
    return parts.rescue().loops(parts.context.activity, rest=parts.context.pace.rest, slow=parts.slow)


def _receipts(parts: Parts) -> Iterable[Loop]:
    context = parts.context
    attributing = Attributing(context.database, context.clock, parts.receipts, ProviderTemplates())
    yield Loop("delivery.inbox", parts.receipts.pass_inbox, activity=context.activity, rest=parts.slow)
    yield Loop("delivery.lost_answers", attributing.step, activity=context.activity, rest=parts.slow)


def _erasing(parts: Parts) -> Iterable[Loop]:
    context = parts.context
    erasing = Erasing(context.database, context.clock, parts.announcer)
    yield Loop("delivery.erase", erasing.step, activity=context.activity, rest=context.pace.rest)


def _links(parts: Parts) -> Iterable[Loop]:
    yield Loop("delivery.links", parts.room.tidy, activity=parts.context.activity, rest=parts.slow)


def _guarding(parts: Parts) -> Iterable[Loop]:
    context = parts.context
    guarding = Guarding(
        context.database,
        context.clock,
        parts.feed,
        announcer=parts.announcer,
        policies=parts.policies,
        wake=parts.bell,
    )
    yield Loop("delivery.guard", guarding.step, activity=context.activity, rest=parts.slow)


def _resealing(parts: Parts) -> Iterable[Loop]:
    context, keyring = parts.context, parts.vault.keyring
    resealer = Resealer(context.database, SEALED, keyring)
    yield ResealingLoop("delivery.resealing", resealer, keyring, activity=context.activity, rest=context.pace.rest).loop


def _retaining(parts: Parts) -> Iterable[Loop]:
    context, own = parts.context, parts.context.settings.delivery
    counter = context.metrics.counter(
        "tidegate_delivery_removed_total", "Rows that had been kept for long enough, by what they were of.", ("kind",)
    )
    retaining = Retaining(
        context.database,
        context.clock,
        parts.policies,
        messages=own.keep_messages_days * DAY,
        contents=own.keep_contents_days * DAY,
        removed=lambda kind, count: counter.labels(kind).inc(count),
    )
    yield Loop("delivery.retain", retaining.step, activity=context.activity, rest=REST)


_LOOPS: Sequence[Callable[[Parts], Iterable[Loop]]] = (
    _following,
    _rescuing,
    _receipts,
    _erasing,
    _links,
    _guarding,
    _resealing,
    _retaining,
)

"""What campaigns send is gathered, and the best of it goes first."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import Shop, state_name
from support.server import serving
from tidegate.delivery.gathering import wake_time
from tidegate.delivery.model import MessageClass
from tidegate.delivery.order import Order
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

TICK = 60_000_000
INSTANTS = st.integers(1_700_000_000_000_000, 1_700_000_400_000_000)


def order(**changes: object) -> Order:
    values: dict[str, object] = dict.fromkeys(Order._fields, "") | {
        "campaign_id": "sale",
        "message_class": MessageClass.MARKETING,
        "send_after": None,
        "expire_time": 2_000_000_000_000_000,
    }
    return Order(**values | changes)  # type: ignore[arg-type]


@given(now=INSTANTS, send_after=st.none() | INSTANTS)
def test_a_campaigns_messages_wake_together_and_soon(now: int, send_after: int | None) -> None:
    wakes = wake_time(order(send_after=send_after), now, TICK)
    first = max(send_after or now, now)
    assert wakes is not None
    assert wakes % TICK == 0
    assert wakes > now
    assert first <= wakes <= first + TICK


@given(now=INSTANTS, send_after=st.none() | INSTANTS, tick=st.sampled_from([0, TICK]))
def test_others_wake_when_their_callers_say(now: int, send_after: int | None, tick: int) -> None:
    said = send_after if send_after is not None and send_after > now else None
    others = [order(campaign_id=""), order(message_class=MessageClass.MARKETING_OVERRIDE), order(enrollment_id="e1")]
    others += [order(expire_time=max(send_after or now, now) + 1)] if (max(send_after or now, now) + 1) % TICK else []
    for one in others:
        assert wake_time(one._replace(send_after=send_after), now, tick) == said
    assert wake_time(order(send_after=send_after), now, 0) == said


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    """A company whose campaigns gather for a minute."""
    told = Told(max_batch=1)
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=told_registry(told)),
    }
    settings = {"gather_seconds": 60}
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders, delivery=settings) as suite:
        yield Shop(suite, clock, told)


def test_of_what_gathers_the_best_takes_the_slot(shop: Shop) -> None:
    shop.rule("all", 1, 1)
    [customer_id] = shop.customers(1)
    low = shop.send(shop.message(customer_id, campaign_id="a", priority=1))[0]
    assert state_name(shop.get(low)) == "deferred"
    shop.suite.settle()
    high = shop.send(shop.message(customer_id, campaign_id="b", priority=9))[0]
    [waiting] = shop.when(lambda one: one.HasField("wake_time"), high)
    assert waiting.wake_time.ToDatetime().second == 0
    shop.suite.settle()
    assert shop.told.ids == []
    triggered = shop.send(shop.message(shop.customers(1)[0]))[0]
    assert shop.state_of(triggered) == "sent", "what is of no campaign goes at once"
    shop.clock.advance(timedelta(seconds=60))
    assert [shop.state_of(one) for one in (high, low)] == ["sent", "dropped:frequency"]

"""S21, one-time subscriptions: each tap is one credit, each send uses one, and a refusal leaves none.

At the level of delivery, with an adapter whose provider asks for grants: customers tap "allow" for the expiry of a
coupon or for what is back in stock, and a campaign is told beforehand how many it can reach.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from support.delivery.adapter import Told
from support.delivery.platforms import Doubling, Followers, platform_registry
from support.delivery.shop import Shop, state_name
from support.server import serving
from tidegate.api.delivery.v1 import decisions_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import OutboundMessage, Outcome, OutcomeKind, Scope
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

FOLLOWERS = 40


@pytest.fixture
def followers(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Followers]:
    """A shop with a mini-program."""
    told, doubling = Told(), Doubling()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=platform_registry(told, doubling)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Followers(Shop(suite, clock, told), doubling)


def test_a_campaign_reaches_whom_it_was_told_it_would(followers: Followers) -> None:
    shop, people = followers.shop, followers.new(FOLLOWERS)
    taps = {customer_id: number % 3 for number, customer_id in enumerate(people.values())}
    told = [followers.tap(openid) for openid, customer_id in people.items() for _ in range(taps[customer_id])]
    stock = [followers.tap(openid, "stock") for openid in people]
    followers.record(*told, *stock)
    followers.record(*told)  # the platform tells it again, and so does the front end
    shop.suite.settle()

    foretold = Counter(dict(zip(people.values(), followers.left(people.values()), strict=True)))
    assert foretold == Counter(taps)
    asked = [followers.coupon(customer_id) for customer_id in people.values()]
    answers = shop.delivery.CheckEligibility(pb.CheckEligibilityRequest(messages=asked)).results
    reachable = sum(one.decision.verdict == decisions_pb2.VERDICT_GRANTED for one in answers)
    assert reachable == sum(1 for count in taps.values() if count)

    first = Counter(state_name(one) for one in shop.final(*shop.send(*asked)))
    assert first == {"sent": reachable, "dropped:no_credit": FOLLOWERS - reachable}
    again = [followers.coupon(customer_id) for customer_id in people.values()]
    second = Counter(state_name(one) for one in shop.final(*shop.send(*again)))
    assert second["sent"] == sum(count == 2 for count in taps.values())
    assert set(followers.left(people.values())) == {0}
    assert set(followers.left(people.values(), "stock")) == {1}
    assert followers.doubling.doubled == []


def test_a_refusal_by_the_provider_or_the_customer_leaves_nothing_until_the_next_tap(followers: Followers) -> None:
    shop, people = followers.shop, followers.new(2)
    (refused, first), (leaving, second) = people.items()
    followers.record(followers.tap(refused, count=3), followers.tap(leaving, count=3))

    def answer(message: OutboundMessage) -> Outcome:
        return Outcome(OutcomeKind.NOT_SUBSCRIBED, Scope.RECIPIENT, provider_code="43101")

    shop.told.answer = answer
    assert shop.state_of(shop.send(followers.coupon(first))[0]) == "failed:not_subscribed"
    shop.told.answer = None
    followers.record(followers.refusal(leaving))
    assert followers.left([first, second]) == [0, 0]
    states = [shop.state_of(one) for one in shop.send(*(followers.coupon(one) for one in (first, second)))]
    assert states == ["dropped:no_credit"] * 2
    shop.clock.advance(timedelta(minutes=1))
    followers.record(followers.tap(refused), followers.tap(leaving))
    states = [shop.state_of(one) for one in shop.send(*(followers.coupon(one) for one in (first, second)))]
    assert states == ["sent"] * 2

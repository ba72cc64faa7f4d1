"""S04, waking old followers, at the level of delivery: rounds while a window and its allowance last.

A menu click opens a short window, an answer in words a long one; who is of the control is withheld and recorded.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support.delivery.adapter import Told
from support.delivery.platforms import MINUTE, SERVICE, Doubling, Followers, platform_registry
from support.delivery.shop import Shop, state_name
from support.server import serving
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.channels import Trigger
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder


@pytest.fixture
def followers(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Followers]:
    """A maker of machines and its followers."""
    told, doubling = Told(), Doubling()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=platform_registry(told, doubling)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Followers(Shop(suite, clock, told), doubling)


def round_of(followers: Followers, *customer_ids: int, **changes: object) -> Counter[str]:
    """What becomes of one more message to each."""
    shop = followers.shop
    ids = shop.send(*(followers.coupon(one, SERVICE, **changes) for one in customer_ids))
    return Counter(state_name(one) for one in shop.final(*ids))


def test_rounds_follow_while_the_window_and_its_allowance_last(followers: Followers) -> None:
    shop, people = followers.shop, followers.new(10)
    *talked_to, control = people.values()
    *openids, _ = people
    assert round_of(followers, *talked_to) == {"dropped:window_closed": 9}

    followers.record(*(followers.opening(openid, Trigger.MENU_CLICK) for openid in people))
    holdout = messages_pb2.Holdout(experiment_id="split", arm="control")
    assert round_of(followers, control, holdout=holdout) == {"dropped:held_out": 1}
    assert followers.left([control], "", "service") == [3]  # what is withheld uses nothing
    for _ in range(3):
        assert round_of(followers, *talked_to) == {"sent": 9}
    assert round_of(followers, *talked_to) == {"dropped:window_closed": 9}

    answered, silent = talked_to[0], talked_to[1]
    followers.record(followers.opening(openids[0]))
    shop.clock.advance(MINUTE)
    assert followers.left([answered, silent], "", "service") == [2, 0]  # three went out since the answer's instant
    followers.record(followers.opening(openids[0]), followers.opening(openids[1], Trigger.MENU_CLICK))
    assert followers.left([answered, silent], "", "service") == [5, 3]
    for _ in range(5):
        assert round_of(followers, answered) == {"sent": 1}
    assert round_of(followers, answered) == {"dropped:window_closed": 1}

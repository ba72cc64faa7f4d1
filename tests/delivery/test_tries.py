"""Pure: tries of clients, in a minute each as many as there may be."""

import pytest
from tidegate.delivery.tries import Tries


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        return self.seconds


def test_each_client_has_so_many_a_minute() -> None:
    hand = Hand()
    tries = Tries(6, now=hand.now)
    assert [tries.take("a") for _ in range(6)] == [0.0] * 6
    assert tries.take("a") == pytest.approx(10.0)
    assert tries.take("b") == 0.0
    hand.seconds += 9.0
    assert tries.take("a") == pytest.approx(1.0)
    hand.seconds += 1.0
    assert tries.take("a") == 0.0
    assert tries.take("a") > 0.0


def test_what_was_no_try_is_given_back() -> None:
    tries = Tries(2, now=Hand().now)
    for _ in range(100):
        assert tries.take("a") == 0.0
        tries.give_back("a")


def test_who_is_remembered_is_bounded_and_who_tried_most_stays() -> None:
    tries = Tries(10, now=Hand().now)
    for _ in range(10):
        tries.take("guesser")
    for number in range(60_000):
        tries.take(f"client-{number}")
    assert len(tries._spent) <= 50_000
    assert tries.take("guesser") > 0.0

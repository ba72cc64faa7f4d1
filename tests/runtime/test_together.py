"""What comes at one moment is done at once, and nobody waits for company."""

import threading
from collections.abc import Sequence

import pytest
from support.patience import at_once, wait_until
from tidegate.runtime.together import Together


class Doubling:
    """Doubles numbers, and stands still in its first batch until it is let go on."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.began.set()
        assert self.go_on.wait(60)
        if -1 in numbers:
            raise ValueError("-1")
        if -2 in numbers:
            raise ConnectionError("-2")
        return [2 * number for number in numbers]


def asked(doubling: Doubling, numbers: Sequence[int], *, most: int) -> list[int | str]:
    """The answers to a first number, and to others that come while it is being done."""
    together = Together(doubling, most=most, passing=lambda error: isinstance(error, ConnectionError))
    answers: dict[int, int | str] = {}

    def ask(number: int) -> None:
        try:
            answers[number] = together.ask(number)
        except (ValueError, ConnectionError) as error:
            answers[number] = str(error)

    def let_go_on() -> None:
        wait_until(lambda: len(together._waiting) == len(numbers) - 1)
        doubling.go_on.set()

    def first() -> None:
        ask(numbers[0])

    def another(number: int) -> None:
        assert doubling.began.wait(60)
        ask(number)

    at_once(first, let_go_on, *(lambda number=number: another(number) for number in numbers[1:]))
    return [answers[number] for number in numbers]


def test_what_comes_meanwhile_is_done_in_batches() -> None:
    doubling = Doubling()
    assert asked(doubling, [5, 1, 2, 3, 4], most=3) == [10, 2, 4, 6, 8]
    assert doubling.batches[0] == [5]
    assert [len(batch) for batch in doubling.batches[1:]] == [3, 1]
    assert sorted(number for batch in doubling.batches[1:] for number in batch) == [1, 2, 3, 4]


def test_what_fails_fails_alone() -> None:
    doubling = Doubling()
    assert asked(doubling, [5, 1, -1, 3], most=10) == [10, 2, "-1", 6]
    assert doubling.batches[0] == [5]
    assert sorted(map(len, doubling.batches[1:])) == [1, 1, 1, 3]


def test_what_is_nobodys_fault_is_told_to_all_at_once() -> None:
    doubling = Doubling()
    assert asked(doubling, [5, 1, -2, 3], most=10) == [10, "-2", "-2", "-2"]
    assert len(doubling.batches) == 2


def test_an_error_is_told_to_who_asked() -> None:
    doubling = Doubling()
    doubling.go_on.set()
    together = Together(doubling, most=10)
    with pytest.raises(ValueError, match="-1"):
        together.ask(-1)
    assert together.ask(4) == 8

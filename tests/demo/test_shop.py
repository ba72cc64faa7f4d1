"""The synthetic shop follows from its seed."""

from datetime import UTC, datetime

from tidegate.demo.shop import open_shop


def test_a_seed_makes_one_shop() -> None:
    opening = datetime(2026, 10, 9, 16, tzinfo=UTC)
    first, second = (open_shop(200, seed=3, opening=opening) for _ in range(2))
    assert list(first.facts()) == list(second.facts())
    assert first.people != open_shop(200, seed=4, opening=opening).people
    assert all(fact.time < opening for fact in first.facts())

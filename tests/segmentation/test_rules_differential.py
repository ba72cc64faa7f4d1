"""Rules compiled and run by DuckDB give what an oracle in plain Python gives, for every customer and at every instant;
and time turns no rule before the flips that are computed of it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.budget import budget
from support.rule_strategies import Rules, instants
from support.rule_town import Town, town
from tidegate.runtime.clock import micros
from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.rules.check import check_rule

PEOPLE = 60
TRIED = settings(max_examples=budget(40, 1_500), suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", params=range(budget(4, 16)))
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), request.param, PEOPLE) as made:
        yield made


def test_a_rule_means_what_the_contract_says(told: Town) -> None:
    moments = st.lists(instants(told.chance.base), min_size=2, max_size=3, unique=True)

    @TRIED
    @given(rule=Rules(told.chance.base).trees(), moments=moments)
    def agree(rule: Rule, moments: list[datetime]) -> None:
        assume(not check_rule(rule, told.known))
        check(told, rule, sorted(map(micros, moments)))

    agree()


def check(told: Town, rule: Rule, times: list[int]) -> None:
    """The rule has one answer by both at each of the times, and by the slice of half of the customers at the last."""
    answers = {now: told.oracle(now).members(rule) for now in times}
    for now, expected in answers.items():
        found = told.matched(rule, now)
        assert found == expected, differing(told, rule, now, found ^ expected)
    half = sorted(told.world.people)[::2]
    assert told.matched_of(rule, times[-1], half) == answers[times[-1]] & set(half)
    for low, high in pairwise(times):
        check_flips(told, rule, low, high, turned=answers[low] ^ answers[high])


def check_flips(told: Town, rule: Rule, low: int, high: int, *, turned: set[int]) -> None:
    """Whoever turns between two instants is asked again, and nobody turns before the next flip."""
    assert turned <= told.flipped(rule, low, high)
    flip = told.next_flip(rule, low)
    before = high if flip is None else min(flip - 1, high)
    assert told.oracle(before).members(rule) == told.oracle(low).members(rule), (low, flip)


def differing(told: Town, rule: Rule, now: int, customer_ids: set[int]) -> str:
    """What there is to know of the first customer about whom there are two answers."""
    customer_id = min(customer_ids)
    lines = [f"{rule}", f"at {now} of {customer_id}: {told.oracle(now).holds(rule, customer_id)} by the oracle"]
    lines += [str(told.world.people[customer_id]), *map(str, told.world.history(customer_id))]
    return "\n".join(lines)

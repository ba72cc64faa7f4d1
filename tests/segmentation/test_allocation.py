"""Buckets are even, independent, and for ever; arms keep what they have."""

from collections import Counter

import pytest
from tidegate.segmentation.model.experiment import Arm, ArmRole, BucketRange, Experiment
from tidegate.segmentation.rules.allocation import (
    arm_of,
    bucket_of,
    check_experiment,
    check_growth,
    with_ranges,
)


def arm(arm_id: str, share: int = 0, *ranges: tuple[int, int], role: ArmRole = ArmRole.TREATMENT) -> Arm:
    return Arm(arm_id, "", role, share, tuple(BucketRange(*each) for each in ranges))


def experiment(*arms: Arm) -> Experiment:
    return Experiment(experiment_id="trial", arms=arms)


def test_a_bucket_stays_for_ever() -> None:
    """These are what the first release gave: a change here moves every customer of every experiment."""
    assert [bucket_of("salt", "trial", customer) for customer in (1, 2, 3, 2**40)] == [4880, 1175, 8825, 120]


def test_buckets_are_even_and_salts_are_independent() -> None:
    from scipy import stats  # which takes seconds, in every worker

    first = [bucket_of("one", "trial", customer) for customer in range(100_000)]
    assert stats.chisquare(list(Counter(each // 100 for each in first).values())).pvalue > 0.001
    second = [bucket_of("two", "trial", customer) for customer in range(100_000)]
    table = Counter((a // 1_000, b // 1_000) for a, b in zip(first, second, strict=True))
    assert stats.chisquare(list(table.values())).pvalue > 0.001


def test_shares_become_consecutive_ranges() -> None:
    arms = with_ranges([arm("a", 9_000), arm("b", 500)])
    assert [each.ranges for each in arms] == [(BucketRange(0, 9_000),), (BucketRange(9_000, 9_500),)]
    chosen = [arm_of(arms, bucket) for bucket in (0, 8_999, 9_000, 9_499, 9_500)]
    assert [each and each.arm_id for each in chosen] == ["a", "a", "b", "b", None]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (experiment(), "must be 1 to 50"),
        (experiment(arm("A", 1)), "lower-case letter"),
        (experiment(arm("a", 1), arm("a", 1)), "there already"),
        (experiment(arm("a", 9_000), arm("b", 2_000)), "at most 10000"),
        (experiment(arm("a", 0, (0, 10)), arm("b", 0, (9, 20))), "overlap at 9"),
        (experiment(arm("a", 0, (10, 10))), "start before end"),
        (experiment(arm("a", 5, (0, 10))), "must be left out"),
        (
            experiment(arm("a", 1, role=ArmRole.CONTROL), arm("b", 1, role=ArmRole.CONTROL)),
            "at most one arm is the control",
        ),
    ],
)
def test_what_is_wrong_with_an_experiment_is_said(wrong: Experiment, said: str) -> None:
    assert any(said in each.description for each in check_experiment(wrong))


def test_an_arm_grows_and_never_shrinks() -> None:
    before = experiment(arm("a", 0, (0, 1_000)), arm("b", 0, (1_000, 2_000)))
    grown = experiment(
        arm("a", 0, (0, 1_000), (5_000, 6_000)), arm("b", 0, (1_000, 2_000)), arm("c", 0, (7_000, 8_000))
    )
    assert check_growth(before, grown) == []
    assert check_growth(before, experiment(arm("a", 0, (0, 1_000))))
    assert check_growth(before, experiment(arm("a", 0, (0, 900)), arm("b", 0, (1_000, 2_000))))

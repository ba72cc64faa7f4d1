"""Estimates and intervals against statsmodels and scipy.

To import these takes seconds, in every process that collects tests: so only a test that runs does.
"""

import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate.segmentation.rules import statistics
from tidegate.segmentation.rules.distributions import chi_squared_tail, normal_quantile, student_quantile
from tidegate.segmentation.rules.statistics import Mean, Rate


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    size = draw(st.integers(1, 5_000))
    return Rate(draw(st.integers(0, size)), size)


levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(arm=rates(), control=rates(), level=levels)
def test_newcombe_is_that_of_statsmodels(arm: Rate, control: Rate, level: float) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = statistics.difference_of_rates(arm, control, level=level)
    expected = confint_proportions_2indep(
        arm.successes, arm.size, control.successes, control.size,
        method="newcomb", compare="diff", alpha=1 - level, correction=False,
    )  # fmt: skip
    assert (found.lower, found.upper) == pytest.approx(expected, abs=1e-6)


@given(
    arm=st.tuples(st.integers(1, 300), st.integers(301, 3_000)),
    control=st.tuples(st.integers(1, 300), st.integers(301, 3_000)),
    level=levels,
)
def test_koopman_is_the_score_interval_of_statsmodels(
    arm: tuple[int, int], control: tuple[int, int], level: float
) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = statistics.ratio_of_rates(Rate(*arm), Rate(*control), level=level)
    with warnings.catch_warnings(action="ignore"):
        expected = confint_proportions_2indep(
            *arm, *control, method="score", compare="ratio", alpha=1 - level, correction=False
        )
    assert (found.lower, found.upper) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("arm", "control", "value", "lower", "upper"),
    [
        (Rate(0, 40), Rate(5, 50), 0.0, 0.0, 0.909682),
        (Rate(5, 40), Rate(0, 50), None, 1.699991, math.inf),
        (Rate(0, 40), Rate(0, 50), None, None, None),
        (Rate(0, 0), Rate(5, 50), None, None, None),
        (Rate(40, 40), Rate(50, 50), 1.0, 0.912378, 1.076829),
    ],
)
def test_ratio_at_its_edges(
    arm: Rate, control: Rate, value: float | None, lower: float | None, upper: float | None
) -> None:
    found = statistics.ratio_of_rates(arm, control, level=0.95)
    assert found.value == value
    assert found.lower == pytest.approx(lower, abs=1e-6)
    assert found.upper == pytest.approx(upper, abs=1e-6)


def test_welch_is_that_of_scipy() -> None:
    from scipy import stats

    ones, others = [1.0, 4.0, 2.5, 8.0, 3.0, 3.5], [0.0, 1.0, 0.5, 2.0]
    means = [Mean(math.fsum(s) / len(s), stats.tvar(s), len(s)) for s in (ones, others)]
    found = statistics.difference_of_means(*means, level=0.95)
    expected = stats.ttest_ind(ones, others, equal_var=False).confidence_interval(0.95)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_welch_without_spread_or_without_two_heads() -> None:
    same = statistics.difference_of_means(Mean(2, 0, 5), Mean(1, 0, 5), level=0.95)
    assert (same.value, same.lower, same.upper) == (1, 1, 1)
    assert statistics.difference_of_means(Mean(2, 0, 1), Mean(1, 0, 5), level=0.95).value is None


@given(st.floats(0.5, 0.999), st.floats(1, 1e5))
def test_quantiles_are_those_of_scipy(level: float, freedom: float) -> None:
    from scipy import stats

    assert student_quantile(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-8)
    assert normal_quantile(level) == pytest.approx(stats.norm.ppf((1 + level) / 2), rel=1e-9)


@given(st.floats(0, 200), st.integers(1, 40))
def test_the_tail_of_chi_squared_is_that_of_scipy(statistic: float, freedom: int) -> None:
    from scipy import stats

    assert chi_squared_tail(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-9)


def test_sample_ratio_warns_of_a_split_that_is_off() -> None:
    _, fair = statistics.sample_ratio([9_010, 990], [9_000, 1_000])
    _, off = statistics.sample_ratio([9_200, 800], [9_000, 1_000])
    assert fair > statistics.SAMPLE_RATIO_ALARM > off


def test_the_smallest_detectable_difference_shrinks_with_the_root_of_the_size() -> None:
    small = statistics.smallest_detectable_difference(1_000, Rate(100, 1_000), level=0.95)
    large = statistics.smallest_detectable_difference(4_000, Rate(400, 4_000), level=0.95)
    assert small == pytest.approx(2 * large)
    assert small == pytest.approx(2.8016 * math.sqrt(0.09 * 2 / 1_000), rel=1e-4)
    assert statistics.smallest_detectable_difference(0, Rate(1, 10), level=0.95) == math.inf


@pytest.mark.parametrize(
    ("arm", "control", "enough"),
    [
        (Rate(10, 100), Rate(5, 100), True),
        (Rate(10, 29), Rate(5, 100), False),
        (Rate(2, 100), Rate(2, 100), False),
        (Rate(99, 100), Rate(98, 100), False),
    ],
)
def test_not_enough_data_is_said(arm: Rate, control: Rate, enough: bool) -> None:
    assert statistics.enough(arm, control) is enough

"""Pure: what two groups tell of each other. Counts in, estimates with intervals out; no other library.

Sources: Newcombe 1998 (Statistics in Medicine 17:873-890, method 10) for the difference of rates; Koopman
1984 (Biometrics 40:513-517) for their ratio; Welch 1947 for means; Wilson 1927 for one rate.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from tidegate.segmentation.rules.distributions import chi_squared_tail, normal_quantile, student_quantile

SAMPLE_RATIO_ALARM = 0.001
CONTAMINATION_ALARM = 0.01
POWER = 0.8
LEAST_GROUP = 30
LEAST_CELL = 5

_STEPS = 200


@dataclass(frozen=True, slots=True)
class Rate:
    """So many successes among so many customers."""

    successes: int
    size: int

    @property
    def value(self) -> float:
        """The rate; 0 for an empty group."""
        return self.successes / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean per head with the sample variance (denominator n - 1) over so many customers."""

    value: float
    variance: float
    size: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point estimate and its interval; None where it is undefined."""

    value: float | None
    lower: float | None
    upper: float | None
    method: str


def wilson(rate: Rate, *, level: float) -> tuple[float, float]:
    """Wilson's score interval of one rate."""
    z = normal_quantile(level)
    n, p = rate.size, rate.value
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def difference_of_rates(arm: Rate, control: Rate, *, level: float) -> Estimate:
    """arm - control with Newcombe's hybrid score interval, without continuity correction."""
    method = "newcombe-hybrid-score"
    if not arm.size or not control.size:
        return Estimate(None, None, None, method)
    difference = arm.value - control.value
    low1, high1 = wilson(arm, level=level)
    low0, high0 = wilson(control, level=level)
    below = math.hypot(arm.value - low1, high0 - control.value)
    above = math.hypot(high1 - arm.value, control.value - low0)
    return Estimate(difference, difference - below, difference + above, method)


def ratio_of_rates(arm: Rate, control: Rate, *, level: float) -> Estimate:
    """arm / control with Koopman's score interval; undefined without successes, unbounded if control has none."""
    method = "koopman"
    if not arm.size or not control.size or not arm.successes + control.successes:
        return Estimate(None, None, None, method)
    critical = normal_quantile(level) ** 2

    def excess(ratio: float) -> float:
        return _koopman(arm, control, ratio) - critical

    estimate = arm.value / control.value if control.successes else None
    lower = _falling_root(excess, estimate) if arm.successes else 0.0
    upper = _rising_root(excess, estimate) if control.successes else math.inf
    return Estimate(estimate, lower, upper, method)


def difference_of_means(arm: Mean, control: Mean, *, level: float) -> Estimate:
    """arm - control with Welch's interval; undefined for groups of fewer than two."""
    method = "welch"
    if arm.size < 2 or control.size < 2:
        return Estimate(None, None, None, method)
    difference = arm.value - control.value
    parts = [group.variance / group.size for group in (arm, control)]
    error = math.sqrt(sum(parts))
    if not error:
        return Estimate(difference, difference, difference, method)
    freedom = sum(parts) ** 2 / sum(
        part**2 / (group.size - 1) for part, group in zip(parts, (arm, control), strict=True)
    )
    half = student_quantile(level, freedom) * error
    return Estimate(difference, difference - half, difference + half, method)


def smallest_detectable_difference(arm_size: int, control: Rate, *, level: float) -> float:
    """The least difference of rates found with a power of 80 %, both groups varying like the control.

    Infinite while a group is empty. A control without any success or failure is taken to have half of one.
    """
    if not arm_size or not control.size:
        return math.inf
    p = min(max(control.value, 0.5 / control.size), 1 - 0.5 / control.size)
    spread = math.sqrt(p * (1 - p) * (1 / arm_size + 1 / control.size))
    return (normal_quantile(level) + NormalDist().inv_cdf(POWER)) * spread


def enough(arm: Rate, control: Rate) -> bool:
    """Whether the groups are large enough to say something."""
    successes = arm.successes + control.successes
    failures = arm.size + control.size - successes
    return min(arm.size, control.size) >= LEAST_GROUP and min(successes, failures) >= LEAST_CELL


def sample_ratio(sizes: Sequence[int], shares: Sequence[int]) -> tuple[float, float]:
    """Pearson's statistic of the sizes of groups against their shares, and its p value.

    All shares are greater than 0 and there are at least two.
    """
    total, whole = sum(sizes), sum(shares)
    if not total:
        return 0.0, 1.0
    expected = [total * share / whole for share in shares]
    statistic = sum((size - wanted) ** 2 / wanted for size, wanted in zip(sizes, expected, strict=True))
    return statistic, chi_squared_tail(statistic, len(sizes) - 1)


def _koopman(arm: Rate, control: Rate, ratio: float) -> float:
    """The score statistic for the hypothesis that the rates' ratio is ``ratio``."""
    n1, n0, x1, x0 = arm.size, control.size, arm.successes, control.successes
    a = (n1 + n0) * ratio
    b = n1 * ratio + x1 + n0 + x0 * ratio
    under = max(b * b - 4 * a * (x1 + x0), 0.0)
    p0 = 2 * (x1 + x0) / (b + math.sqrt(under))  # the stable form of the smaller root
    p1 = min(ratio * p0, 1.0)
    variance = p1 * (1 - p1) / n1 + ratio * ratio * p0 * (1 - p0) / n0
    distance = arm.value - ratio * control.value
    if variance <= 0:
        return 0.0 if not distance else math.inf
    return distance * distance / variance


def _falling_root(excess: Callable[[float], float], estimate: float | None) -> float:
    """The lower end: between 0 and the estimate (or a value beyond which there is no excess)."""
    high = estimate if estimate is not None else 1.0
    while excess(high) > 0:
        high *= 2
    low = high
    while excess(low) < 0:
        low /= 2
    return _bisect(excess, low, high)


def _rising_root(excess: Callable[[float], float], estimate: float | None) -> float:
    """The upper end: above the estimate."""
    low = high = estimate or 1e-12
    while excess(high) < 0:
        high *= 2
    return _bisect(excess, high, low)


def _bisect(excess: Callable[[float], float], positive: float, negative: float) -> float:
    """Where ``excess`` changes its sign, between a point where it is positive and one where it is not."""
    for _ in range(_STEPS):
        middle = (positive + negative) / 2
        if excess(middle) > 0:
            positive = middle
        else:
            negative = middle
    return (positive + negative) / 2

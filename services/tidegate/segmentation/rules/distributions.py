"""Pure: tails and quantiles of the distributions that reports need, to about twelve digits.

The continued fractions are those of Lentz' method (Press et al., Numerical Recipes, 6.2 and 6.4).
"""

import math
from statistics import NormalDist

_TINY = 1e-300
_PRECISION = 1e-15
_STEPS = 10_000


def normal_quantile(level: float) -> float:
    """The z of a two-sided interval with confidence ``level``: 1.959964 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def student_quantile(level: float, freedom: float) -> float:
    """The t of a two-sided interval with confidence ``level`` and so many degrees of freedom."""
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > (1 - level) / 2:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if student_tail(middle, freedom) > (1 - level) / 2:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def student_tail(t: float, freedom: float) -> float:
    """P(T > t) for t >= 0 and so many degrees of freedom."""
    return _beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2


def chi_squared_tail(statistic: float, freedom: int) -> float:
    """P(X > statistic) for so many degrees of freedom."""
    half = statistic / 2
    return _upper_gamma(freedom / 2, half) if half > 0 else 1.0


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            step = c * d
            fraction *= step
        if abs(step - 1) < _PRECISION:
            break
    return fraction


def _upper_gamma(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function."""
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        return 1 - front * _gamma_series(a, x)
    return front * _gamma_fraction(a, x)


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    for n in range(1, _STEPS):
        term *= x / (a + n)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for n in range(1, _STEPS):
        term = -n * (n - a)
        b += 2
        d = 1 / _away_from_zero(term * d + b)
        c = _away_from_zero(b + term / c)
        fraction *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return fraction


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

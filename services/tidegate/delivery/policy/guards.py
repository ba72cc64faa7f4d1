"""Pure: whether a rate is surely above its threshold."""

from math import sqrt

_Z = 1.959963984540054
"""Of the standard normal distribution 95 % lie within so many deviations."""


def lower_bound(hits: int, total: int) -> float:
    """The lower end of the 95 % Wilson interval of a rate of ``hits`` in ``total``; 0 without any."""
    if not total or not hits:
        return 0.0
    rate, square = hits / total, _Z * _Z
    middle = rate + square / (2 * total)
    half = _Z * sqrt((rate * (1 - rate) + square / (4 * total)) / total)
    return max((middle - half) / (1 + square / total), 0.0)


def is_passed(hits: int, total: int, *, threshold: float, least: int) -> bool:
    """Whether of ``least`` or more the rate is above ``threshold``, by the lower end of its interval."""
    return total >= least and lower_bound(hits, total) > threshold

"""Times from one event to another: what is asked and what is answered. Lengths of time are microseconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.segmentation.model.rule import Between, Selection


@dataclass(frozen=True, slots=True)
class DurationQuery:
    """From the earliest of the first events, where it lies in the span, to the earliest second one behind it."""

    first: Selection
    second: Selection
    span: Between
    bar_width: int


@dataclass(frozen=True, slots=True)
class DurationReport:
    """``quantiles`` by probability; ``bars`` are customers per bar, the first from 0 on, the last one open."""

    started: int
    finished: int
    quantiles: Sequence[tuple[float, int]]
    bars: Sequence[int]

"""Aggregates of events over time: what is asked and what is answered. Instants are microseconds."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tidegate.segmentation.model.rule import Aggregate, Between, Selection


class TimeStep(enum.Enum):
    """The steps of a series, by the clock of the company's zone."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """An aggregate per step; ``property`` '' for a count, ``group_by`` '' for a series that is not split."""

    events: Selection
    aggregate: Aggregate
    property: str
    span: Between
    step: TimeStep
    group_by: str


class Point(NamedTuple):
    """The value of one step, and of how many customers it is."""

    start: int
    value: float
    customers: int


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one group, by time."""

    group: str
    points: Sequence[Point]

"""Which touches brought what: what is asked and what is answered. Lengths of time are microseconds."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.segmentation.model.report import Outcome
from tidegate.segmentation.model.rule import Between, Selection


class AttributionModel(enum.Enum):
    """How a success is divided among the touches before it."""

    LAST_TOUCH = "last touch"
    FIRST_TOUCH = "first touch"
    POSITION_BASED = "position based"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionQuery:
    """``costs`` are per touch, by the value of the first of the properties that group the answer."""

    outcome: Outcome
    touches: Selection
    window: int
    model: AttributionModel | None
    properties: tuple[str, ...]
    costs: Mapping[str, float]
    span: Between

    @property
    def reach(self) -> int:
        """How long before a success a touch may lie; the outcome's horizon is counted from the touch."""
        return self.window if self.outcome.horizon is None else min(self.window, self.outcome.horizon)


@dataclass(frozen=True, slots=True)
class AttributedGroup:
    """What the touches with these values brought; without a cost there is no return on it."""

    values: tuple[str, ...]
    touches: int
    conversions: float
    revenue: float
    cost: float

    @property
    def return_on_cost(self) -> float | None:
        """(revenue - cost) / cost."""
        return (self.revenue - self.cost) / self.cost if self.cost else None


@dataclass(frozen=True, slots=True)
class AttributionReport:
    """The groups, greatest revenue first, and the successes that no touch precedes."""

    groups: Sequence[AttributedGroup]
    unattributed_conversions: float
    unattributed_revenue: float

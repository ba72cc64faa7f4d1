"""Which share of each tier was touched: what is asked and what is answered."""

from dataclasses import dataclass
from typing import NamedTuple

from tidegate.segmentation.model.rule import Between, Selection


@dataclass(frozen=True, slots=True)
class CoverageQuery:
    """Touches in a span, by the tiers of a score model; ``group_by`` '': not split."""

    model_id: str
    touches: Selection
    span: Between
    group_by: str


class TierCoverage(NamedTuple):
    """One tier, and one value of the property by which the answer is split."""

    tier: str
    group: str
    customers: int
    touched_customers: int
    touches: int

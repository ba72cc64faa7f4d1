"""Score models, their runs, and what they give."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tidegate.segmentation.model.rule import EventRule
from tidegate.segmentation.model.segment import Announcement
from tidegate.segmentation.model.subject import NOBODY, Subject


class Direction(enum.Enum):
    """Which values are better."""

    HIGHER_IS_BETTER = "higher"
    LOWER_IS_BETTER = "lower"


class TieBreak(enum.Enum):
    """How customers with equal values are ordered before they are cut into equal groups."""

    CUSTOMER_ID = "customer_id"
    LATEST_EVENT = "latest_event"
    HASH = "hash"


class RunState(enum.StrEnum):
    """How far a run is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class QuantileEdges:
    """So many classes by quantiles of the values."""

    classes: int


@dataclass(frozen=True, slots=True)
class Ntile:
    """So many classes of equal size."""

    classes: int
    tie_break: TieBreak


@dataclass(frozen=True, slots=True)
class FixedCuts:
    """Classes at given values."""

    cuts: tuple[float, ...]

    @property
    def classes(self) -> int:
        """How many classes."""
        return len(self.cuts) + 1


Classes: TypeAlias = QuantileEdges | Ntile | FixedCuts


@dataclass(frozen=True, slots=True)
class Component:
    """What is measured of every customer, and how measures become classes.

    ``measured`` is the aggregate over events; ``in_days`` turns its instant into whole days before the run.
    """

    component_id: str
    measured: EventRule
    in_days: bool
    direction: Direction
    classes: Classes | None
    weight: float


@dataclass(frozen=True, slots=True)
class Tier:
    """Scores from ``minimum_score`` on, up to the next higher tier; who has it keeps it from ``stay_score`` on."""

    tier: str
    display_name: str
    minimum_score: float
    stay_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreModel:
    """A score model. ``body`` is all of it as the contract serialises it."""

    model_id: str
    components: tuple[Component, ...]
    tiers: tuple[Tier, ...]
    segment_id: str
    subject: Subject = Subject.CUSTOMERS
    body: bytes
    version: int = 1
    latest_run_id: str = ""
    etag: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ComponentCuts:
    """The cuts that a run used for a component, and how many customers fell into each class."""

    component_id: str
    cuts: tuple[float, ...]
    class_sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TierCount:
    """The size of a tier."""

    tier: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRun:
    """One run of a model; ``body`` is the model as it was then."""

    run_id: str
    model_id: str
    version: int
    body: bytes
    as_of: datetime
    announcement: Announcement
    started_at: datetime
    state: RunState = RunState.RUNNING
    announced_through: int = NOBODY
    customers: int = 0
    cuts: Sequence[ComponentCuts] = ()
    tier_counts: Sequence[TierCount] = ()
    error: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TierChange:
    """A customer's tier changed; '' is none. Of an entity its number stands for the customer."""

    customer_id: int
    tier: str
    previous_tier: str
    score: float
    entity_id: str = ""


@dataclass(frozen=True, slots=True)
class ComponentScore:
    """One component of a customer's score."""

    component_id: str
    value: float
    class_number: int


@dataclass(frozen=True, slots=True)
class CustomerScore:
    """A customer's score."""

    customer_id: int
    score: float
    tier: str
    components: tuple[ComponentScore, ...]

"""What reports are asked and what they answer."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tidegate.segmentation.model.experiment import ArmRole
from tidegate.segmentation.model.rule import Between, Selection
from tidegate.segmentation.rules.statistics import Estimate


@dataclass(frozen=True, slots=True)
class Outcome:
    """Events that count as success; ``horizon`` in microseconds after the assignment, None: without end."""

    outcome_id: str
    events: Selection
    revenue_property: str
    horizon: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpliftQuery:
    """What arms brought against a control. Epoch 0 is the newest; control '' the arm that has the role."""

    experiment_id: str
    epoch: int
    control_arm_id: str
    outcomes: tuple[Outcome, ...]
    assigned: Between
    as_of: datetime | None
    level: float
    position: int


@dataclass(frozen=True, slots=True)
class OutcomeSummary:
    """One outcome in one arm."""

    outcome_id: str
    conversions: int
    revenue: float
    variance: float


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One arm."""

    arm_id: str
    role: ArmRole
    customers: int
    outcomes: tuple[OutcomeSummary, ...]


@dataclass(frozen=True, slots=True)
class Uplift:
    """What one arm brought against the control for one outcome; no revenue without a property for it."""

    arm_id: str
    outcome_id: str
    difference: Estimate
    ratio: Estimate
    revenue_per_head: Estimate | None
    smallest_detectable: float
    enough: bool


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """The arms' sizes against their shares."""

    chi_squared: float
    p_value: float


class WarningReason(enum.StrEnum):
    """What the reader of a report should know first."""

    SAMPLE_RATIO_MISMATCH = "SAMPLE_RATIO_MISMATCH"
    CONTAMINATED = "CONTAMINATED"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"
    NO_PROOF_OF_CAUSE = "NO_PROOF_OF_CAUSE"
    OVERLAPPING_COHORTS = "OVERLAPPING_COHORTS"


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """A warning, with words for people."""

    reason: WarningReason
    message: str


@dataclass(frozen=True, slots=True)
class UpliftReport:
    """The whole report; ``sample_ratio`` is None when it was not checked."""

    arms: Sequence[ArmSummary]
    uplifts: Sequence[Uplift]
    sample_ratio: SampleRatio | None
    contaminated: int
    warnings: Sequence[ReportWarning]
    position: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a funnel."""

    step_id: str
    events: Selection


@dataclass(frozen=True, slots=True)
class FunnelQuery:
    """How many go how far; ``within`` in microseconds after the first step, None: any time in the span."""

    steps: tuple[Step, ...]
    span: Between
    within: int | None
    segment_id: str
    group_by: str


@dataclass(frozen=True, slots=True)
class StepCount:
    """One step's counts in one group."""

    step_id: str
    persons: int
    messages: int
    events: int


@dataclass(frozen=True, slots=True)
class FunnelGroup:
    """The funnel of one group."""

    group: str
    steps: tuple[StepCount, ...]


@dataclass(frozen=True, slots=True)
class FunnelReport:
    """The whole funnel."""

    groups: Sequence[FunnelGroup]
    position: int

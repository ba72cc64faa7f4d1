"""Experiments: arms, their buckets, and who is in which."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

BUCKETS = 10_000


class ArmRole(enum.StrEnum):
    """What an arm is for."""

    TREATMENT = "treatment"
    CONTROL = "control"


class ExperimentState(enum.StrEnum):
    """What an experiment is doing."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"


class AssignmentSource(enum.StrEnum):
    """Where an assignment comes from."""

    DRAWN = "drawn"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class BucketRange:
    """Buckets from ``start`` to ``end``, which is not included."""

    start: int
    end: int

    def __contains__(self, bucket: int) -> bool:
        return self.start <= bucket < self.end

    @property
    def size(self) -> int:
        """How many buckets."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm with its buckets. ``share`` is only what was asked for at creation in place of ranges."""

    arm_id: str
    display_name: str
    role: ArmRole
    share: int
    ranges: tuple[BucketRange, ...]

    @property
    def size(self) -> int:
        """How many of the buckets the arm has."""
        return sum(each.size for each in self.ranges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment in its newest epoch. ``assigned`` counts the assignments ever made in it."""

    experiment_id: str
    display_name: str = ""
    description: str = ""
    arms: tuple[Arm, ...] = ()
    state: ExperimentState = ExperimentState.DRAFT
    epoch: int = 1
    salt: str = ""
    assigned: int = 0
    etag: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def control(self) -> Arm | None:
        """The arm that gets nothing."""
        return next((arm for arm in self.arms if arm.role is ArmRole.CONTROL), None)

    def arm(self, arm_id: str) -> Arm | None:
        """The arm with this id."""
        return next((arm for arm in self.arms if arm.arm_id == arm_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A customer's arm; '' for a bucket outside all ranges, which is not stored. Bucket -1: imported."""

    experiment_id: str
    epoch: int
    customer_id: int
    arm_id: str
    role: ArmRole
    bucket: int
    source: AssignmentSource
    assigned_at: datetime
    contaminated: bool = False


class Assigned(NamedTuple):
    """An assignment as it is copied: which one it is, in which epoch, whose, to which arm, when in microseconds."""

    serial: int
    epoch: int
    customer_id: int
    arm_id: str
    time: int


@dataclass(frozen=True, slots=True)
class ArmCount:
    """Assignments to one arm."""

    arm_id: str
    customers: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """A time in which assignments were made with one salt."""

    epoch: int
    salt: str
    started_at: datetime
    counts: Sequence[ArmCount]


@dataclass(frozen=True, slots=True)
class Given:
    """An assignment that was made elsewhere; None: made now."""

    customer_id: int
    arm_id: str
    assigned_at: datetime | None

"""Stage models, their runs, and the stages that customers had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.model.scoring import RunState
from tidegate.segmentation.model.segment import Announcement
from tidegate.segmentation.model.subject import NOBODY, Subject


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; without a rule it has everybody whom no earlier one has."""

    stage: str
    display_name: str
    rule: Rule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageModel:
    """A stage model. ``body`` is all of it as the contract serialises it."""

    model_id: str
    display_name: str
    stages: tuple[Stage, ...]
    subject: Subject = Subject.CUSTOMERS
    body: bytes
    version: int = 1
    latest_run_id: str = ""
    etag: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StageCount:
    """The size of a stage; '' is none."""

    stage: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """One run of a model; ``body`` is the model as it was then."""

    run_id: str
    model_id: str
    version: int
    body: bytes
    as_of: datetime
    announcement: Announcement
    started_at: datetime
    state: RunState = RunState.RUNNING
    recorded_through: int = NOBODY
    stage_counts: Sequence[StageCount] = ()
    error: str = ""
    ended_at: datetime | None = None


class StageChange(NamedTuple):
    """A customer came into another stage by a run; '' is none, which those have before who are new to the model.

    Of an entity its number stands for the customer, and ``entity_id`` is its id.
    """

    customer_id: int
    stage: str
    previous_stage: str
    entity_id: str = ""


class StageRecord(NamedTuple):
    """One entry of the history: a customer came into a stage by a run, at its instant in microseconds."""

    customer_id: int
    run_id: str
    stage: str
    entered_at: int


class StageFlow(NamedTuple):
    """How many were in one stage at first and in the other one later; '' is none."""

    from_stage: str
    to_stage: str
    customers: int

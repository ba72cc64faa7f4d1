"""Cohorts side by side: what is asked and what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.segmentation.model.report import Outcome, OutcomeSummary, ReportWarning
from tidegate.segmentation.model.rule import Between, Rule


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers for whom a rule is true."""

    cohort_id: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class CohortQuery:
    """Which cohorts, and what of the events in a span counts."""

    cohorts: tuple[Cohort, ...]
    outcomes: tuple[Outcome, ...]
    span: Between


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """One cohort."""

    cohort_id: str
    customers: int
    outcomes: tuple[OutcomeSummary, ...]


@dataclass(frozen=True, slots=True)
class CohortReport:
    """The cohorts, how many customers are in several of them, and what the reader should know first."""

    cohorts: Sequence[CohortSummary]
    overlapping: int
    warnings: Sequence[ReportWarning]

"""Pure: cohorts side by side as ibis expressions, and what the reader should know first."""

from collections.abc import Sequence

import ibis

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.cohorts import CohortQuery, CohortSummary
from tidegate.segmentation.model.report import Outcome, ReportWarning, WarningReason
from tidegate.segmentation.model.rule import Between
from tidegate.segmentation.rules.check import Known
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.reporting import MAX_OUTCOMES, summed
from tidegate.segmentation.rules.slicing import check_ids, check_outcome, check_span, inside, revenue_of
from tidegate.segmentation.rules.statistics import LEAST_GROUP
from tidegate.segmentation.rules.tables import Table

LEAST_COHORTS, MOST_COHORTS = 2, 10


def check_cohorts(query: CohortQuery, known: Known) -> list[Violation]:
    """Everything that is wrong with a request for a comparison, apart from the cohorts' rules."""
    found = []
    if not LEAST_COHORTS <= len(query.cohorts) <= MOST_COHORTS:
        found.append(Violation("cohorts", f"must be {LEAST_COHORTS} to {MOST_COHORTS}"))
    if not 1 <= len(query.outcomes) <= MAX_OUTCOMES:
        found.append(Violation("outcomes", f"must be 1 to {MAX_OUTCOMES}"))
    found += check_ids([each.cohort_id for each in query.cohorts], path="cohorts", field="cohort_id")
    for at, outcome in enumerate(query.outcomes):
        found += check_outcome(outcome, known, path=f"outcomes[{at}]")
        if outcome.horizon is not None:
            said = "a cohort has no instant to count from; leave it out, and say by span which events count"
            found.append(Violation(f"outcomes[{at}].horizon", said))
    return found + check_span(query.span)


def cohort_members(query: CohortQuery, compiler: RuleCompiler) -> Table:
    """One row per cohort and customer in it."""
    return ibis.union(
        *(compiler.matched(each.rule).mutate(cohort=ibis.literal(each.cohort_id)) for each in query.cohorts)
    )


def cohorts_table() -> Table:
    """The temporary table `cohorts` that cohort_members() is put into."""
    return ibis.table({"customer_id": "int64", "cohort": "string"}, name="cohorts")


def outcome_by_cohort(outcome: Outcome, span: Between, compiler: RuleCompiler) -> Table:
    """One row per cohort: conversions, revenue, and the sample variance of revenue per head."""
    events = compiler.selected(outcome.events)
    counted = events.filter(inside(events.time, span)).select(
        "customer_id", revenue=lambda t: revenue_of(t, outcome, compiler)
    )
    by_person = counted.group_by("customer_id").agg(revenue=counted.revenue.sum())
    return summed(cohorts_table().left_join(by_person, "customer_id"), by="cohort")


def cautions(cohorts: Sequence[CohortSummary], *, overlapping: int) -> list[ReportWarning]:
    """What the reader should know first: above all, that nobody was drawn by lot."""
    found = [
        ReportWarning(
            WarningReason.NO_PROOF_OF_CAUSE,
            "customers were in these cohorts before anything was compared: a difference may come from who they are, "
            "and proves no cause; an experiment would",
        )
    ]
    if overlapping:
        found.append(
            ReportWarning(
                WarningReason.OVERLAPPING_COHORTS,
                f"{overlapping} customers are in more than one cohort and count in each of them",
            )
        )
    small = [each.cohort_id for each in cohorts if each.customers < LEAST_GROUP]
    if small:
        found.append(
            ReportWarning(
                WarningReason.NOT_ENOUGH_DATA, f"fewer than {LEAST_GROUP} customers are in {', '.join(small)}"
            )
        )
    return found

"""Real data with known answers, through identity's and segmentation's contracts. CDNOW's are in tests/system."""

import csv
import statistics
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from support import segmentation_words as w
from support.shared_data import known_answers, shared_data
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import customers_pb2, events_pb2
from tidegate.api.segmentation.v1 import (
    experiments_pb2,
    reports_pb2,
    rules_pb2,
)

if TYPE_CHECKING:
    from segmentation.conftest import Services

BATCH = 1_000


def batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(items, BATCH)):
        yield batch


ARMS = {"Mens E-Mail": "mens", "Womens E-Mail": "womens", "No E-Mail": "none"}


def shoppers() -> list[dict[str, str]]:
    with shared_data("hillstrom/hillstrom.csv").open() as file:
        return list(csv.DictReader(file))


def upsert(services: "Services", rows: Sequence[dict[str, str]]) -> list[int]:
    customers = (
        customers_pb2.CustomerUpsert(
            identifiers=[common_pb2.Identifier(namespace="member_id", value=f"h{at}")], source="hillstrom"
        )
        for at in range(len(rows))
    )
    return [
        result.customer_id
        for batch in batches(customers)
        for result in services.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=batch)).results
    ]


def outcomes(rows: Sequence[dict[str, str]], now: datetime) -> Iterator[events_pb2.Event]:
    for at, row in enumerate(rows):
        for name in ("visit", "conversion"):
            if row[name] != "1":
                continue
            event = events_pb2.Event(source="shop", event_id=f"{name}-{at}", name=name)
            event.time.FromDatetime(now)
            event.identifiers.add(namespace="member_id", value=f"h{at}")
            if name == "conversion":
                event.properties["spend"].double_value = float(row["spend"])
            yield event


def import_arms(services: "Services", rows: Sequence[dict[str, str]], customer_ids: Sequence[int]) -> None:
    control, treatment = experiments_pb2.ARM_ROLE_CONTROL, experiments_pb2.ARM_ROLE_TREATMENT
    arms = [experiments_pb2.Arm(arm_id=each, role=control if each == "none" else treatment) for each in ARMS.values()]
    experiment = experiments_pb2.Experiment(experiment_id="hillstrom", arms=arms)
    services.segmentation.CreateExperiment(experiments_pb2.CreateExperimentRequest(experiment=experiment))
    given = (
        experiments_pb2.ImportedAssignment(customer_id=customer_id, arm_id=ARMS[row["segment"]])
        for row, customer_id in zip(rows, customer_ids, strict=True)
    )
    for batch in batches(given):
        request = experiments_pb2.ImportAssignmentsRequest(experiment_id="hillstrom", assignments=batch)
        for result in services.segmentation.ImportAssignments(request).results:
            assert not result.HasField("error")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_hillstrom(services: "Services") -> None:
    """Of the two databases the one that is told 64,000 customers sooner: reports ask neither."""
    answers = known_answers("hillstrom")
    rows = shoppers()
    customer_ids = upsert(services, rows)
    import_arms(services, rows, customer_ids)
    services.clock.advance(timedelta(days=1))
    for batch in batches(outcomes(rows, services.clock.now())):
        services.identity.IngestEvents(events_pb2.IngestEventsRequest(events=batch))
    services.settle()
    report = services.reports.GetUplift(
        reports_pb2.GetUpliftRequest(
            experiment_id="hillstrom",
            outcomes=[
                reports_pb2.Outcome(outcome_id="visit", events=w.events("visit")),
                reports_pb2.Outcome(outcome_id="conversion", events=w.events("conversion"), revenue_property="spend"),
            ],
        )
    )
    sizes = {arm.arm_id: arm.customers for arm in report.arms}
    assert sizes == {ARMS[name]: size for name, size in answers["arms"].items()}
    assert not report.sample_ratio.checked
    assert report.contaminated_customers == 0
    found = {(each.arm_id, each.outcome_id): each for each in report.uplifts}
    for name in ("Mens E-Mail", "Womens E-Mail"):
        known = answers["uplift_vs_no_email"][name]
        for outcome in ("visit", "conversion"):
            check_rates(found[ARMS[name], outcome], known[outcome])
        check_spend(found[ARMS[name], "conversion"].revenue_per_head, known["spend"])
    check_cohorts(services, answers, [float(row["spend"]) for row in rows if row["segment"] == "Mens E-Mail"])


def check_cohorts(services: "Services", answers: Any, spent: Sequence[float]) -> None:
    """The arms as cohorts, and the variance of what those of one of them spent."""
    arms = {name: w.Rule(arm=rules_pb2.ArmRule(experiment_id="hillstrom", arm_ids=[arm])) for name, arm in ARMS.items()}
    request = reports_pb2.GetCohortComparisonRequest(
        cohorts=[reports_pb2.Cohort(cohort_id=ARMS[name], rule=rule) for name, rule in arms.items()],
        outcomes=[
            reports_pb2.Outcome(outcome_id="visit", events=w.events("visit")),
            reports_pb2.Outcome(outcome_id="conversion", events=w.events("conversion"), revenue_property="spend"),
        ],
    )
    report = services.reports.GetCohortComparison(request)
    for name, cohort in zip(ARMS, report.cohorts, strict=True):
        known, (visit, conversion) = answers["outcomes"][name], cohort.outcomes
        assert cohort.customers == known["n"]
        assert (visit.conversions, conversion.conversions) == (known["visit"], known["conversion"])
        assert conversion.revenue == pytest.approx(known["spend"])
        assert conversion.revenue_per_head == pytest.approx(known["spend_mean"], abs=1e-6)
    assert report.cohorts[0].outcomes[1].revenue_variance == pytest.approx(statistics.variance(spent))
    assert [each.reason for each in report.warnings] == ["NO_PROOF_OF_CAUSE"]


def check_rates(uplift: reports_pb2.Uplift, known: Any) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep  # which takes two seconds, in every worker

    x1, n1, x0, n0 = (known[key] for key in ("x1", "n1", "x0", "n0"))
    assert uplift.difference.value == pytest.approx(known["diff"], abs=1e-6)
    newcombe = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff", correction=False)
    interval = uplift.difference.interval
    assert (interval.lower, interval.upper) == pytest.approx(newcombe, abs=5e-7)
    assert interval.level == 0.95
    assert wald(x1, n1, x0, n0) == pytest.approx(known["ci95"], abs=1e-6)
    assert uplift.ratio.value - 1 == pytest.approx(known["lift_rel"], abs=1e-6)
    koopman = confint_proportions_2indep(x1, n1, x0, n0, method="score", compare="ratio", correction=False)
    assert (uplift.ratio.interval.lower, uplift.ratio.interval.upper) == pytest.approx(koopman, abs=1e-6)
    assert uplift.sufficiency == reports_pb2.SUFFICIENCY_ENOUGH


def wald(x1: int, n1: int, x0: int, n0: int) -> tuple[float, float]:
    p1, p0 = x1 / n1, x0 / n0
    half = 1.959963984540054 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) ** 0.5
    return p1 - p0 - half, p1 - p0 + half


def check_spend(estimate: reports_pb2.Estimate, known: Any) -> None:
    """Welch's interval goes by Student's t, the answers by the normal: with 40,000 heads 2 parts in 100,000."""
    assert estimate.value == pytest.approx(known["diff"], abs=1e-6)
    interval = (estimate.interval.lower, estimate.interval.upper)
    assert interval == pytest.approx(known["ci95"], abs=1e-4)

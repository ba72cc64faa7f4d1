"""Runs reports that describe what happened, over a snapshot: cohorts, times, series, attribution, coverage."""

import pyarrow as pa

from tidegate.segmentation.analytic_store.engine import Connection, execute_with, one
from tidegate.segmentation.model.attribution import AttributionQuery, AttributionReport
from tidegate.segmentation.model.cohorts import CohortQuery, CohortSummary
from tidegate.segmentation.model.coverage import CoverageQuery, TierCoverage
from tidegate.segmentation.model.durations import DurationQuery, DurationReport
from tidegate.segmentation.model.report import Outcome, OutcomeSummary
from tidegate.segmentation.model.rule import Between
from tidegate.segmentation.model.scoring import ScoreModel
from tidegate.segmentation.model.series import Point, Series, SeriesQuery
from tidegate.segmentation.rules.attribution import by_group, credits_of, group_from, unattributed
from tidegate.segmentation.rules.cohorts import cohort_members, outcome_by_cohort
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.coverage import coverage, tier_sizes, touched_by_tier
from tidegate.segmentation.rules.durations import MOST_BARS, PROBABILITIES, durations_of
from tidegate.segmentation.rules.series import series_of
from tidegate.segmentation.rules.tables import Table, sql_of

_NOTHING = (0, 0.0, 0.0)


def cohorts(connection: Connection, query: CohortQuery, compiler: RuleCompiler) -> tuple[list[CohortSummary], int]:
    """The cohorts in the query's order, and how many customers are in several of them."""
    _keep(connection, "cohorts", cohort_members(query, compiler))
    rows = connection.execute("SELECT cohort, count(*) FROM cohorts GROUP BY cohort")
    sizes = dict(rows.fetchall())
    results = [_outcomes(connection, each, query.span, compiler) for each in query.outcomes]
    summaries = [
        CohortSummary(
            each.cohort_id,
            sizes.get(each.cohort_id, 0),
            tuple(
                OutcomeSummary(outcome.outcome_id, *result.get(each.cohort_id, _NOTHING))
                for outcome, result in zip(query.outcomes, results, strict=True)
            ),
        )
        for each in query.cohorts
    ]
    several = "SELECT customer_id FROM cohorts GROUP BY customer_id HAVING count(*) > 1"
    found = one(connection, f"SELECT count(*) FROM ({several})")
    return summaries, int(found[0]) if found else 0


def durations(connection: Connection, query: DurationQuery, compiler: RuleCompiler) -> DurationReport:
    """How many started and finished, and how long it took."""
    _keep(connection, "durations", durations_of(query, compiler))
    [(started, finished, quantiles)] = connection.execute(
        "SELECT count(*), count(lasted), quantile_cont(lasted, ?::DOUBLE[]) FROM durations", [list(PROBABILITIES)]
    ).fetchall()
    rows = connection.execute(
        "SELECT least(lasted // ?, ?), count(*) FROM durations WHERE lasted IS NOT NULL GROUP BY 1",
        [query.bar_width, MOST_BARS - 1],
    )
    bars = dict(rows.fetchall())
    return DurationReport(
        started,
        finished,
        [(level, round(value)) for level, value in zip(PROBABILITIES, quantiles or (), strict=False)],
        [bars.get(at, 0) for at in range(max(bars, default=-1) + 1)],
    )


def series(connection: Connection, query: SeriesQuery, compiler: RuleCompiler, steps: list[int]) -> list[Series]:
    """The series, that with the most events first; ``steps`` are where the steps begin."""
    given = pa.table({"begins": pa.array(steps, pa.int64())})
    execute_with(connection, "CREATE OR REPLACE TEMP TABLE steps AS SELECT * FROM given", given)
    found: dict[tuple[int, str], list[Point]] = {}
    for group, events, begins, value, customers in connection.execute(sql_of(series_of(query, compiler))).fetchall():
        found.setdefault((-events, group), []).append(Point(begins, float(value), customers))
    return [Series(group, points) for (_, group), points in sorted(found.items())]


def attribution(connection: Connection, query: AttributionQuery, compiler: RuleCompiler) -> AttributionReport:
    """What each group of touches brought, and what none of them did."""
    _keep(connection, "credits", credits_of(query, compiler))
    rows = connection.execute(sql_of(by_group(query, compiler))).fetchall()
    [(conversions, revenue)] = connection.execute(sql_of(unattributed(query, compiler))).fetchall()
    return AttributionReport([group_from(query, row) for row in rows], float(conversions), float(revenue))


def tier_coverage(
    connection: Connection, query: CoverageQuery, model: ScoreModel, compiler: RuleCompiler
) -> list[TierCoverage]:
    """The tiers in the model's order, each with the groups, the commonest first."""
    sizes = dict(connection.execute(sql_of(tier_sizes(query, compiler))).fetchall())
    rows = connection.execute(sql_of(touched_by_tier(query, compiler))).fetchall()
    touched = {(tier, group): (customers, touches) for tier, group, _, customers, touches in rows}
    groups = [group for _, group in sorted({(-in_all, group) for _, group, in_all, _, _ in rows})]
    return list(coverage([each.tier for each in model.tiers], sizes, touched, groups or [""]))


def _keep(connection: Connection, name: str, expression: Table) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql_of(expression)}")


def _outcomes(
    connection: Connection, outcome: Outcome, span: Between, compiler: RuleCompiler
) -> dict[str, tuple[int, float, float]]:
    """Conversions, revenue, and variance of revenue per head, by cohort."""
    rows = connection.execute(sql_of(outcome_by_cohort(outcome, span, compiler)))
    return {
        cohort: (int(count), float(revenue), float(variance)) for cohort, count, revenue, variance in rows.fetchall()
    }

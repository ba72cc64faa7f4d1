"""Reports: read from the analytic store at one moment, judged by rules.statistics."""

from dataclasses import dataclass

from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import InvalidArgument, NotFound, Violation
from tidegate.segmentation.analytic_store import facts as fact_store
from tidegate.segmentation.analytic_store import reports as analytic
from tidegate.segmentation.analytic_store.engine import Analytics, Connection
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.following import IDENTITY, Facts
from tidegate.segmentation.mirroring import Mirror
from tidegate.segmentation.model.experiment import Experiment
from tidegate.segmentation.model.report import (
    ArmSummary,
    FunnelQuery,
    FunnelReport,
    OutcomeSummary,
    UpliftQuery,
    UpliftReport,
)
from tidegate.segmentation.naming import Names
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.inputs import Inputs
from tidegate.segmentation.rules.reporting import (
    check_funnel,
    check_uplift,
    control_of,
    sample_ratio,
    uplifts,
    warnings,
)
from tidegate.segmentation.store import experiments as store

_NOTHING = (0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports."""

    database: Database
    analytics: Analytics
    facts: Facts
    questions: Questions
    names: Names
    mirror: Mirror
    clock: Clock

    def uplift(self, query: UpliftQuery) -> UpliftReport:
        """What the arms of an experiment brought against its control, by intention to treat."""
        with self.database.read() as connection:
            experiment = store.load(connection, query.experiment_id)
            if experiment is None:
                raise NotFound("experiment", query.experiment_id)
            self._check(check_uplift(query, self.names.known(connection, Inputs.of_segments([]))))
            epoch = query.epoch or experiment.epoch
            imported = store.any_imported(connection, query.experiment_id, epoch)
        control = control_of(experiment, query.control_arm_id)
        if control is None:
            raise InvalidArgument.at("control_arm_id", "names no arm, and no arm has the role of control")
        self.facts.wait_for(query.position)
        self.mirror.catch_up()
        arms, contaminated, position = self._measure(query, experiment, epoch)
        base = next(each for each in arms if each.arm_id == control.arm_id)
        found = uplifts(arms, base, query)
        ratio = None if imported else sample_ratio(arms, experiment)
        customers = sum(each.customers for each in arms)
        said = warnings(found, ratio, contaminated=contaminated, customers=customers)
        return UpliftReport(arms, found, ratio, contaminated, said, position)

    def funnel(self, query: FunnelQuery) -> FunnelReport:
        """How many persons and messages reach each step."""
        segments = [query.segment_id] if query.segment_id else []
        with self.database.read() as connection:
            known = self.names.known(connection, Inputs.of_segments(segments))
        if query.segment_id and query.segment_id not in known.segments:
            raise NotFound("segment", query.segment_id)
        self._check(check_funnel(query, known))
        compiler = self.questions.compiler(self.facts.catalog)
        with self.analytics.snapshot(now=micros(self.clock.now())) as connection:
            groups = analytic.funnel(connection, query, compiler)
            return FunnelReport(groups, fact_store.load_cursor(connection, IDENTITY))

    def _measure(self, query: UpliftQuery, experiment: Experiment, epoch: int) -> tuple[list[ArmSummary], int, int]:
        compiler = self.questions.compiler(self.facts.catalog)
        with self.analytics.snapshot(now=micros(query.as_of or self.clock.now())) as connection:
            sizes, contaminated = analytic.make_people(
                connection, experiment.experiment_id, epoch, query.assigned, compiler
            )
            arms = _summaries(connection, query, experiment, sizes, compiler)
            return arms, contaminated, fact_store.load_cursor(connection, IDENTITY)

    @staticmethod
    def _check(found: list[Violation]) -> None:
        if found:
            raise InvalidArgument(found)


def _summaries(
    connection: Connection,
    query: UpliftQuery,
    experiment: Experiment,
    sizes: dict[str, int],
    compiler: RuleCompiler,
) -> list[ArmSummary]:
    results = [analytic.outcomes(connection, each, compiler) for each in query.outcomes]
    return [
        ArmSummary(
            arm.arm_id,
            arm.role,
            sizes.get(arm.arm_id, 0),
            tuple(
                OutcomeSummary(outcome.outcome_id, *result.get(arm.arm_id, _NOTHING))
                for outcome, result in zip(query.outcomes, results, strict=True)
            ),
        )
        for arm in experiment.arms
    ]

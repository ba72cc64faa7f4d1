"""Reports that describe what happened: cohorts side by side, times, series, attribution, coverage, referrals."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import InvalidArgument, NotFound, Violation
from tidegate.segmentation.analytic_store import descriptions as analytic
from tidegate.segmentation.analytic_store import questions as asking
from tidegate.segmentation.analytic_store import referrals as referral_store
from tidegate.segmentation.analytic_store.engine import Analytics, Connection
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.following import Facts
from tidegate.segmentation.mirroring import Mirror
from tidegate.segmentation.model.attribution import AttributionQuery, AttributionReport
from tidegate.segmentation.model.cohorts import CohortQuery, CohortReport
from tidegate.segmentation.model.coverage import CoverageQuery, TierCoverage
from tidegate.segmentation.model.durations import DurationQuery, DurationReport
from tidegate.segmentation.model.referrals import ReferralNode, ReferralQuery
from tidegate.segmentation.model.series import Series, SeriesQuery
from tidegate.segmentation.model.subject import Subject
from tidegate.segmentation.naming import Names
from tidegate.segmentation.rules.attribution import check_attribution
from tidegate.segmentation.rules.check import Known
from tidegate.segmentation.rules.cohorts import cautions, check_cohorts
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.coverage import check_coverage
from tidegate.segmentation.rules.durations import check_durations
from tidegate.segmentation.rules.inputs import Inputs, inputs_of
from tidegate.segmentation.rules.referrals import check_referrals
from tidegate.segmentation.rules.series import check_series, steps_of
from tidegate.segmentation.store import models


@dataclass(frozen=True, slots=True)
class Descriptions:
    """The reports; each is read at one moment of the analytic store."""

    database: Database
    analytics: Analytics
    facts: Facts
    questions: Questions
    names: Names
    mirror: Mirror
    clock: Clock

    def cohorts(self, query: CohortQuery) -> CohortReport:
        """Outcomes of cohorts side by side; it proves no cause, and says so."""
        found = check_cohorts(query, self._known())
        with self.database.read() as connection:
            for at, each in enumerate(query.cohorts):
                found += self.names.violations(connection, each.rule, path=f"cohorts[{at}].rule")
        _refuse(found)
        if any(inputs_of(each.rule).experiment_ids for each in query.cohorts):
            self.mirror.catch_up()
        compiler = self._compiler()
        with self._now() as connection:
            summaries, overlapping = analytic.cohorts(connection, query, compiler)
        return CohortReport(summaries, overlapping, cautions(summaries, overlapping=overlapping))

    def durations(self, query: DurationQuery) -> DurationReport:
        """How long it takes customers from one event to another."""
        _refuse(check_durations(query, self._known()))
        compiler = self._compiler()
        with self._now() as connection:
            return analytic.durations(connection, query, compiler)

    def series(self, query: SeriesQuery) -> Sequence[Series]:
        """Aggregates of events over time."""
        zone = self.questions.zone
        _refuse(check_series(query, self._known(), zone))
        compiler = self._compiler()
        with self._now() as connection:
            return analytic.series(connection, query, compiler, steps_of(query, zone))

    def attribution(self, query: AttributionQuery) -> AttributionReport:
        """Which touches brought which conversions and revenue, and what they cost."""
        _refuse(check_attribution(query, self._known()))
        compiler = self._compiler()
        with self._now() as connection:
            return analytic.attribution(connection, query, compiler)

    def coverage(self, query: CoverageQuery) -> Sequence[TierCoverage]:
        """Which share of each tier was touched."""
        with self.database.read() as connection:
            model = models.load(connection, query.model_id)
        if model is None:
            raise NotFound("score model", query.model_id)
        if model.subject is not Subject.CUSTOMERS:
            raise InvalidArgument.at("model_id", f"is over {model.subject.plural}; name a model over customers")
        _refuse(check_coverage(query, self._known()))
        compiler = self._compiler()
        with self._now() as connection:
            return analytic.tier_coverage(connection, query, model, compiler)

    def referrals(self, query: ReferralQuery) -> Sequence[ReferralNode]:
        """Who brought whom, a page of it."""
        _refuse(check_referrals(query))
        self._must_know(query.segment_id)
        with self._now() as connection:
            if query.customer_id:
                known = asking.canonical_ids(connection, [query.customer_id])
                if query.customer_id not in known:
                    raise NotFound("customer", query.customer_id)
                query = replace(query, customer_id=known[query.customer_id])
            return referral_store.tree(connection, query)

    def _must_know(self, segment_id: str) -> None:
        """Refuses a segment that there is not; '' is none."""
        if not segment_id:
            return
        with self.database.read() as connection:
            known = self.names.known(connection, Inputs.of_segments([segment_id]))
        if segment_id not in known.segments:
            raise NotFound("segment", segment_id)

    def _known(self) -> Known:
        return Known(catalog=self.facts.catalog)

    def _compiler(self) -> RuleCompiler:
        return self.questions.compiler(self.facts.catalog)

    def _now(self) -> AbstractContextManager[Connection]:
        return self.analytics.snapshot(now=micros(self.clock.now()))


def _refuse(found: list[Violation]) -> None:
    if found:
        raise InvalidArgument(found)

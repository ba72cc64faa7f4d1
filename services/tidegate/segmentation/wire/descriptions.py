"""Reports that describe what happened."""

from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.api.segmentation.v1 import reports_pb2
from tidegate.segmentation.model.attribution import (
    AttributedGroup,
    AttributionModel,
    AttributionQuery,
    AttributionReport,
)
from tidegate.segmentation.model.cohorts import Cohort, CohortQuery, CohortReport, CohortSummary
from tidegate.segmentation.model.coverage import CoverageQuery, TierCoverage
from tidegate.segmentation.model.durations import DurationQuery, DurationReport
from tidegate.segmentation.model.referrals import ReferralNode, ReferralQuery
from tidegate.segmentation.model.series import Series, SeriesQuery, TimeStep
from tidegate.segmentation.rules.durations import A_DAY
from tidegate.segmentation.rules.referrals import DEFAULT_GENERATIONS
from tidegate.segmentation.wire.pages import after_place, page_size, token
from tidegate.segmentation.wire.reports import read_interval, read_outcome, write_summary, write_warning
from tidegate.segmentation.wire.rules import read_aggregate, read_rule, read_selection
from tidegate.segmentation.wire.values import read_length, write_length, write_micros

_STEPS: Mapping[int, TimeStep] = {reports_pb2.TimeStep.Value(f"TIME_STEP_{step.name}"): step for step in TimeStep}
_MODELS: Mapping[int, AttributionModel] = {
    reports_pb2.AttributionModel.Value(f"ATTRIBUTION_MODEL_{model.name}"): model for model in AttributionModel
}


def read_cohorts(request: reports_pb2.GetCohortComparisonRequest) -> CohortQuery:
    """What is asked of cohorts."""
    return CohortQuery(
        tuple(
            Cohort(each.cohort_id, read_rule(each.rule, f"cohorts[{at}].rule"))
            for at, each in enumerate(request.cohorts)
        ),
        tuple(read_outcome(each, f"outcomes[{at}]") for at, each in enumerate(request.outcomes)),
        read_interval(request.span, "span"),
    )


def write_cohorts(report: CohortReport) -> reports_pb2.GetCohortComparisonResponse:
    """The cohorts as callers read them."""
    return reports_pb2.GetCohortComparisonResponse(
        cohorts=[_cohort(each) for each in report.cohorts],
        overlapping_customers=report.overlapping,
        warnings=[write_warning(each) for each in report.warnings],
    )


def _cohort(cohort: CohortSummary) -> reports_pb2.CohortSummary:
    return reports_pb2.CohortSummary(
        cohort_id=cohort.cohort_id,
        customers=cohort.customers,
        outcomes=[write_summary(each, cohort.customers) for each in cohort.outcomes],
    )


def read_durations(request: reports_pb2.GetIntervalDistributionRequest) -> DurationQuery:
    """What is asked of the times between two events."""
    return DurationQuery(
        read_selection(request.first, "first"),
        read_selection(request.second, "second"),
        read_interval(request.span, "span"),
        read_length(request.bar_width) if request.HasField("bar_width") else A_DAY,
    )


def write_durations(report: DurationReport, bar_width: int) -> reports_pb2.GetIntervalDistributionResponse:
    """The distribution as callers read it."""
    return reports_pb2.GetIntervalDistributionResponse(
        started=report.started,
        finished=report.finished,
        quantiles=[
            reports_pb2.DurationQuantile(probability=level, duration=write_length(length))
            for level, length in report.quantiles
        ],
        bars=[
            reports_pb2.DurationBar(start=write_length(at * bar_width), customers=customers)
            for at, customers in enumerate(report.bars)
        ],
    )


def read_series(request: reports_pb2.GetTimeSeriesRequest) -> SeriesQuery:
    """What is asked of a series."""
    return SeriesQuery(
        read_selection(request.events, "events"),
        read_aggregate(request.aggregate),
        request.property,
        read_interval(request.span, "span"),
        _STEPS.get(request.step, TimeStep.DAY),
        request.group_by_property,
    )


def write_series(found: Sequence[Series]) -> reports_pb2.GetTimeSeriesResponse:
    """The series as callers read them."""
    return reports_pb2.GetTimeSeriesResponse(series=[_series(each) for each in found])


def _series(series: Series) -> reports_pb2.TimeSeries:
    points = [
        reports_pb2.TimePoint(start_time=write_micros(each.start), value=each.value, customers=each.customers)
        for each in series.points
    ]
    return reports_pb2.TimeSeries(group=series.group, points=points)


def read_attribution(request: reports_pb2.GetAttributionRequest) -> AttributionQuery:
    """What is asked of touches."""
    return AttributionQuery(
        outcome=read_outcome(request.outcome, "outcome"),
        touches=read_selection(request.touches, "touches"),
        window=read_length(request.window),
        model=_MODELS.get(request.model),
        properties=tuple(request.group_by_properties),
        costs=dict(request.costs),
        span=read_interval(request.span, "span"),
    )


def write_attribution(report: AttributionReport) -> reports_pb2.GetAttributionResponse:
    """What touches brought, as callers read it."""
    return reports_pb2.GetAttributionResponse(
        groups=[_attributed(each) for each in report.groups],
        unattributed_conversions=report.unattributed_conversions,
        unattributed_revenue=report.unattributed_revenue,
    )


def _attributed(group: AttributedGroup) -> reports_pb2.AttributedGroup:
    return reports_pb2.AttributedGroup(
        values=group.values,
        touches=group.touches,
        conversions=group.conversions,
        revenue=group.revenue,
        cost=group.cost,
        return_on_cost=group.return_on_cost,
    )


def read_coverage(request: reports_pb2.GetTierCoverageRequest) -> CoverageQuery:
    """What is asked of tiers."""
    return CoverageQuery(
        request.model_id,
        read_selection(request.touches, "touches"),
        read_interval(request.span, "span"),
        request.group_by_property,
    )


def write_coverage(tiers: Sequence[TierCoverage]) -> reports_pb2.GetTierCoverageResponse:
    """The coverage as callers read it."""
    written: list[Any] = [reports_pb2.TierCoverage(**each._asdict()) for each in tiers]
    return reports_pb2.GetTierCoverageResponse(tiers=written)


def read_referrals(request: reports_pb2.GetReferralTreeRequest) -> ReferralQuery:
    """What is asked of referrals."""
    return ReferralQuery(
        request.customer_id,
        request.generations or DEFAULT_GENERATIONS,
        read_interval(request.span, "span"),
        after_place(request.page_token),
        page_size(request.page_size),
        request.segment_id,
    )


def write_referrals(nodes: Sequence[ReferralNode], limit: int) -> reports_pb2.GetReferralTreeResponse:
    """A page of the tree as callers read it."""
    last = nodes[-1] if len(nodes) == limit else None
    return reports_pb2.GetReferralTreeResponse(
        nodes=[_node(each) for each in nodes],
        next_page_token=token(f"{last.generation}:{last.customer_id}") if last else "",
    )


def _node(node: ReferralNode) -> reports_pb2.ReferralNode:
    return reports_pb2.ReferralNode(
        customer_id=node.customer_id,
        inviter_customer_id=node.inviter_id,
        generation=node.generation,
        brought=node.brought,
        brought_in_all=node.brought_in_all,
        join_time=None if node.joined_at is None else write_micros(node.joined_at),
    )

"""Reports."""

from tidegate.api.common.v1 import common_pb2
from tidegate.api.segmentation.v1 import reports_pb2
from tidegate.segmentation.model.report import (
    ArmSummary,
    FunnelGroup,
    FunnelQuery,
    FunnelReport,
    Outcome,
    OutcomeSummary,
    ReportWarning,
    Step,
    Uplift,
    UpliftQuery,
    UpliftReport,
)
from tidegate.segmentation.model.rule import Between
from tidegate.segmentation.rules.statistics import Estimate
from tidegate.segmentation.wire.experiments import ROLES
from tidegate.segmentation.wire.rules import read_selection
from tidegate.segmentation.wire.values import read_instant, read_length

_LEVEL = 0.95


def read_uplift(request: reports_pb2.GetUpliftRequest) -> UpliftQuery:
    """What is asked of an experiment."""
    return UpliftQuery(
        experiment_id=request.experiment_id,
        epoch=request.epoch,
        control_arm_id=request.control_arm_id,
        outcomes=tuple(read_outcome(each, f"outcomes[{at}]") for at, each in enumerate(request.outcomes)),
        assigned=read_interval(request.assigned, "assigned"),
        as_of=read_instant(request.as_of, "as_of") if request.HasField("as_of") else None,
        level=request.confidence_level or _LEVEL,
        position=request.min_identity_position,
    )


def read_funnel(request: reports_pb2.GetFunnelRequest) -> FunnelQuery:
    """What is asked of a funnel."""
    return FunnelQuery(
        steps=tuple(
            Step(each.step_id, read_selection(each.events, f"steps[{at}].events"))
            for at, each in enumerate(request.steps)
        ),
        span=read_interval(request.span, "span"),
        within=read_length(request.within) if request.HasField("within") else None,
        segment_id=request.segment_id,
        group_by=request.group_by_property,
    )


def write_uplift(report: UpliftReport, level: float) -> reports_pb2.GetUpliftResponse:
    """The report as callers read it."""
    ratio = report.sample_ratio
    checked = reports_pb2.SampleRatioCheck(
        checked=ratio is not None,
        chi_squared=ratio.chi_squared if ratio else 0.0,
        p_value=ratio.p_value if ratio else 0.0,
    )
    return reports_pb2.GetUpliftResponse(
        arms=[_arm(each) for each in report.arms],
        uplifts=[_uplift(each, level) for each in report.uplifts],
        sample_ratio=checked,
        contaminated_customers=report.contaminated,
        warnings=[write_warning(each) for each in report.warnings],
        identity_position=report.position,
    )


def write_funnel(report: FunnelReport) -> reports_pb2.GetFunnelResponse:
    """The funnel as callers read it."""
    return reports_pb2.GetFunnelResponse(
        groups=[_group(each) for each in report.groups], identity_position=report.position
    )


def read_outcome(message: reports_pb2.Outcome, path: str) -> Outcome:
    """Events that count as success."""
    return Outcome(
        message.outcome_id,
        read_selection(message.events, f"{path}.events"),
        message.revenue_property,
        read_length(message.horizon) if message.HasField("horizon") else None,
    )


def read_interval(message: common_pb2.Interval, path: str) -> Between:
    """A span of time."""
    return Between(
        read_instant(message.start, f"{path}.start") if message.HasField("start") else None,
        read_instant(message.end, f"{path}.end") if message.HasField("end") else None,
    )


def _arm(arm: ArmSummary) -> reports_pb2.ArmSummary:
    return reports_pb2.ArmSummary(
        arm_id=arm.arm_id,
        role=ROLES[arm.role],
        customers=arm.customers,
        outcomes=[write_summary(each, arm.customers) for each in arm.outcomes],
    )


def write_warning(warning: ReportWarning) -> reports_pb2.ReportWarning:
    """What the reader should know first, as callers read it."""
    return reports_pb2.ReportWarning(reason=warning.reason.value, message=warning.message)


def write_summary(outcome: OutcomeSummary, customers: int) -> reports_pb2.OutcomeSummary:
    """One outcome among so many customers, as callers read it."""
    return reports_pb2.OutcomeSummary(
        outcome_id=outcome.outcome_id,
        conversions=outcome.conversions,
        rate=outcome.conversions / customers if customers else 0.0,
        revenue=outcome.revenue,
        revenue_per_head=outcome.revenue / customers if customers else 0.0,
        revenue_variance=outcome.variance,
    )


def _uplift(uplift: Uplift, level: float) -> reports_pb2.Uplift:
    enough = reports_pb2.SUFFICIENCY_ENOUGH if uplift.enough else reports_pb2.SUFFICIENCY_NOT_ENOUGH
    revenue = uplift.revenue_per_head
    return reports_pb2.Uplift(
        arm_id=uplift.arm_id,
        outcome_id=uplift.outcome_id,
        difference=_estimate(uplift.difference, level),
        ratio=_estimate(uplift.ratio, level),
        revenue_per_head=None if revenue is None else _estimate(revenue, level),
        smallest_detectable_difference=uplift.smallest_detectable,
        sufficiency=enough,
    )


def _estimate(estimate: Estimate, level: float) -> reports_pb2.Estimate:
    interval = None
    if estimate.lower is not None and estimate.upper is not None:
        interval = reports_pb2.ConfidenceInterval(lower=estimate.lower, upper=estimate.upper, level=level)
    return reports_pb2.Estimate(value=estimate.value, interval=interval, method=estimate.method)


def _group(group: FunnelGroup) -> reports_pb2.FunnelGroup:
    persons = [each.persons for each in group.steps]
    before = [persons[0], *persons]
    return reports_pb2.FunnelGroup(
        group=group.group,
        steps=[
            reports_pb2.FunnelStepCount(
                step_id=each.step_id,
                persons=each.persons,
                rate_of_previous=_rate(each.persons, previous),
                rate_of_first=_rate(each.persons, persons[0]),
                messages=each.messages,
                events=each.events,
            )
            for each, previous in zip(group.steps, before, strict=False)
        ],
    )


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0

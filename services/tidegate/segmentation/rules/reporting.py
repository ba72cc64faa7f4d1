"""Pure: reports as ibis expressions, and what is wrong with a report's request."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.experiment import Arm, Experiment
from tidegate.segmentation.model.report import (
    ArmSummary,
    FunnelQuery,
    Outcome,
    ReportWarning,
    SampleRatio,
    Uplift,
    UpliftQuery,
    WarningReason,
)
from tidegate.segmentation.model.rule import Between, Selection
from tidegate.segmentation.rules import statistics
from tidegate.segmentation.rules.allocation import ID_RULE
from tidegate.segmentation.rules.check import Known, check_selection, is_id
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.slicing import check_outcome, group_of, inside, revenue_of, text_of
from tidegate.segmentation.rules.statistics import Mean, Rate
from tidegate.segmentation.rules.tables import Table

MAX_OUTCOMES = 10
LEAST_STEPS, MAX_STEPS = 2, 20
LEAST_LEVEL, MAX_LEVEL = 0.5, 0.999
MESSAGE_ID = "message_id"


def check_uplift(query: UpliftQuery, known: Known) -> list[Violation]:
    """Everything that is wrong with a request for uplift."""
    found = []
    if not 1 <= len(query.outcomes) <= MAX_OUTCOMES:
        found.append(Violation("outcomes", f"must be 1 to {MAX_OUTCOMES}"))
    if not LEAST_LEVEL <= query.level <= MAX_LEVEL:
        found.append(Violation("confidence_level", f"must be {LEAST_LEVEL} to {MAX_LEVEL}"))
    for at, outcome in enumerate(query.outcomes):
        found += check_outcome(outcome, known, path=f"outcomes[{at}]")
    return found


def check_funnel(query: FunnelQuery, known: Known) -> list[Violation]:
    """Everything that is wrong with a request for a funnel."""
    found = []
    if not LEAST_STEPS <= len(query.steps) <= MAX_STEPS:
        found.append(Violation("steps", f"must be {LEAST_STEPS} to {MAX_STEPS}"))
    if query.within is not None and query.within <= 0:
        found.append(Violation("within", "must be greater than 0"))
    for at, step in enumerate(query.steps):
        if not is_id(step.step_id):
            found.append(Violation(f"steps[{at}].step_id", ID_RULE))
        found += check_selection(step.events, known, path=f"steps[{at}].events")
    return found


def people_of(experiment_id: str, epoch: int, assigned: Between, compiler: RuleCompiler) -> Table:
    """One row per person assigned: the earliest arm, since when, and in how many arms they were."""
    arms = compiler.tables["arms"]
    wanted = arms.filter(arms.experiment_id == experiment_id, arms.epoch == epoch, inside(arms.assigned_at, assigned))
    return wanted.group_by("customer_id").agg(
        arm=wanted.arm_id.first(order_by=[wanted.assigned_at, wanted.serial]),
        since=wanted.assigned_at.min(),
        arms=wanted.arm_id.nunique(),
    )


def people_table() -> Table:
    """The temporary table `people` that people_of() is put into."""
    return ibis.table({"customer_id": "int64", "arm": "string", "since": "int64", "arms": "int64"}, name="people")


def outcome_by_arm(outcome: Outcome, compiler: RuleCompiler) -> Table:
    """One row per arm of `people`: conversions, revenue, and the sample variance of revenue per head."""
    people = people_table()
    events = compiler.selected(outcome.events)
    facts = events.select("customer_id", "time", revenue=revenue_of(events, outcome, compiler))
    joined = people.inner_join(facts, "customer_id")
    after = joined.filter(joined.time >= joined.since)
    if outcome.horizon is not None:
        after = after.filter(after.time < after.since + outcome.horizon)
    by_person = after.group_by("customer_id").agg(revenue=after.revenue.sum())
    return summed(people.left_join(by_person, "customer_id"), by="arm")


def summed(joined: Table, *, by: str) -> Table:
    """Heads, those without an outcome with no revenue at all, summed up: one row per value of the column ``by``."""
    heads = joined.select(by, converted=lambda t: t.revenue.notnull(), revenue=lambda t: t.revenue.fill_null(0.0))
    return heads.group_by(by).agg(
        conversions=heads.converted.sum(),
        revenue=heads.revenue.sum(),
        variance=heads.revenue.var(how="sample").fill_null(0.0),
    )


@dataclass(frozen=True, slots=True)
class FunnelTables:
    """Expressions of one step: its events with their groups, and who reached it, both to be put into tables."""

    events: Table
    reached: Table


def funnel_step(query: FunnelQuery, at: int, compiler: RuleCompiler) -> FunnelTables:
    """Step ``at`` of a funnel; the step before is the temporary table `reached_<at - 1>`.

    Of a person with several first events each is tried, when there is a time limit; the next event is always the
    earliest one that is not before the last.
    """
    events = _step_events(query, query.steps[at].events, compiler)
    named = ibis.table(dict(events.schema().items()), name=f"step_{at}")
    if at == 0:
        return FunnelTables(events, _starts(named, query))
    before = ibis.table(_REACHED, name=f"reached_{at - 1}")
    later = before.inner_join(named.select("customer_id", next_time="time", next_serial="serial"), "customer_id")
    allowed = later.filter(later.next_time >= later.time, later.next_serial != later.serial)
    if query.within is not None:
        allowed = allowed.filter(allowed.next_time <= allowed.start + query.within)
    reached = allowed.group_by("customer_id", "group_value", "start").agg(
        time=allowed.next_time.min(),
        serial=allowed.next_serial.first(order_by=[allowed.next_time, allowed.next_serial]),
    )
    return FunnelTables(events, reached)


_REACHED = {
    "customer_id": "int64",
    "group_value": "string",
    "start": "int64",
    "time": "int64",
    "serial": "int64",
}


def uplifts(arms: Sequence[ArmSummary], control: ArmSummary, query: UpliftQuery) -> list[Uplift]:
    """What each other arm brought against the control, for each outcome."""
    return [
        _uplift(arm, control, query, at)
        for arm in arms
        if arm.arm_id != control.arm_id
        for at in range(len(query.outcomes))
    ]


def sample_ratio(arms: Sequence[ArmSummary], experiment: Experiment) -> SampleRatio | None:
    """The arms' sizes against their shares; None with fewer than two arms that have one."""
    shares = {arm.arm_id: arm.size for arm in experiment.arms if arm.size}
    sizes = [arm.customers for arm in arms if arm.arm_id in shares]
    if len(sizes) < 2:
        return None
    return SampleRatio(*statistics.sample_ratio(sizes, [shares[a.arm_id] for a in arms if a.arm_id in shares]))


def control_of(experiment: Experiment, arm_id: str) -> Arm | None:
    """The arm that others are compared with."""
    return experiment.arm(arm_id) if arm_id else experiment.control


def warnings(
    uplifts: Sequence[Uplift], ratio: SampleRatio | None, *, contaminated: int, customers: int
) -> list[ReportWarning]:
    """What the reader should know first."""
    found = []
    if ratio is not None and ratio.p_value < statistics.SAMPLE_RATIO_ALARM:
        found.append(
            ReportWarning(
                WarningReason.SAMPLE_RATIO_MISMATCH,
                f"the arms' sizes do not fit their shares (p = {ratio.p_value:.2g}): something but chance "
                "decided who is where, and differences between arms may come from that",
            )
        )
    if contaminated > customers * statistics.CONTAMINATION_ALARM:
        found.append(
            ReportWarning(
                WarningReason.CONTAMINATED,
                f"{contaminated} customers were merged across arms; differences are drawn towards 0",
            )
        )
    if not all(each.enough for each in uplifts):
        found.append(
            ReportWarning(WarningReason.NOT_ENOUGH_DATA, "for some outcomes there is not enough data to say something")
        )
    return found


def _uplift(arm: ArmSummary, control: ArmSummary, query: UpliftQuery, at: int) -> Uplift:
    ours, theirs = arm.outcomes[at], control.outcomes[at]
    rate, base = Rate(ours.conversions, arm.customers), Rate(theirs.conversions, control.customers)
    revenue = None
    if query.outcomes[at].revenue_property:
        means = [_mean(ours.revenue, ours.variance, arm), _mean(theirs.revenue, theirs.variance, control)]
        revenue = statistics.difference_of_means(*means, level=query.level)
    return Uplift(
        arm.arm_id,
        ours.outcome_id,
        statistics.difference_of_rates(rate, base, level=query.level),
        statistics.ratio_of_rates(rate, base, level=query.level),
        revenue,
        statistics.smallest_detectable_difference(arm.customers, base, level=query.level),
        statistics.enough(rate, base),
    )


def _mean(total: float, variance: float, arm: ArmSummary) -> Mean:
    return Mean(total / arm.customers if arm.customers else 0.0, variance, arm.customers)


def _step_events(query: FunnelQuery, selection: Selection, compiler: RuleCompiler) -> Table:
    events = compiler.selected(selection)
    events = events.filter(inside(events.time, query.span))
    if query.segment_id:
        members = compiler.tables["members"]
        events = events.semi_join(members.filter(members.segment_id == query.segment_id), "customer_id")
    return events.select(
        "customer_id",
        "time",
        "serial",
        group_value=group_of(events, query.group_by, compiler),
        message_id=text_of(events, MESSAGE_ID, compiler),
    )


def _starts(events: Table, query: FunnelQuery) -> Table:
    if query.within is not None:
        return events.select("customer_id", "group_value", "time", "serial", start="time")
    return events.group_by("customer_id", "group_value").agg(
        start=events.time.min(),
        time=events.time.min(),
        serial=events.serial.first(order_by=[events.time, events.serial]),
    )

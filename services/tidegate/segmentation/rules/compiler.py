"""Pure: rules as ibis expressions over the tables of the analytic store.

Every node becomes a set of customers, a table with one column `customer_id`: conditions are joined by semi-
and anti-joins and by unions. DuckDB and ClickHouse run these well, where NOT IN under OR takes minutes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from tidegate.runtime.clock import micros
from tidegate.segmentation.model.rule import (
    AllOf,
    AnyOf,
    ArmRule,
    AttributeRule,
    Between,
    Comparison,
    ConsentRule,
    ConsentState,
    Days,
    EventRule,
    IdentifierRule,
    Not,
    Operator,
    Rolling,
    Rule,
    ScoreRule,
    SegmentRule,
    Selection,
    SequenceOutcome,
    SequenceRule,
    StageRule,
    TagRule,
    TierRule,
)
from tidegate.segmentation.rules import aggregates
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.comparisons import PRESENT, any_true, compares, holds
from tidegate.segmentation.rules.tables import Predicate, Scope, Table, Tables, newest_epochs, now


@dataclass(frozen=True, slots=True)
class _Set:
    """Customers: a table with the column customer_id. ``clean``: each at most once and known to exist."""

    table: Table
    clean: bool = False


class RuleCompiler:
    """Compiles rules for one state of the catalog, over everyone or over a slice."""

    def __init__(self, catalog: Catalog, *, zone: ZoneInfo, scope: Scope = Scope.EVERYONE) -> None:
        self.catalog = catalog
        self.tables = Tables(catalog, scope)
        self._zone = zone

    def matched(self, rule: Rule) -> Table:
        """The customers for whom ``rule`` is true, each once. The rule has passed the check."""
        found = self._set(rule)
        return found.table if found.clean else self._everyone().semi_join(found.table, "customer_id")

    def selected(self, selection: Selection) -> Table:
        """The events that a selection names, those after now left out."""
        events = self.tables["events"]
        conditions = [*self.timeless(events, selection), events.counts_from <= now()]
        return events.filter(*conditions, *self._in_window(events, selection))

    def timeless(self, events: Table, selection: Selection) -> list[Predicate]:
        """What a selection asks of events, apart from when they happened."""
        conditions = [events["name"].isin(selection.names)]
        for each in selection.filters:
            columns = self.catalog.property_columns(each.property)
            conditions.append(compares(events, columns, each.comparison))
        return conditions

    def bounds(self, selection: Selection) -> tuple[int | None, int | None]:
        """The fixed bounds [start, end) of a dated window, in microseconds."""
        window = selection.window
        if isinstance(window, Between):
            return _micros(window.start), _micros(window.end)
        if isinstance(window, Days):
            return self._midnight(window.first), self._midnight(_day_after(window.last))
        return None, None

    def _midnight(self, day: date | None) -> int | None:
        return None if day is None else micros(datetime.combine(day, time(), self._zone))

    def _in_window(self, events: Table, selection: Selection) -> list[Predicate]:
        if isinstance(selection.window, Rolling):
            return [events.time >= now() - selection.window.length]
        start, end = self.bounds(selection)
        lower = [] if start is None else [events.time >= start]
        upper = [] if end is None else [events.time < end]
        return [*lower, *upper]

    def _everyone(self) -> Table:
        return self.tables["customers"].select("customer_id")

    def _set(self, rule: Rule) -> _Set:
        found: _Set = _NODES[type(rule)](self, rule)
        return found

    def _except(self, table: Table) -> _Set:
        return _Set(self._everyone().anti_join(table, "customer_id"), clean=True)

    def all_of(self, rule: AllOf) -> _Set:
        wanted = [self._set(each) for each in rule.rules if not isinstance(each, Not)]
        unwanted = [self._set(each.rule) for each in rule.rules if isinstance(each, Not)]
        base = next((each for each in wanted if each.clean), None)
        table = base.table if base else self._everyone()
        for each in wanted:
            if each is not base:
                table = table.semi_join(each.table, "customer_id")
        for each in unwanted:
            table = table.anti_join(each.table, "customer_id")
        return _Set(table, clean=True)

    def any_of(self, rule: AnyOf) -> _Set:
        found = [self._set(each).table for each in rule.rules]
        return _Set(found[0] if len(found) == 1 else ibis.union(*found))

    def negation(self, rule: Not) -> _Set:
        return self._except(self._set(rule.rule).table)

    def attribute(self, rule: AttributeRule) -> _Set:
        customers = self.tables["customers"]
        columns = self.catalog.attribute_columns(rule.attribute)
        found = customers.filter(compares(customers, columns, rule.comparison))
        return _Set(found.select("customer_id"), clean=True)

    def tag(self, rule: TagRule) -> _Set:
        tags = self.tables["tags"]
        exact = [tag for tag in rule.tags if not tag.endswith("=*")]
        groups = [tag.removesuffix("*") for tag in rule.tags if tag.endswith("=*")]
        conditions = [tags.tag.isin(exact)] if exact else []
        return _ids(tags.filter(any_true([*conditions, *(tags.tag.startswith(group) for group in groups)])))

    def consent(self, rule: ConsentRule) -> _Set:
        consents = self.tables["consents"]
        covering = consents.filter(
            consents.purpose == rule.purpose,
            consents.channel.isin(["", rule.channel]),
            consents.brand.isin(["", rule.brand]),
        )
        if rule.state is ConsentState.UNKNOWN:
            return self._except(covering.select("customer_id"))
        order = covering.time * 2 + covering.granted.ifelse(0, 1)  # of two with one time the denial counts
        newest = covering.group_by("customer_id").agg(granted=covering.granted.argmax(order))
        return _ids(newest.filter(newest.granted == (rule.state is ConsentState.GRANTED)))

    def identifier(self, rule: IdentifierRule) -> _Set:
        identifiers = self.tables["identifiers"]
        exact = identifiers.namespace == rule.namespace
        scoped = identifiers.namespace.startswith(f"{rule.namespace}:")
        return _ids(identifiers.filter(exact if ":" in rule.namespace else exact | scoped))

    def event(self, rule: EventRule) -> _Set:
        comparison = rule.comparison or aggregates.default_comparison(rule.aggregate)
        if aggregates.asks_for_any(rule.aggregate, comparison):
            return _ids(self.selected(rule.events))
        results = self._results(rule)
        if rule.aggregate in aggregates.ZERO_WITHOUT_EVENTS and aggregates.holds_for_zero(comparison):
            return self._except(_ids(results.filter(~aggregates.result_holds(results, comparison))).table)
        if comparison.operator is Operator.ABSENT:
            present = aggregates.result_holds(results, PRESENT)
            return self._except(_ids(results.filter(present)).table)
        return _ids(results.filter(aggregates.result_holds(results, comparison)))

    def _results(self, rule: EventRule) -> Table:
        events = self.selected(rule.events)
        columns = self.catalog.property_columns(rule.property)
        return events.group_by("customer_id").agg(
            **aggregates.results(events, rule.aggregate, columns, of=rule.property)
        )

    def sequence(self, rule: SequenceRule) -> _Set:
        starts = self.starts(rule)
        in_time = (starts.next_second <= starts.time + rule.within).fill_null(False)  # noqa: FBT003
        if rule.outcome is SequenceOutcome.FOLLOWED:
            return _ids(starts.filter(in_time))
        return _ids(starts.filter(~in_time, starts.time + rule.within < now()))

    def starts(self, rule: SequenceRule) -> Table:
        """The first events of a sequence, each with the time of the next second event, null without one."""
        first, second = self.selected(rule.first), self.selected(rule.second)
        steps = ibis.union(
            first.select("customer_id", "time", "serial", step=ibis.literal(1)),
            second.select("customer_id", "time", "serial", step=ibis.literal(0)),
        )
        # of events at one time the second ones go ahead: they must be later than the first to follow it
        behind = ibis.window(group_by="customer_id", order_by=["time", "step", "serial"], rows=(1, None))
        second_time = (steps.step == 0).ifelse(steps.time, ibis.null("int64"))
        timed = steps.mutate(next_second=second_time.min().over(behind))
        return timed.filter(timed.step == 1)

    def segment(self, rule: SegmentRule) -> _Set:
        members = self.tables["members"]
        return _ids(members.filter(members.segment_id == rule.segment_id))

    def score(self, rule: ScoreRule) -> _Set:
        """Who has no score is in no row: absence is that of a present one."""
        if rule.comparison.operator is Operator.ABSENT:
            return self._except(_ids(self._scored(rule, PRESENT)).table)
        return _ids(self._scored(rule, rule.comparison))

    def _scored(self, rule: ScoreRule, comparison: Comparison) -> Table:
        if not rule.component_id:
            scores = self.tables["scores"]
            return scores.filter(scores.model_id == rule.model_id, holds(scores.score, comparison))
        components = self.tables["component_scores"]
        of_component = components.filter(
            components.model_id == rule.model_id, components.component_id == rule.component_id
        )
        return of_component.filter(holds(of_component.class_number, comparison))

    def tier(self, rule: TierRule) -> _Set:
        scores = self.tables["scores"]
        return _ids(scores.filter(scores.model_id == rule.model_id, scores.tier.isin(rule.tiers)))

    def stage(self, rule: StageRule) -> _Set:
        stages = self.tables["stages"]
        return _ids(stages.filter(stages.stage_model_id == rule.stage_model_id, stages.stage.isin(rule.stages)))

    def arm(self, rule: ArmRule) -> _Set:
        """Those merged across arms are treated as control from then on."""
        arms = self.tables["arms"]
        wanted = arms.filter(arms.experiment_id == rule.experiment_id)
        if rule.epoch:
            wanted = wanted.filter(wanted.epoch == rule.epoch)
        else:
            wanted = wanted.semi_join(newest_epochs(), ["experiment_id", "epoch"])
        treated = wanted.group_by("customer_id").agg(
            arm=wanted.arm_id.min(), arms=wanted.arm_id.nunique(), control=wanted.control_arm_id.max()
        )
        return _ids(treated.filter((treated.arms > 1).ifelse(treated.control, treated.arm).isin(rule.arm_ids)))


_NODES: Mapping[type, Callable[[RuleCompiler, Any], _Set]] = {
    AllOf: RuleCompiler.all_of,
    AnyOf: RuleCompiler.any_of,
    Not: RuleCompiler.negation,
    AttributeRule: RuleCompiler.attribute,
    TagRule: RuleCompiler.tag,
    ConsentRule: RuleCompiler.consent,
    IdentifierRule: RuleCompiler.identifier,
    EventRule: RuleCompiler.event,
    SequenceRule: RuleCompiler.sequence,
    SegmentRule: RuleCompiler.segment,
    ScoreRule: RuleCompiler.score,
    TierRule: RuleCompiler.tier,
    StageRule: RuleCompiler.stage,
    ArmRule: RuleCompiler.arm,
}


def _ids(table: Table) -> _Set:
    return _Set(table.select("customer_id"))


def _day_after(day: date | None) -> date | None:
    """None, no end at all, behind the last day that there is."""
    return None if day is None or day == date.max else day + timedelta(days=1)


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else micros(instant)

"""Pure: successes divided among the touches before them, as ibis expressions."""

import math
from collections.abc import Mapping

import ibis

from tidegate.runtime.clock import micros
from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.attribution import AttributedGroup, AttributionModel, AttributionQuery
from tidegate.segmentation.rules.check import Known, check_selection
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.slicing import (
    check_length,
    check_outcome,
    check_property,
    check_span,
    inside,
    revenue_of,
    text_of,
)
from tidegate.segmentation.rules.tables import Table, Value

MOST_GROUPS = 1_000
MOST_PROPERTIES = 5
ENDS = 0.4
"""What the first and the last of several touches get each, by position; the others share the rest."""

_CREDITS = {"success": "int64", "revenue": "float64", "weight": "float64"}


def check_attribution(query: AttributionQuery, known: Known) -> list[Violation]:
    """Everything that is wrong with a request for attribution."""
    found = check_outcome(query.outcome, known, path="outcome")
    found += check_selection(query.touches, known, path="touches")
    found += check_length(query.window, path="window")
    if query.model is None:
        found.append(Violation("model", "is required: last touch, first touch, position based, or linear"))
    if not 1 <= len(query.properties) <= MOST_PROPERTIES:
        found.append(Violation("group_by_properties", f"must be 1 to {MOST_PROPERTIES}, not {len(query.properties)}"))
    for at, name in enumerate(query.properties):
        found += check_property(name, path=f"group_by_properties[{at}]")
    return found + _check_costs(query.costs) + check_span(query.span)


def _check_costs(costs: Mapping[str, float]) -> list[Violation]:
    return [
        Violation(f'costs["{value}"]', "must be a number, and not negative")
        for value, cost in sorted(costs.items())
        if not (math.isfinite(cost) and cost >= 0)
    ]


def successes_of(query: AttributionQuery, compiler: RuleCompiler) -> Table:
    """One row per success in the span."""
    events = compiler.selected(query.outcome.events)
    wanted = events.filter(inside(events.time, query.span))
    return wanted.select("customer_id", "time", "serial", revenue=revenue_of(wanted, query.outcome, compiler))


def touches_of(query: AttributionQuery, compiler: RuleCompiler) -> Table:
    """One row per touch that a success in the span may follow in time, with the values that group it."""
    events = compiler.selected(query.touches)
    start, end = query.span.start, query.span.end
    if start is not None:
        events = events.filter(events.time > micros(start) - query.reach)
    if end is not None:
        events = events.filter(events.time < micros(end))
    values = {_value(at): text_of(events, name, compiler) for at, name in enumerate(query.properties)}
    return events.select("customer_id", "time", "serial", **values)


def credits_of(query: AttributionQuery, compiler: RuleCompiler) -> Table:
    """One row per success and touch before it, with the share of the success that the touch gets."""
    values = _values(query)
    successes = successes_of(query, compiler).rename(success="serial")
    touches = touches_of(query, compiler).select("customer_id", *values, touch_time="time", touch="serial")
    pairs = successes.inner_join(touches, "customer_id")
    before = pairs.filter(
        pairs.touch_time <= pairs.time, pairs.touch_time > pairs.time - query.reach, pairs.touch != pairs.success
    )
    place = ibis.row_number().over(group_by="success", order_by=["touch_time", "touch"])
    ranked = before.mutate(place=place, among=before.touch.count().over(group_by="success"))
    assert query.model is not None
    return ranked.select("success", "revenue", *values, weight=_weight(query.model, ranked.place, ranked.among))


def _weight(model: AttributionModel, place: Value, among: Value) -> Value:
    """The share of the touch at ``place``, from 0 on, ``among`` so many."""
    first, last = place == 0, place == among - 1
    match model:
        case AttributionModel.LAST_TOUCH:
            return last.ifelse(1.0, 0.0)
        case AttributionModel.FIRST_TOUCH:
            return first.ifelse(1.0, 0.0)
        case AttributionModel.LINEAR:
            return 1.0 / among
        case AttributionModel.POSITION_BASED:
            between = (1 - 2 * ENDS) / ibis.greatest(among - 2, 1)
            return (among <= 2).ifelse(1.0 / among, (first | last).ifelse(ENDS, between))


def by_group(query: AttributionQuery, compiler: RuleCompiler) -> Table:
    """One row per group of touches: how many there are, and what of the temporary table `credits` is theirs."""
    values = _values(query)
    credited = ibis.table(_CREDITS | dict.fromkeys(values, "string"), name="credits")
    shares = credited.group_by(values).agg(
        conversions=credited.weight.sum(), revenue=(credited.weight * credited.revenue).sum()
    )
    touches = touches_of(query, compiler)
    counted = touches.group_by(values).agg(touches=touches.count())
    joined = counted.left_join(shares, values)
    rows = joined.select(
        *values,
        "touches",
        conversions=joined.conversions.fill_null(0.0),
        revenue=joined.revenue.fill_null(0.0),
    )
    return rows.order_by([rows.revenue.desc(), rows.conversions.desc(), rows.touches.desc(), *values]).limit(
        MOST_GROUPS
    )


def unattributed(query: AttributionQuery, compiler: RuleCompiler) -> Table:
    """One row: the successes that are not in the temporary table `credits`, and their revenue."""
    credited = ibis.table(_CREDITS, name="credits")
    successes = successes_of(query, compiler)
    alone = successes.anti_join(credited, successes.serial == credited.success)
    return alone.agg(conversions=alone.count(), revenue=alone.revenue.sum().fill_null(0.0))


def group_from(query: AttributionQuery, row: tuple[str | int | float, ...]) -> AttributedGroup:
    """A group from its row, with what its touches cost."""
    *values, touches, conversions, revenue = row
    names = tuple(map(str, values))
    cost = int(touches) * query.costs.get(names[0], 0.0)
    return AttributedGroup(names, int(touches), float(conversions), float(revenue), cost)


def _values(query: AttributionQuery) -> list[str]:
    return [_value(at) for at in range(len(query.properties))]


def _value(at: int) -> str:
    return f"value_{at}"

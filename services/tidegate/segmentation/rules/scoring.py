"""Pure: score models as ibis expressions, and what is wrong with a model.

A run measures every customer of the model into the table `measured` (one row per customer, for component i the
columns `value_i` and `latest_i`), reads the cuts off it, and sorts the values into classes.
"""

from collections.abc import Sequence
from functools import reduce

import ibis

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.rule import Aggregate
from tidegate.segmentation.model.scoring import (
    Component,
    Direction,
    FixedCuts,
    Ntile,
    QuantileEdges,
    ScoreModel,
    TieBreak,
    Tier,
)
from tidegate.segmentation.model.subject import Subject
from tidegate.segmentation.rules import aggregates
from tidegate.segmentation.rules.allocation import ID_RULE
from tidegate.segmentation.rules.check import Known, check_aggregate, is_id
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.tables import Table, Value, everyone_of, now

MAX_COMPONENTS = 10
MAX_TIERS = 20
MAX_CLASSES = 100
DAY = 24 * 3600 * 1_000_000


def check_model(model: ScoreModel, known: Known) -> list[Violation]:
    """Everything that is wrong with a model."""
    found = []
    if not is_id(model.model_id):
        found.append(Violation("model.model_id", ID_RULE))
    if not 1 <= len(model.components) <= MAX_COMPONENTS:
        found.append(Violation("model.components", f"must be 1 to {MAX_COMPONENTS}"))
    for at, component in enumerate(model.components):
        found += _check_component(component, f"model.components[{at}]", known)
    ids = [each.component_id for each in model.components]
    if len(set(ids)) < len(ids):
        found.append(Violation("model.components", "each component_id may be there once"))
    if model.segment_id and model.subject is not Subject.CUSTOMERS:
        found.append(Violation("model.segment_id", f"is no segment of {model.subject.plural}; leave it out"))
    elif model.segment_id and model.segment_id not in known.segments:
        found.append(Violation("model.segment_id", f"there is no segment {model.segment_id!r}"))
    return [*found, *_check_tiers(model.tiers)]


def measured(model: ScoreModel, compiler: RuleCompiler) -> Table:
    """One row per customer with `value_i` and `latest_i` for each component; null: nothing to measure."""
    parts = [_measure(component, at, compiler) for at, component in enumerate(model.components)]
    everyone = everyone_of(model.subject, compiler.tables)
    customers = everyone.filter(~everyone.archived).select("customer_id")
    if model.segment_id:
        members = compiler.tables["members"]
        wanted = members.filter(members.segment_id == model.segment_id)
    else:
        every = [part.select("customer_id") for part in parts]
        wanted = every[0] if len(every) == 1 else ibis.union(*every)
    return reduce(_joined, parts, customers.semi_join(wanted, "customer_id"))


def class_of(component: Component, at: int, rows: Table, cuts: Sequence[float]) -> Value:
    """The class of component ``at``, over the rows of `measured`; without a value class 1."""
    value = rows[f"value_{at}"]
    if isinstance(component.classes, Ntile):
        order = [*_worst_first(component, value), *_ties(rows, component.classes.tie_break, at)]
        return ibis.ntile(component.classes.classes).over(ibis.window(order_by=order)) + 1
    strict = isinstance(component.classes, QuantileEdges)
    above = [ibis.ifelse((value > cut) if strict else (value >= cut), 1, 0) for cut in cuts]
    rank = reduce(lambda left, right: left + right, above, ibis.literal(1))
    if component.direction is Direction.LOWER_IS_BETTER:
        rank = len(cuts) + 2 - rank
    return ibis.ifelse(value.isnull(), 1, rank)


def measured_table(components: int) -> Table:
    """The table `measured` for so many components."""
    columns = {"customer_id": "int64"}
    for at in range(components):
        columns |= {f"value_{at}": "float64", f"latest_{at}": "int64"}
    return ibis.table(columns, name="measured")


def quantile_levels(classes: int) -> list[float]:
    """The probabilities of the edges between so many classes."""
    return [k / classes for k in range(1, classes)]


def scored(model: ScoreModel) -> Table:
    """Customer, score, and tier of each row of the table `classed`: the weighted mean of the classes.

    The tiers in force, in the table `scores`, are those that may be kept.
    """
    names = [f"class_{at}" for at in range(len(model.components))]
    rows = ibis.table({"customer_id": "int64", **dict.fromkeys(names, "int64")}, name="classed")
    weighted = [rows[name] * each.weight for name, each in zip(names, model.components, strict=True)]
    total = sum(each.weight for each in model.components)
    score = reduce(lambda left, right: left + right, weighted) / total
    people = _with_held(rows.select("customer_id", score=score), model)
    return people.select("customer_id", "score", tier=_tier(people.score, people.held, model.tiers))


def _with_held(people: Table, model: ScoreModel) -> Table:
    """The customers with the tier in force of each as `held`; '' where no tier of the model is ever kept."""
    if all(each.stay_score is None for each in model.tiers):
        return people.mutate(held=ibis.literal(""))
    scores = ibis.table({"model_id": "string", "customer_id": "int64", "tier": "string"}, name="scores")
    held = scores.filter(scores.model_id == model.model_id).select("customer_id", held=scores.tier)
    return people.left_join(held, "customer_id")


def _tier(score: Value, held: Value, tiers: Sequence[Tier]) -> Value:
    """The first tier whose minimum is reached, or that is kept by who has it or a better one; '' for none."""
    branches = [
        (_reached(score, held, each, [better.tier for better in tiers[: at + 1]]), ibis.literal(each.tier))
        for at, each in enumerate(tiers)
    ]
    return ibis.cases(*branches, else_="") if branches else ibis.literal("")


def _reached(score: Value, held: Value, tier: Tier, as_good: Sequence[str]) -> Value:
    reached = score >= tier.minimum_score
    if tier.stay_score is None:
        return reached
    return reached | (held.fill_null("").isin(as_good) & (score >= tier.stay_score))


def _measure(component: Component, at: int, compiler: RuleCompiler) -> Table:
    rule = component.measured
    events = compiler.selected(rule.events)
    columns = compiler.catalog.property_columns(rule.property)
    results = aggregates.results(events, rule.aggregate, columns, of=rule.property)
    value = ibis.coalesce(*results.values()) if results else ibis.null("float64")
    if component.in_days:
        value = (now() - value) // DAY
    return events.group_by("customer_id").agg(
        **{f"value_{at}": value.cast("float64"), f"latest_{at}": events.time.max()}
    )


def _joined(people: Table, part: Table) -> Table:
    return people.left_join(part, "customer_id").drop("customer_id_right")


def _worst_first(component: Component, value: Value) -> list[Value]:
    better_high = component.direction is Direction.HIGHER_IS_BETTER
    return [value.notnull(), value if better_high else -value]


def _ties(rows: Table, tie_break: TieBreak, at: int) -> list[Value]:
    match tie_break:
        case TieBreak.LATEST_EVENT:
            return [rows[f"latest_{at}"], rows.customer_id]
        case TieBreak.HASH:
            return [rows.customer_id.hash(), rows.customer_id]
        case TieBreak.CUSTOMER_ID:
            return [rows.customer_id]


def _check_component(component: Component, path: str, known: Known) -> list[Violation]:
    found = check_aggregate(component.measured, known, path=path)
    if not is_id(component.component_id):
        found.append(Violation(f"{path}.component_id", ID_RULE))
    if component.weight <= 0:
        found.append(Violation(f"{path}.weight", "must be greater than 0"))
    if component.measured.aggregate in {Aggregate.FIRST, Aggregate.LAST} and not (
        component.in_days or component.measured.property
    ):
        found.append(Violation(f"{path}.property", "is required; the time of an event is no number"))
    return [*found, *_check_classes(component, path)]


def _check_classes(component: Component, path: str) -> list[Violation]:
    classes = component.classes
    if classes is None:
        return [Violation(f"{path}.classes", "is required: quantile_edges, ntile, or fixed_cuts")]
    if not 2 <= classes.classes <= MAX_CLASSES:
        return [Violation(f"{path}.classes", f"must make 2 to {MAX_CLASSES} classes")]
    if isinstance(classes, FixedCuts) and list(classes.cuts) != sorted(set(classes.cuts)):
        return [Violation(f"{path}.fixed_cuts.cuts", "must rise")]
    return []


def _check_tiers(tiers: Sequence[Tier]) -> list[Violation]:
    found = []
    if len(tiers) > MAX_TIERS:
        found.append(Violation("model.tiers", f"must be at most {MAX_TIERS}"))
    for at, tier in enumerate(tiers):
        if not is_id(tier.tier):
            found.append(Violation(f"model.tiers[{at}].tier", ID_RULE))
        if at and tier.minimum_score >= tiers[at - 1].minimum_score:
            found.append(Violation(f"model.tiers[{at}].minimum_score", "must be below that of the tier before"))
        if tier.stay_score is not None and tier.stay_score > tier.minimum_score:
            found.append(Violation(f"model.tiers[{at}].stay_score", "must be at most minimum_score"))
    return found

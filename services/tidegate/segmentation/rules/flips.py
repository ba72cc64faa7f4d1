"""Pure: the instants at which time alone can turn a rule, so that an idle system does no work.

A flip says: when the clock passes `column + offset` of one of these rows, the row's customer is to be asked
again. There may be more flips than turns, never fewer. Rows that were passed are found by a range of the
column, the next flip by its least value: both without looking at the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import ibis

from tidegate.segmentation.model.rule import (
    AttributeRule,
    Comparison,
    EventRule,
    Kind,
    Operator,
    Rolling,
    Rule,
    Selection,
    SequenceRule,
    selections,
    walk,
)
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.tables import Table, Value, getvariable, now


@dataclass(frozen=True, slots=True)
class Flip:
    """Rows with a column of instants; the customer of a row is asked again at the instant plus ``offset``."""

    rows: Table
    column: str
    offset: int


def flips_of(rule: Rule, compiler: RuleCompiler) -> list[Flip]:
    """All flips of a rule."""
    return [flip for _, node in walk(rule) for flip in _flips(node, compiler)]


def flipped(flips: list[Flip]) -> Table | None:
    """The customers with a flip in (low, high], two variables of the session. None when nothing can flip."""
    low, high = getvariable("low"), getvariable("high")
    passed = [
        flip.rows.filter(_at(flip) > low - flip.offset, _at(flip) <= high - flip.offset).select("customer_id")
        for flip in flips
    ]
    return ibis.union(*passed, distinct=True) if len(passed) > 1 else next(iter(passed), None)


def next_flip(flips: list[Flip]) -> Table | None:
    """One row with the column `at`: the earliest flip in (now, horizon], null without one."""
    horizon = getvariable("horizon")
    coming = [
        flip.rows.filter(_at(flip) > now() - flip.offset, _at(flip) <= horizon - flip.offset).agg(
            at=_at(flip).min() + flip.offset
        )
        for flip in flips
    ]
    if not coming:
        return None
    every = ibis.union(*coming) if len(coming) > 1 else coming[0]
    return every.agg(at=every["at"].min())


def _at(flip: Flip) -> Value:
    return flip.rows[flip.column]


def _flips(rule: Rule, compiler: RuleCompiler) -> Iterator[Flip]:
    for selection in selections(rule):
        yield from _of_selection(selection, compiler)
    if isinstance(rule, SequenceRule):
        yield Flip(_rows(rule.first, compiler), "time", rule.within + 1)
    if isinstance(rule, EventRule) and rule.comparison is not None:
        yield from _of_result(rule, rule.comparison, compiler)
    if isinstance(rule, AttributeRule):
        customers = compiler.tables["customers"]
        column = compiler.catalog.attribute_columns(rule.attribute).get(Kind.INSTANT)
        yield from _of_span(customers, column, rule.comparison)


def _of_selection(selection: Selection, compiler: RuleCompiler) -> Iterator[Flip]:
    """An event begins to count, leaves a rolling window, or its properties move past now."""
    rows = _rows(selection, compiler)
    yield Flip(rows, "counts_from", 0)
    if isinstance(selection.window, Rolling):
        yield Flip(rows, "time", selection.window.length + 1)
    for each in selection.filters:
        column = compiler.catalog.property_columns(each.property).get(Kind.INSTANT)
        yield from _of_span(rows, column, each.comparison)


def _of_result(rule: EventRule, comparison: Comparison, compiler: RuleCompiler) -> Iterator[Flip]:
    column = compiler.catalog.property_columns(rule.property).get(Kind.INSTANT) if rule.property else "time"
    yield from _of_span(_rows(rule.events, compiler), column, comparison)


def _of_span(rows: Table, column: str | None, comparison: Comparison) -> Iterator[Flip]:
    """now + start <= value < now + end: true from value - end, excluded, to value - start, included."""
    if comparison.operator is not Operator.WITHIN or comparison.span is None or column is None:
        return
    for edge in (comparison.span.start, comparison.span.end):
        if edge is not None:
            yield Flip(rows, column, 1 - edge)


def _rows(selection: Selection, compiler: RuleCompiler) -> Table:
    """The events by name alone: those that filters leave out cost a useless question, no wrong answer."""
    events = compiler.tables["events"]
    return events.filter(events["name"].isin(selection.names))

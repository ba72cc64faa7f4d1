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
from tidegate.segmentation.rules.tables import Predicate, Table, Value, getvariable, now


@dataclass(frozen=True, slots=True)
class Flip:
    """Rows of a table with a column of instants; a row's customer is asked again at the instant plus ``offset``.

    The condition on the rows and the range of the column go into one filter: a filter that several flips shared
    would become a common table expression, and DuckDB would compute all of it before it looks at the range.
    """

    table: Table
    condition: Predicate
    column: str
    offset: int

    def between(self, low: Value, high: Value) -> Table:
        """The rows whose flip is in (low, high]."""
        instant = self.table[self.column]
        return self.table.filter(self.condition, instant > low - self.offset, instant <= high - self.offset)


def flips_of(rule: Rule, compiler: RuleCompiler) -> list[Flip]:
    """All flips of a rule."""
    return [flip for _, node in walk(rule) for flip in _flips(node, compiler)]


def flipped(flips: list[Flip]) -> Table | None:
    """The customers with a flip in (low, high], two variables of the session. None when nothing can flip."""
    low, high = getvariable("low"), getvariable("high")
    passed = [flip.between(low, high).select("customer_id") for flip in flips]
    return ibis.union(*passed, distinct=True) if len(passed) > 1 else next(iter(passed), None)


def next_flip(flips: list[Flip]) -> Table | None:
    """One row with the column `at`: the earliest flip in (now, horizon], null without one."""
    horizon = getvariable("horizon")
    coming = [_earliest(flip.between(now(), horizon), flip) for flip in flips]
    if not coming:
        return None
    every = ibis.union(*coming) if len(coming) > 1 else coming[0]
    return every.agg(at=every["at"].min())


def _earliest(rows: Table, flip: Flip) -> Table:
    return rows.agg(at=rows[flip.column].min() + flip.offset)


def _flips(rule: Rule, compiler: RuleCompiler) -> Iterator[Flip]:
    for selection in selections(rule):
        yield from _of_selection(selection, compiler)
    if isinstance(rule, SequenceRule):
        yield _event_flip(rule.first, compiler, "time", rule.within + 1)
    if isinstance(rule, EventRule) and rule.comparison is not None:
        column = compiler.catalog.property_columns(rule.property).get(Kind.INSTANT) if rule.property else "time"
        for offset in _edges(rule.comparison) if column else ():
            yield _event_flip(rule.events, compiler, str(column), offset)
    if isinstance(rule, AttributeRule):
        customers = compiler.tables["customers"]
        column = compiler.catalog.attribute_columns(rule.attribute).get(Kind.INSTANT)
        for offset in _edges(rule.comparison) if column else ():
            yield Flip(customers, customers[str(column)].notnull(), str(column), offset)


def _of_selection(selection: Selection, compiler: RuleCompiler) -> Iterator[Flip]:
    """An event begins to count, leaves a rolling window, or its properties move past now."""
    yield _event_flip(selection, compiler, "counts_from", 0)
    if isinstance(selection.window, Rolling):
        yield _event_flip(selection, compiler, "time", selection.window.length + 1)
    for each in selection.filters:
        column = compiler.catalog.property_columns(each.property).get(Kind.INSTANT)
        for offset in _edges(each.comparison) if column else ():
            yield _event_flip(selection, compiler, str(column), offset)


def _event_flip(selection: Selection, compiler: RuleCompiler, column: str, offset: int) -> Flip:
    """The events by name alone: those that filters leave out cost a useless question, no wrong answer."""
    events = compiler.tables["events"]
    return Flip(events, events["name"].isin(selection.names), column, offset)


def _edges(comparison: Comparison) -> list[int]:
    """now + start <= value < now + end: true from value - end, excluded, to value - start, included."""
    if comparison.operator is not Operator.WITHIN or comparison.span is None:
        return []
    return [1 - edge for edge in (comparison.span.start, comparison.span.end) if edge is not None]

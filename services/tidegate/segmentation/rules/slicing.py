"""Pure: what reports cut events by, spans of time and values of a property; and what is wrong with these."""

from collections.abc import Collection

import ibis

from tidegate.runtime.clock import micros
from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.report import Outcome
from tidegate.segmentation.model.rule import NUMERIC, Between, Kind
from tidegate.segmentation.rules.allocation import ID_RULE
from tidegate.segmentation.rules.check import MAX_NAME, Known, check_selection, is_id
from tidegate.segmentation.rules.comparisons import all_true, numeric
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.tables import Predicate, Table, Value

MOST_GROUPS = 50
LONGEST = 315_576_000_000 * 1_000_000
"""The longest time that the contract's durations tell, in microseconds."""


def inside(instant: Value, span: Between) -> Predicate:
    """Whether an instant lies in the span."""
    lower = [] if span.start is None else [instant >= micros(span.start)]
    upper = [] if span.end is None else [instant < micros(span.end)]
    return all_true([*lower, *upper])


def text_of(events: Table, name: str, compiler: RuleCompiler) -> Value:
    """A property as text; '' where an event has none, and for lists."""
    columns = compiler.catalog.property_columns(name)
    found = [events[column].cast("string") for kind, column in columns.items() if kind is not Kind.LIST]
    return ibis.coalesce(*found, ibis.literal("")) if found else ibis.literal("")


def group_of(events: Table, name: str, compiler: RuleCompiler) -> Value:
    """The value of the property by which a report is split; '' where it is not."""
    return text_of(events, name, compiler) if name else ibis.literal("")


def commonest(rows: Table) -> Table:
    """The commonest values of the column `group_value`, each with how many rows have it."""
    counted = rows.group_by("group_value").agg(rows_in_all=rows.count())
    return counted.order_by([counted.rows_in_all.desc(), counted.group_value]).limit(MOST_GROUPS)


def revenue_of(events: Table, outcome: Outcome, compiler: RuleCompiler) -> Value:
    """What each event brings; 0 without a value."""
    value = numeric(events, compiler.catalog.property_columns(outcome.revenue_property))
    return ibis.literal(0.0) if value is None else value.cast("float64").fill_null(0.0)


def check_outcome(outcome: Outcome, known: Known, *, path: str) -> list[Violation]:
    """What is wrong with an outcome."""
    found = []
    if not is_id(outcome.outcome_id):
        found.append(Violation(f"{path}.outcome_id", ID_RULE))
    if outcome.horizon is not None:
        found += check_length(outcome.horizon, path=f"{path}.horizon")
    found += check_selection(outcome.events, known, path=f"{path}.events")
    return found + check_numbers(outcome.revenue_property, known, path=f"{path}.revenue_property")


def check_length(length: int, *, path: str) -> list[Violation]:
    """What is wrong with a length of time, in microseconds."""
    if 0 < length <= LONGEST:
        return []
    return [Violation(path, "must be greater than 0" if length <= 0 else "is longer than 10,000 years")]


def check_numbers(name: str, known: Known, *, path: str) -> list[Violation]:
    """What is wrong with a property that is added up; one that was never seen may still come."""
    seen = known.catalog.property_columns(name)
    if not seen or seen.keys() & NUMERIC:
        return []
    kinds = " and ".join(sorted(kind.value for kind in seen))
    return [Violation(path, f"needs numbers, and {name} holds {kinds}")]


def check_property(name: str, *, path: str) -> list[Violation]:
    """What is wrong with the name of a property."""
    return [] if 1 <= len(name) <= MAX_NAME else [Violation(path, f"must have 1 to {MAX_NAME} characters")]


def check_group(name: str, *, path: str = "group_by_property") -> list[Violation]:
    """What is wrong with the property by which a report is split; '' does not split it."""
    return check_property(name, path=path) if name else []


def check_span(span: Between, *, path: str = "span") -> list[Violation]:
    """What is wrong with a span of time."""
    if span.start is not None and span.end is not None and span.end <= span.start:
        return [Violation(path, "is empty: its end must be after its start")]
    return []


def check_ids(ids: Collection[str], *, path: str, field: str) -> list[Violation]:
    """What is wrong with the ids of a report's parts, which stand at ``path``[...].``field``."""
    found, seen = [], set[str]()
    for at, each in enumerate(ids):
        if not is_id(each):
            found.append(Violation(f"{path}[{at}].{field}", ID_RULE))
        elif each in seen:
            found.append(Violation(f"{path}[{at}].{field}", f"{each!r} is there before; give each an id of its own"))
        seen.add(each)
    return found

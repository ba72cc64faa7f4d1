"""Pure: what is computed from a customer's events, as ibis expressions."""

from collections.abc import Mapping

import ibis

from tidegate.segmentation.model.rule import Aggregate, Comparison, Kind, Operator
from tidegate.segmentation.rules.comparisons import any_true, columns_for, holds, numeric
from tidegate.segmentation.rules.tables import Predicate, Table, Value

ZERO_WITHOUT_EVENTS = frozenset({Aggregate.COUNT, Aggregate.SUM, Aggregate.DISTINCT})
AT_LEAST_ONE = Comparison(Operator.GREATER_OR_EQUAL, (1,))
PRESENT = Comparison(Operator.PRESENT)

_PREFIX = "result_"


def results(events: Table, aggregate: Aggregate, columns: Mapping[Kind, str], *, of: str) -> dict[str, Value]:
    """The results of an aggregate over the property ``of`` ('': over the events' times), by column name.

    A property that was seen with several kinds of values has a result for each kind.
    """
    if aggregate is Aggregate.COUNT:
        return {_PREFIX + Kind.INTEGER.value: events.count()}
    if not of:
        time = events.time.min() if aggregate is Aggregate.FIRST else events.time.max()
        return {_PREFIX + Kind.INSTANT.value: time}
    if aggregate in {Aggregate.SUM, Aggregate.MEAN}:
        return {_PREFIX + Kind.NUMBER.value: _over_numbers(events, aggregate, columns)}
    if aggregate is Aggregate.DISTINCT:
        counts = [events[column].nunique() for column in columns.values()]
        return {_PREFIX + Kind.INTEGER.value: sum(counts, start=ibis.literal(0, "int64"))}
    return {_PREFIX + kind.value: _pick(events, aggregate, column) for kind, column in columns.items()}


def result_holds(table: Table, comparison: Comparison) -> Predicate:
    """Whether one of the results compares so; never null."""
    columns = {kind: _PREFIX + kind.value for kind in Kind if _PREFIX + kind.value in table.columns}
    found = [holds(table[column], comparison) for column in columns_for(columns, comparison)]
    return any_true(found).fill_null(False)  # noqa: FBT003  (ibis' signature)


def default_comparison(aggregate: Aggregate) -> Comparison:
    """What an event rule without a comparison means."""
    return AT_LEAST_ONE if aggregate is Aggregate.COUNT else PRESENT


def holds_for_zero(comparison: Comparison) -> bool:
    """Whether those without events fulfil a comparison of a count or a sum."""
    given = [value for value in comparison.values if isinstance(value, int | float)]
    match comparison.operator:
        case Operator.BETWEEN:
            return given[0] <= 0 <= given[1]
        case Operator.IN | Operator.EQUAL:
            return 0 in given
        case Operator.NOT_IN | Operator.NOT_EQUAL:
            return 0 not in given
        case Operator.LESS:
            return given[0] > 0
        case Operator.LESS_OR_EQUAL:
            return given[0] >= 0
        case Operator.GREATER:
            return given[0] < 0
        case Operator.GREATER_OR_EQUAL:
            return given[0] <= 0
        case _:
            return False


def asks_for_any(aggregate: Aggregate, comparison: Comparison) -> bool:
    """Whether the comparison of a count only asks for one event."""
    least_one = {(Operator.GREATER_OR_EQUAL, (1,)), (Operator.GREATER, (0,)), (Operator.NOT_EQUAL, (0,))}
    return aggregate is Aggregate.COUNT and (comparison.operator, comparison.values) in least_one


def _over_numbers(events: Table, aggregate: Aggregate, columns: Mapping[Kind, str]) -> Value:
    value = numeric(events, columns)
    if aggregate is Aggregate.MEAN:
        return ibis.null("float64") if value is None else value.mean()
    return ibis.literal(0) if value is None else value.sum().fill_null(0)


def _pick(events: Table, aggregate: Aggregate, column: str) -> Value:
    """Of several events at one time the one stored first counts as the earlier."""
    value = events[column]
    match aggregate:
        case Aggregate.MIN:
            return value.min()
        case Aggregate.MAX:
            return value.max()
        case Aggregate.FIRST:
            return value.first(order_by=[events.time, events.serial])
        case _:
            return value.last(order_by=[events.time, events.serial])

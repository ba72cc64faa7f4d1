"""Pure: what is computed from a customer's events, as ibis expressions."""

from collections.abc import Mapping

import ibis

from tidegate.segmentation.model.rule import NUMERIC, Aggregate, Comparison, Kind, Operator
from tidegate.segmentation.rules.comparisons import PRESENT, any_true, compares, numeric
from tidegate.segmentation.rules.tables import Predicate, Table, Value

ZERO_WITHOUT_EVENTS = frozenset({Aggregate.COUNT, Aggregate.SUM, Aggregate.DISTINCT})
AT_LEAST_ONE = Comparison(Operator.GREATER_OR_EQUAL, (1,))

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
        counts = [value.nunique() for value in _by_kind(events, columns).values()]
        return {_PREFIX + Kind.INTEGER.value: sum(counts, start=ibis.literal(0, "int64"))}
    if aggregate in {Aggregate.MIN, Aggregate.MAX}:
        extremes = {
            kind: value.min() if aggregate is Aggregate.MIN else value.max()
            for kind, value in _by_kind(events, columns).items()
        }
        return {_PREFIX + kind.value: value for kind, value in extremes.items()}
    return {_PREFIX + kind.value: _pick(events, aggregate, column, columns) for kind, column in columns.items()}


def result_holds(table: Table, comparison: Comparison) -> Predicate:
    """Whether one of the results compares so; never null."""
    columns = {kind: _PREFIX + kind.value for kind in Kind if _PREFIX + kind.value in table.columns}
    return compares(table, columns, comparison)


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
        case operator:
            return operator is Operator.PRESENT


def asks_for_any(aggregate: Aggregate, comparison: Comparison) -> bool:
    """Whether the comparison of a count only asks for one event."""
    least_one = {(Operator.GREATER_OR_EQUAL, (1,)), (Operator.GREATER, (0,)), (Operator.NOT_EQUAL, (0,))}
    return aggregate is Aggregate.COUNT and (comparison.operator, comparison.values) in least_one


def _over_numbers(events: Table, aggregate: Aggregate, columns: Mapping[Kind, str]) -> Value:
    value = numeric(events, columns)
    if aggregate is Aggregate.MEAN:
        return ibis.null("float64") if value is None else value.mean()
    return ibis.literal(0) if value is None else value.sum().fill_null(0)


def _by_kind(events: Table, columns: Mapping[Kind, str]) -> dict[Kind, Value]:
    """The values of a property by kind; whole numbers and numbers with a fraction are of one kind."""
    values = {kind: events[column] for kind, column in columns.items() if kind not in NUMERIC}
    number = numeric(events, columns)
    if number is not None:
        values[Kind.NUMBER if Kind.NUMBER in columns else Kind.INTEGER] = number
    return values


def _pick(events: Table, aggregate: Aggregate, column: str, columns: Mapping[Kind, str]) -> Value:
    """The value in the earliest or latest event that has one; null in all columns but one.

    Of several events at one time the one stored first counts as the earlier.
    """
    pick = events[column].first if aggregate is Aggregate.FIRST else events[column].last
    present = any_true([events[each].notnull() for each in columns.values()])
    return pick(where=present, order_by=[events.time, events.serial], include_null=True)

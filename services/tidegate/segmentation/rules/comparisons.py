"""Pure: comparisons as conditions on columns."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

import ibis

from tidegate.runtime.clock import micros
from tidegate.segmentation.model.rule import NUMERIC, Comparison, Kind, Operator, Scalar, kind_of
from tidegate.segmentation.rules.tables import Predicate, Table, Value, now

_COMPARED: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQUAL: lambda value, given: value == given,
    Operator.NOT_EQUAL: lambda value, given: value != given,
    Operator.LESS: lambda value, given: value < given,
    Operator.LESS_OR_EQUAL: lambda value, given: value <= given,
    Operator.GREATER: lambda value, given: value > given,
    Operator.GREATER_OR_EQUAL: lambda value, given: value >= given,
    Operator.STARTS_WITH: lambda value, given: value.startswith(given),
    Operator.CONTAINS: lambda value, given: value.contains(given),
}

_OPPOSITES = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.NOT_IN: Operator.IN}
PRESENT = Comparison(Operator.PRESENT)


def holds(value: Value, comparison: Comparison) -> Predicate:
    """The comparison as a condition on ``value``; except for presence, null makes it null."""
    given = [_literal(each) for each in comparison.values]
    match comparison.operator:
        case Operator.PRESENT:
            return value.notnull()
        case Operator.ABSENT:
            return value.isnull()
        case Operator.BETWEEN:
            return value.between(given[0], given[1])
        case Operator.IN:
            return value.isin(given)
        case Operator.NOT_IN:
            return value.notin(given)
        case Operator.WITHIN:
            return _within(value, comparison)
        case None:
            raise ValueError("a comparison without an operator is never compiled")
        case operator:
            return _COMPARED[operator](value, given[0])


def columns_for(columns: Mapping[Kind, str], comparison: Comparison) -> list[str]:
    """Those of a name's columns that the comparison looks at: all of them when only presence is asked."""
    kinds = {kind_of(value) for value in comparison.values}
    if comparison.operator is Operator.WITHIN:
        kinds = {Kind.INSTANT}
    elif comparison.operator is Operator.CONTAINS:
        kinds = {Kind.TEXT, Kind.LIST}
    elif kinds & NUMERIC:
        kinds = set(NUMERIC)
    return [column for kind, column in columns.items() if not kinds or kind in kinds]


def compares(table: Table, columns: Mapping[Kind, str], comparison: Comparison) -> Predicate:
    """Whether a value that may be in any of several columns compares so; never null.

    A value of another kind than those it is compared with is different from them.
    """
    opposite = _OPPOSITES.get(comparison.operator) if comparison.operator else None
    if opposite is not None:
        return compares(table, columns, PRESENT) & ~compares(table, columns, replace(comparison, operator=opposite))
    found = [holds(table[column], comparison) for column in columns_for(columns, comparison)]
    if comparison.operator is Operator.ABSENT:
        return all_true(found)
    return any_true(found).fill_null(False)  # noqa: FBT003  (ibis' signature)


def numeric(table: Table, columns: Mapping[Kind, str]) -> Value | None:
    """The numeric value of a property or attribute; None when no number was ever seen."""
    found = [table[columns[kind]] for kind in (Kind.INTEGER, Kind.NUMBER) if kind in columns]
    return ibis.coalesce(*found) if found else None


def any_true(conditions: list[Predicate]) -> Predicate:
    """True when one of the conditions is; false for none."""
    return reduce(lambda left, right: left | right, conditions) if conditions else ibis.literal(False)  # noqa: FBT003


def all_true(conditions: list[Predicate]) -> Predicate:
    """True when all of the conditions are; true for none."""
    return reduce(lambda left, right: left & right, conditions) if conditions else ibis.literal(True)  # noqa: FBT003


def _within(value: Value, comparison: Comparison) -> Predicate:
    span = comparison.span
    if span is None:
        raise ValueError("within has a span")
    bounds = [value.notnull()]
    if span.start is not None:
        bounds.append(value >= now() + span.start)
    if span.end is not None:
        bounds.append(value < now() + span.end)
    return all_true(bounds)


def _literal(value: Scalar) -> Any:
    return micros(value) if isinstance(value, datetime) else value

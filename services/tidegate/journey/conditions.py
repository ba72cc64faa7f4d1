"""Pure: what a journey waits for, enters on, and ends on, and whether something that happened is it."""

import enum
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tidegate.runtime.clock import micros

Scalar = Any
"""A property's value as JSON has it: text, number, truth, a list of texts, or {"instant": microseconds}."""


class Operator(enum.Enum):
    """How a property is compared."""

    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    AT_MOST = "at_most"
    GREATER = "greater"
    AT_LEAST = "at_least"
    IN = "in"
    NOT_IN = "not_in"
    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class PropertyTest:
    """Compares the property ``name`` with ``values``."""

    name: str
    operator: Operator
    values: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that may happen to a customer.

    ``key`` names it: `event:<name>`, `entered:<segment>`, `left:<segment>`, `opened:<node>`, `clicked:<node>`.
    """

    key: str
    properties: tuple[PropertyTest, ...] = ()


Mark = tuple[int, int, str]
"""Puts signals in order: by time (microseconds), feed position, and reference."""


class Signal(NamedTuple):
    """Something that happened to the customer of an open walk, at business time ``time``.

    ``position`` is the position of identity's feed that it reflects, 0 when there is none. ``reference`` names
    it in its own service.
    """

    key: str
    time: datetime
    position: int = 0
    reference: str = ""
    properties: Mapping[str, Scalar] | None = None

    @property
    def mark(self) -> Mark:
        """Where it stands among all signals of a walk."""
        return (micros(self.time), self.position, self.reference)


def matches(
    happening: Happening,
    signal: Signal,
    *,
    matching: str = "",
    entry: Mapping[str, Scalar] | None = None,
) -> bool:
    """Whether ``signal`` is what ``happening`` describes.

    ``matching`` names a property that must equal the one of the ``entry``; one that either lacks never does.
    """
    if signal.key != happening.key:
        return False
    properties = signal.properties or {}
    if matching and not _ties(properties.get(matching), (entry or {}).get(matching)):
        return False
    return all_hold(happening.properties, properties)


def all_hold(tests: Sequence[PropertyTest], properties: Mapping[str, Scalar]) -> bool:
    """Whether every test holds for ``properties``."""
    return all(holds(test, properties) for test in tests)


def holds(test: PropertyTest, properties: Mapping[str, Scalar]) -> bool:
    """Whether the test holds; values of different types are never equal, nor less, nor greater."""
    value = properties.get(test.name)
    if test.operator is Operator.PRESENT:
        return value is not None
    if test.operator is Operator.ABSENT:
        return value is None
    if value is None:
        return False
    if test.operator in {Operator.IN, Operator.NOT_IN}:
        return any(_equal(value, each) for each in test.values) == (test.operator is Operator.IN)
    return _COMPARISONS[test.operator](value, test.values[0])


def _ties(value: Scalar, other: Scalar) -> bool:
    return value is not None and other is not None and _equal(value, other)


def _comparable(value: Scalar, other: Scalar) -> tuple[Any, Any] | None:
    """The two as numbers or as texts; None when they are of different types."""
    if isinstance(value, dict) and isinstance(other, dict):
        return value["instant"], other["instant"]
    if isinstance(value, bool) or isinstance(other, bool):
        return (value, other) if isinstance(value, bool) and isinstance(other, bool) else None
    if isinstance(value, int | float) and isinstance(other, int | float):
        return value, other
    if type(value) is type(other):
        return value, other
    return None


def _equal(value: Scalar, other: Scalar) -> bool:
    pair = _comparable(value, other)
    return pair is not None and bool(pair[0] == pair[1])


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Scalar, Scalar], bool]:
    def test(value: Scalar, other: Scalar) -> bool:
        pair = _comparable(value, other)
        return pair is not None and not isinstance(pair[0], list) and compare(*pair)

    return test


_COMPARISONS: Mapping[Operator, Callable[[Scalar, Scalar], bool]] = {
    Operator.EQUAL: _equal,
    Operator.NOT_EQUAL: lambda value, other: not _equal(value, other),
    Operator.LESS: _ordered(operator.lt),
    Operator.AT_MOST: _ordered(operator.le),
    Operator.GREATER: _ordered(operator.gt),
    Operator.AT_LEAST: _ordered(operator.ge),
}

"""The rule tree: conditions on one customer. Instants are aware, lengths of time are microseconds."""

import enum
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | datetime | tuple[str, ...]
"""A value as rules compare it; the tuple is a list of texts."""

MAX_DEPTH = 20
"""Levels of a tree."""


class Kind(enum.Enum):
    """The kinds of values. Each kind of a property or attribute is kept in a column of its own."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"
    LIST = "list"


NUMERIC = frozenset({Kind.INTEGER, Kind.NUMBER})


def kind_of(value: Scalar) -> Kind:
    """The kind of a value."""
    if isinstance(value, bool):
        return Kind.FLAG
    for type_, kind in _KINDS:
        if isinstance(value, type_):
            return kind
    raise TypeError(f"{type(value).__name__} is no kind of value")


_KINDS: tuple[tuple[type, Kind], ...] = (
    (str, Kind.TEXT),
    (int, Kind.INTEGER),
    (float, Kind.NUMBER),
    (datetime, Kind.INSTANT),
    (tuple, Kind.LIST),
)


class Operator(enum.Enum):
    """How a value is compared."""

    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    BETWEEN = "between"
    IN = "in"
    NOT_IN = "not_in"
    STARTS_WITH = "starts_with"
    CONTAINS = "contains"
    PRESENT = "present"
    ABSENT = "absent"
    WITHIN = "within"


class Aggregate(enum.Enum):
    """What is computed from the events looked at."""

    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LAST = "last"
    DISTINCT = "distinct"
    MEAN = "mean"


class ConsentState(enum.Enum):
    """What the newest decision that covers purpose, channel and brand says."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


class SequenceOutcome(enum.Enum):
    """Whether the second event of a sequence is to follow in time, or is not to."""

    FOLLOWED = "followed"
    NOT_FOLLOWED = "not_followed"


@dataclass(frozen=True, slots=True)
class Span:
    """[now + start, now + end) in microseconds; None is unbounded."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """An operator and what it compares with."""

    operator: Operator | None
    values: tuple[Scalar, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Rolling:
    """[now - length, now), length in microseconds."""

    length: int


@dataclass(frozen=True, slots=True)
class Between:
    """[start, end) on event time; None is unbounded."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last one, both included, in the company's zone; None is unbounded."""

    first: date | None
    last: date | None


Window: TypeAlias = Rolling | Between | Days


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """A comparison on a property of an event."""

    property: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one of the names that pass all filters and happened within the window, and before now."""

    names: tuple[str, ...]
    filters: tuple[PropertyFilter, ...] = ()
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when all are."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one is."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when the rule is false."""

    rule: "Rule"


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """A condition on an attribute."""

    attribute: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class TagRule:
    """True for those who have at least one of the tags; `group=*` is any tag of a group."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """A condition on the newest decision that covers purpose, channel, and brand."""

    purpose: str
    channel: str
    brand: str
    state: ConsentState | None


@dataclass(frozen=True, slots=True)
class IdentifierRule:
    """True for those who have an identifier in the namespace; without a scope, in any scope of it."""

    namespace: str


@dataclass(frozen=True, slots=True)
class EventRule:
    """A condition on what is computed from events."""

    events: Selection
    aggregate: Aggregate = Aggregate.COUNT
    property: str = ""
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class SequenceRule:
    """A first event that is, or is not, followed by a second one within so many microseconds."""

    first: Selection
    second: Selection
    within: int
    outcome: SequenceOutcome | None


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """Membership in another segment."""

    segment_id: str


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """A condition on a model's weighted score, or on the class of one of its components."""

    model_id: str
    component_id: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class TierRule:
    """True for those in one of the tiers."""

    model_id: str
    tiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageRule:
    """True for those in one of the stages."""

    stage_model_id: str
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArmRule:
    """True for those in one of the arms; epoch 0 is the newest."""

    experiment_id: str
    arm_ids: tuple[str, ...]
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Nothing:
    """A node without a kind: never valid, named by the check."""


Rule: TypeAlias = (
    AllOf
    | AnyOf
    | Not
    | AttributeRule
    | TagRule
    | ConsentRule
    | IdentifierRule
    | EventRule
    | SequenceRule
    | SegmentRule
    | ScoreRule
    | TierRule
    | StageRule
    | ArmRule
    | Nothing
)


def children(rule: Rule, path: str) -> tuple[tuple[str, Rule], ...]:
    """The rules directly below a node, each with its path in the contract."""
    if isinstance(rule, AllOf):
        return tuple((f"{path}.all_of.rules[{at}]", child) for at, child in enumerate(rule.rules))
    if isinstance(rule, AnyOf):
        return tuple((f"{path}.any_of.rules[{at}]", child) for at, child in enumerate(rule.rules))
    if isinstance(rule, Not):
        return ((f"{path}.negation", rule.rule),)
    return ()


def walk(rule: Rule, path: str = "rule") -> tuple[tuple[str, Rule], ...]:
    """All nodes with their paths, each before those below it."""
    below = (node for at, child in children(rule, path) for node in walk(child, at))
    return ((path, rule), *below)


def selections(rule: Rule) -> tuple[Selection, ...]:
    """The selections of events that a single node names."""
    named = (getattr(rule, field.name) for field in fields(rule))
    return tuple(value for value in named if isinstance(value, Selection))

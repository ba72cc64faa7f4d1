"""Rules asked of plain Python objects: slow, obvious, and written from the contract's comments (rules.proto) apart
from the compiler it is held against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from tidegate.runtime.clock import from_micros, micros
from tidegate.segmentation.model.facts import EventFact
from tidegate.segmentation.model.rule import (
    NUMERIC,
    Aggregate,
    AllOf,
    AnyOf,
    ArmRule,
    AttributeRule,
    Between,
    Comparison,
    ConsentRule,
    ConsentState,
    Days,
    EventRule,
    IdentifierRule,
    Kind,
    Not,
    Operator,
    Rolling,
    Rule,
    Scalar,
    ScoreRule,
    SegmentRule,
    Selection,
    SequenceOutcome,
    SequenceRule,
    StageRule,
    TagRule,
    TierRule,
    Window,
    kind_of,
)

from support.rule_world import Person, World

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Oracle:
    """Asks rules of a world at an instant. ``segments`` are rules that others may name: who is in one of them is found
    by asking it; who is in another one is what the world says."""

    world: World
    now: int
    segments: Mapping[str, Rule] = field(default_factory=dict)
    zone: tzinfo = ZONE

    def members(self, rule: Rule) -> set[int]:
        return {each for each in self.world.people if self.holds(rule, each)}

    def holds(self, rule: Rule, customer_id: int) -> bool:  # noqa: C901  (one line per kind of rule)
        person = self.world.people[customer_id]
        match rule:
            case AllOf():
                return all(self.holds(each, customer_id) for each in rule.rules)
            case AnyOf():
                return any(self.holds(each, customer_id) for each in rule.rules)
            case Not():
                return not self.holds(rule.rule, customer_id)
            case AttributeRule():
                return self.compares(person.attributes.get(rule.attribute), rule.comparison)
            case TagRule():
                return any(has_tag(person.tags, tag) for tag in rule.tags)
            case ConsentRule():
                return consent_state(person, rule) is rule.state
            case IdentifierRule():
                return any(is_within(each, rule.namespace) for each in person.namespaces)
            case EventRule():
                return self.aggregate_holds(rule, customer_id)
            case SequenceRule():
                return self.sequence_holds(rule, customer_id)
            case SegmentRule() if rule.segment_id in self.segments:
                return self.holds(self.segments[rule.segment_id], customer_id)
            case SegmentRule():
                return rule.segment_id in person.segments
            case ScoreRule() if rule.component_id:
                return self.compares(person.classes.get((rule.model_id, rule.component_id)), rule.comparison)
            case ScoreRule():
                return self.compares(person.scores.get(rule.model_id), rule.comparison)
            case TierRule():
                return person.tiers.get(rule.model_id) in rule.tiers
            case StageRule():
                return person.stages.get(rule.stage_model_id) in rule.stages
            case ArmRule():
                return self.arm(rule, customer_id) in rule.arm_ids
            case _:
                raise NotImplementedError(type(rule))

    def arm(self, rule: ArmRule, customer_id: int) -> str | None:
        """The customer's arm; the control for those in whom different arms were merged."""
        trial = self.world.trials[rule.experiment_id]
        epoch = rule.epoch or trial.epoch
        arms = {
            arm for (of, id_), arm in trial.arms.items() if of == epoch and self.world.canonical(id_) == customer_id
        }
        return trial.control if len(arms) > 1 else next(iter(arms), None)

    def selected(self, selection: Selection, customer_id: int) -> list[EventFact]:
        """The events looked at, the earliest first, and of those at one time the one told first."""
        found = [each for each in self.world.history(customer_id) if self.selects(selection, each)]
        return sorted(found, key=lambda each: each.time)

    def selects(self, selection: Selection, event: EventFact) -> bool:
        return (
            event.name in selection.names
            and event.counts_from <= self.now
            and self.in_window(selection.window, event.time)
            and all(self.compares(event.properties.get(each.property), each.comparison) for each in selection.filters)
        )

    def in_window(self, window: Window | None, time: int) -> bool:
        match window:
            case Rolling():
                return time >= self.now - window.length
            case Between(start, end):
                return (start is None or time >= micros(start)) and (end is None or time < micros(end))
            case Days(first, last):
                day = from_micros(time).astimezone(self.zone).date()
                return (first is None or day >= first) and (last is None or day <= last)
            case None:
                return True

    def aggregate_holds(self, rule: EventRule, customer_id: int) -> bool:
        events = self.selected(rule.events, customer_id)
        if rule.aggregate is Aggregate.COUNT:
            return self.compares(len(events), rule.comparison or Comparison(Operator.GREATER_OR_EQUAL, (1,)))
        values: list[Scalar]
        if rule.property:
            values = [each.properties[rule.property] for each in events if rule.property in each.properties]
        else:
            values = [from_micros(each.time) for each in events]
        comparison = rule.comparison or Comparison(Operator.PRESENT)
        if rule.aggregate in {Aggregate.MIN, Aggregate.MAX}:
            return self.extreme_holds(rule.aggregate, values, comparison)
        return self.compares(AGGREGATES[rule.aggregate](values), comparison)

    def extreme_holds(self, aggregate: Aggregate, values: list[Scalar], comparison: Comparison) -> bool:
        """Values of different kinds are not less or greater than each other: each kind has a least and a greatest."""
        kinds = {family(each) for each in values}
        least_or_greatest: Any = min if aggregate is Aggregate.MIN else max
        results = [least_or_greatest(each for each in values if family(each) is kind) for kind in kinds]
        if not results:
            return self.compares(None, comparison)
        if comparison.operator in {Operator.ABSENT, Operator.NOT_EQUAL, Operator.NOT_IN}:
            return all(self.compares(each, comparison) for each in results)
        return any(self.compares(each, comparison) for each in results)

    def sequence_holds(self, rule: SequenceRule, customer_id: int) -> bool:
        seconds = self.selected(rule.second, customer_id)

        def followed(first: EventFact) -> bool:
            return any(first.time < each.time <= first.time + rule.within for each in seconds)

        firsts = self.selected(rule.first, customer_id)
        if rule.outcome is SequenceOutcome.FOLLOWED:
            return any(followed(each) for each in firsts)
        return any(not followed(each) and self.now > each.time + rule.within for each in firsts)

    def compares(self, value: Scalar | None, comparison: Comparison) -> bool:
        operator = comparison.operator
        if value is None or operator in {Operator.PRESENT, Operator.ABSENT}:
            return (value is None) == (operator is Operator.ABSENT)
        assert operator is not None
        if operator is Operator.WITHIN:
            return isinstance(value, datetime) and self.within(micros(value), comparison)
        return COMPARED[operator](value, comparison.values)

    def within(self, instant: int, comparison: Comparison) -> bool:
        span = comparison.span
        assert span is not None
        late = span.start is None or instant >= self.now + span.start
        return late and (span.end is None or instant < self.now + span.end)


def family(value: Scalar) -> Kind:
    """What a value can be compared with: whole numbers and numbers with a fraction are of one family."""
    kind = kind_of(value)
    return Kind.NUMBER if kind in NUMERIC else kind


def equal(value: Scalar, given: Scalar) -> bool:
    return family(value) is family(given) and value == given


def different(values: list[Scalar]) -> int:
    return len({(family(each), each) for each in values})


def has_tag(tags: set[str], wanted: str) -> bool:
    if wanted.endswith("=*"):
        return any(each.startswith(wanted[:-1]) for each in tags)
    return wanted in tags


def is_within(namespace: str, wanted: str) -> bool:
    return namespace == wanted or (":" not in wanted and namespace.split(":")[0] == wanted)


def consent_state(person: Person, rule: ConsentRule) -> ConsentState:
    covering = [
        each
        for each in person.decisions.values()
        if each.purpose == rule.purpose and each.channel in {"", rule.channel} and each.brand in {"", rule.brand}
    ]
    if not covering:
        return ConsentState.UNKNOWN
    newest = max(covering, key=lambda each: (each.time, not each.granted))
    return ConsentState.GRANTED if newest.granted else ConsentState.DENIED


def numbers(values: list[Any]) -> list[Any]:
    return [each for each in values if family(each) is Kind.NUMBER]


def mean(values: list[Any]) -> float | None:
    return sum(values) / len(values) if values else None


AGGREGATES: Mapping[Aggregate, Callable[[list[Any]], Any]] = {
    Aggregate.SUM: lambda values: sum(numbers(values)),
    Aggregate.MEAN: lambda values: mean(numbers(values)),
    Aggregate.FIRST: lambda values: values[0] if values else None,
    Aggregate.LAST: lambda values: values[-1] if values else None,
    Aggregate.DISTINCT: different,
}


def ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any, tuple[Any, ...]], bool]:
    return lambda value, given: family(value) is family(given[0]) and holds(value, given)


COMPARED: Mapping[Operator, Callable[[Any, tuple[Any, ...]], bool]] = {
    Operator.EQUAL: lambda value, given: equal(value, given[0]),
    Operator.NOT_EQUAL: lambda value, given: not equal(value, given[0]),
    Operator.IN: lambda value, given: any(equal(value, each) for each in given),
    Operator.NOT_IN: lambda value, given: not any(equal(value, each) for each in given),
    Operator.LESS: ordered(lambda value, given: value < given[0]),
    Operator.LESS_OR_EQUAL: ordered(lambda value, given: value <= given[0]),
    Operator.GREATER: ordered(lambda value, given: value > given[0]),
    Operator.GREATER_OR_EQUAL: ordered(lambda value, given: value >= given[0]),
    Operator.BETWEEN: ordered(lambda value, given: given[0] <= value <= given[1]),
    Operator.STARTS_WITH: lambda value, given: isinstance(value, str) and value.startswith(given[0]),
    Operator.CONTAINS: lambda value, given: isinstance(value, str | tuple) and given[0] in value,
}

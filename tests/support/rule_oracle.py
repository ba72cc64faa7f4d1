"""Rules asked of plain Python objects: slow, obvious, and written apart from the compiler it is held against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tidegate.runtime.clock import micros
from tidegate.segmentation.model.facts import (
    AttributesFact,
    ConsentsFact,
    CustomerFact,
    Decision,
    EventFact,
    Fact,
    IdentifiersFact,
    MergeFact,
    SplitFact,
    TagsFact,
)
from tidegate.segmentation.model.rule import (
    Aggregate,
    AllOf,
    AnyOf,
    AttributeRule,
    Between,
    Comparison,
    ConsentRule,
    ConsentState,
    EventRule,
    IdentifierRule,
    Not,
    Operator,
    Rolling,
    Rule,
    Scalar,
    SegmentRule,
    Selection,
    SequenceOutcome,
    SequenceRule,
    TagRule,
)


@dataclass
class Person:
    attributes: dict[str, Scalar] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    decisions: dict[tuple[str, str, str], Decision] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)


@dataclass
class World:
    """Everything that was ever said of customers."""

    people: dict[int, Person] = field(default_factory=dict)
    aliases: dict[int, int] = field(default_factory=dict)
    events: list[EventFact] = field(default_factory=list)

    def hear(self, fact: Fact) -> None:  # noqa: C901  (one line per kind of fact)
        match fact:
            case EventFact():
                self.events.append(fact)
            case CustomerFact():
                self.people[fact.customer_id] = Person(namespaces=set(fact.namespaces))
            case AttributesFact():
                held = self.people[fact.customer_id].attributes
                held.update({k: v for k, v in fact.values.items() if v is not None})
                for name in [k for k, v in fact.values.items() if v is None]:
                    held.pop(name, None)
            case TagsFact():
                tags = self.people[fact.customer_id].tags
                tags -= set(fact.removed)
                tags |= set(fact.added)
            case ConsentsFact():
                for each in fact.decisions:
                    key = (each.purpose, each.channel, each.brand)
                    self.people[fact.customer_id].decisions[key] = each
            case IdentifiersFact():
                self.people[fact.customer_id].namespaces = set(fact.namespaces)
            case MergeFact():
                self.aliases[fact.merged_id] = fact.survivor_id
                self.people.pop(fact.merged_id, None)
            case SplitFact():
                raise NotImplementedError

    def canonical(self, customer_id: int) -> int:
        while customer_id in self.aliases:
            customer_id = self.aliases[customer_id]
        return customer_id

    def events_of(self, customer_id: int) -> list[EventFact]:
        return [each for each in self.events if self.canonical(each.customer_id) == customer_id]


@dataclass
class Oracle:
    """Asks rules of a world at an instant; ``segments`` are the rules that others may name."""

    world: World
    now: int
    segments: Mapping[str, Rule] = field(default_factory=dict)

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
            case SegmentRule():
                return self.holds(self.segments[rule.segment_id], customer_id)
            case _:
                raise NotImplementedError(type(rule))

    def selected(self, selection: Selection, customer_id: int) -> list[EventFact]:
        return [each for each in self.world.events_of(customer_id) if self.selects(selection, each)]

    def selects(self, selection: Selection, event: EventFact) -> bool:
        if event.name not in selection.names or event.counts_from > self.now:
            return False
        match selection.window:
            case Rolling():
                if event.time < self.now - selection.window.length:
                    return False
            case Between():
                start, end = selection.window.start, selection.window.end
                if (start and event.time < micros(start)) or (end and event.time >= micros(end)):
                    return False
        return all(self.compares(event.properties.get(each.property), each.comparison) for each in selection.filters)

    def aggregate_holds(self, rule: EventRule, customer_id: int) -> bool:
        events = sorted(self.selected(rule.events, customer_id), key=lambda each: each.time)
        default = Comparison(Operator.GREATER_OR_EQUAL, (1,))
        if rule.aggregate is Aggregate.COUNT:
            return self.compares(len(events), rule.comparison or default)
        if not rule.property:
            times = [each.time for each in events]
            instant = (times[0] if rule.aggregate is Aggregate.FIRST else times[-1]) if times else None
            return self.compares(instant, rule.comparison or Comparison(Operator.PRESENT))
        values: list[Any] = [each.properties[rule.property] for each in events if rule.property in each.properties]
        value = AGGREGATES[rule.aggregate](values)
        return self.compares(value, rule.comparison or Comparison(Operator.PRESENT))

    def sequence_holds(self, rule: SequenceRule, customer_id: int) -> bool:
        seconds = self.selected(rule.second, customer_id)

        def followed(first: EventFact) -> bool:
            return any(first.time < each.time <= first.time + rule.within for each in seconds)

        firsts = self.selected(rule.first, customer_id)
        if rule.outcome is SequenceOutcome.FOLLOWED:
            return any(followed(each) for each in firsts)
        return any(not followed(each) and each.time + rule.within < self.now for each in firsts)

    def compares(self, value: object, comparison: Comparison) -> bool:
        operator, given = comparison.operator, [plain(each) for each in comparison.values]
        if operator is Operator.ABSENT:
            return value is None
        if value is None or operator is None:
            return False
        held = plain(value)
        if operator is Operator.PRESENT:
            return True
        if operator is Operator.WITHIN:
            assert comparison.span is not None
            start, end = comparison.span.start, comparison.span.end
            late = start is None or held >= self.now + start
            return late and (end is None or held < self.now + end)
        return bool(COMPARED[operator](held, given))


def plain(value: Any) -> Any:
    return micros(value) if isinstance(value, datetime) else value


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


AGGREGATES: Mapping[Aggregate, Callable[[list[Any]], object]] = {
    Aggregate.SUM: sum,
    Aggregate.MEAN: lambda values: sum(values) / len(values) if values else None,
    Aggregate.MIN: lambda values: min(values, default=None),
    Aggregate.MAX: lambda values: max(values, default=None),
    Aggregate.FIRST: lambda values: values[0] if values else None,
    Aggregate.LAST: lambda values: values[-1] if values else None,
    Aggregate.DISTINCT: lambda values: len(set(values)),
}
COMPARED: Mapping[Operator, Callable[[Any, list[Any]], object]] = {
    Operator.EQUAL: lambda value, given: value == given[0],
    Operator.NOT_EQUAL: lambda value, given: value != given[0],
    Operator.LESS: lambda value, given: value < given[0],
    Operator.LESS_OR_EQUAL: lambda value, given: value <= given[0],
    Operator.GREATER: lambda value, given: value > given[0],
    Operator.GREATER_OR_EQUAL: lambda value, given: value >= given[0],
    Operator.BETWEEN: lambda value, given: given[0] <= value <= given[1],
    Operator.IN: lambda value, given: value in given,
    Operator.NOT_IN: lambda value, given: value not in given,
    Operator.STARTS_WITH: lambda value, given: value.startswith(given[0]),
    Operator.CONTAINS: lambda value, given: given[0] in value,
}

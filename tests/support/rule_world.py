"""What was ever said of customers, kept as plain Python objects for the oracle of rules to look at."""

from collections import defaultdict
from dataclasses import dataclass, field

from tidegate.segmentation.model.facts import (
    AttributesFact,
    ConsentsFact,
    CustomerFact,
    Decision,
    EventFact,
    Fact,
    IdentifiersFact,
    MergeFact,
    TagsFact,
)
from tidegate.segmentation.model.rule import Scalar


@dataclass
class Person:
    """A customer that was not merged away; scores, tiers and stages are those of the newest runs."""

    attributes: dict[str, Scalar] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    decisions: dict[tuple[str, str, str], Decision] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    scores: dict[str, float] = field(default_factory=dict)
    classes: dict[tuple[str, str], int] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """An experiment: its newest epoch, its control, and the arms by epoch and the id that was assigned."""

    epoch: int
    control: str
    arms: dict[tuple[int, int], str]


@dataclass
class World:
    """All customers, with what they did in the order in which it was told."""

    people: dict[int, Person] = field(default_factory=dict)
    aliases: dict[int, int] = field(default_factory=dict)
    events: list[EventFact] = field(default_factory=list)
    trials: dict[str, Trial] = field(default_factory=dict)
    _histories: dict[int, list[EventFact]] | None = None

    def hear(self, fact: Fact) -> None:
        self._histories = None
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
            case _:
                raise NotImplementedError(type(fact))

    def canonical(self, customer_id: int) -> int:
        """The customer that the id is now."""
        while customer_id in self.aliases:
            customer_id = self.aliases[customer_id]
        return customer_id

    def history(self, customer_id: int) -> list[EventFact]:
        """The customer's events and those of all who were merged into it, in the order in which they were told."""
        if self._histories is None:
            self._histories = defaultdict(list)
            for event in self.events:
                self._histories[self.canonical(event.customer_id)].append(event)
        return self._histories.get(customer_id, [])

"""Pure: many facts in order become few sets: of what was said of the same thing, only the last remains."""

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from tidegate.segmentation.model.facts import (
    AttributesFact,
    ConsentsFact,
    CustomerFact,
    Decision,
    EraseFact,
    EventFact,
    Fact,
    IdentifiersFact,
    InvitersFact,
    MergeFact,
    SplitFact,
    TagsFact,
)
from tidegate.segmentation.model.rule import Kind, Scalar, kind_of
from tidegate.segmentation.model.segment import Cause
from tidegate.segmentation.rules.inputs import (
    CONSENT,
    EVERYTHING,
    IDENTIFIER,
    TAG,
    attribute_facet,
    event_facet,
)

Touch = tuple[int, str, Cause]
Values = Mapping[tuple[str, Kind], list[Any]]
"""What rows hold of a name in one kind of value, by their places: None where a row has no such value."""


@dataclass(slots=True)
class FactBatch:
    """Facts up to a split or an erasure. ``merges`` leads from each id merged away to whom it was merged into."""

    events: list[EventFact] = field(default_factory=list)
    created: set[int] = field(default_factory=set)
    attributes: dict[int, dict[str, Scalar | None]] = field(default_factory=dict)
    tags: dict[tuple[int, str], bool] = field(default_factory=dict)
    decisions: dict[tuple[int, str, str, str], Decision] = field(default_factory=dict)
    namespaces: dict[int, tuple[str, ...]] = field(default_factory=dict)
    arrivals: dict[int, int] = field(default_factory=dict)
    inviters: dict[tuple[int, int], bool] = field(default_factory=dict)
    merges: dict[int, int] = field(default_factory=dict)
    touched: set[Touch] = field(default_factory=set)  # by all but events
    split: SplitFact | None = None
    erasure: EraseFact | None = None

    def add(self, fact: Fact) -> None:
        """Takes in the next fact."""
        match fact:
            case EventFact():
                self.events.append(fact)
            case CustomerFact():
                self._create(fact)
            case AttributesFact():
                self.attributes.setdefault(fact.customer_id, {}).update(fact.values)
                self.touched |= {(fact.customer_id, attribute_facet(name), Cause.FACTS) for name in fact.values}
            case TagsFact():
                self._tags(fact)
            case ConsentsFact():
                self._consents(fact)
            case IdentifiersFact():
                self.namespaces[fact.customer_id] = fact.namespaces
                self._touch(fact.customer_id, IDENTIFIER)
            case InvitersFact():
                self._relate(fact)
            case MergeFact():
                self._merge(fact)
            case SplitFact() | EraseFact():
                self._end(fact)
            case _:
                assert_never(fact)

    def touches(self, facets: Container[str]) -> set[Touch]:
        """Who changed in which of ``facets``, and why."""
        names = {name for name in {event.name for event in self.events} if event_facet(name) in facets}
        happened = {
            (customer_id, event.name)
            for event in self.events
            if event.name in names
            for customer_id in (event.customer_id, event.original_id)
        }
        touched = {touch for touch in self.touched if touch[1] in facets}
        return touched | {(customer_id, event_facet(name), Cause.FACTS) for customer_id, name in happened}

    def survivors(self) -> dict[int, int]:
        """Each id that was merged away with the customer that it is at the end."""
        return {merged: self._survivor(merged) for merged in self.merges}

    def _survivor(self, merged: int) -> int:
        survivor = self.merges[merged]
        while survivor in self.merges:
            survivor = self.merges[survivor]
        return survivor

    def _touch(self, customer_id: int, facet: str, cause: Cause = Cause.FACTS) -> None:
        self.touched.add((customer_id, facet, cause))

    def _create(self, fact: CustomerFact) -> None:
        self.created.add(fact.customer_id)
        if fact.joined_at:
            self.arrivals[fact.customer_id] = fact.joined_at
        self.namespaces[fact.customer_id] = fact.namespaces
        self._touch(fact.customer_id, EVERYTHING)

    def _relate(self, fact: InvitersFact) -> None:
        self.inviters.update({(fact.customer_id, each): False for each in fact.removed})
        self.inviters.update({(fact.customer_id, each): True for each in fact.added})

    def _end(self, fact: SplitFact | EraseFact) -> None:
        if isinstance(fact, EraseFact):
            self.erasure = fact
            return
        self.split = fact
        self._touch(fact.remaining_id, EVERYTHING, Cause.SPLIT)
        self.touched |= {(each.customer_id, EVERYTHING, Cause.SPLIT) for each in fact.separated}

    def _tags(self, fact: TagsFact) -> None:
        self.tags.update({(fact.customer_id, tag): False for tag in fact.removed})
        self.tags.update({(fact.customer_id, tag): True for tag in fact.added})
        self._touch(fact.customer_id, TAG)

    def _consents(self, fact: ConsentsFact) -> None:
        for decision in fact.decisions:
            key = (fact.customer_id, decision.purpose, decision.channel, decision.brand)
            self.decisions[key] = decision
        self._touch(fact.customer_id, CONSENT)

    def _merge(self, fact: MergeFact) -> None:
        self.merges[fact.merged_id] = fact.survivor_id
        self._touch(fact.merged_id, EVERYTHING, Cause.MERGE)
        self._touch(fact.survivor_id, EVERYTHING, Cause.MERGE)


def batches(facts: Iterable[Fact]) -> list[FactBatch]:
    """``facts`` in as few batches as their order allows: a split ends one, and an erasure."""
    found = [FactBatch()]
    for fact in facts:
        if found[-1].split is not None or found[-1].erasure is not None:
            found.append(FactBatch())
        found[-1].add(fact)
    return found


def gathered(rows: Collection[Mapping[str, Scalar | None]]) -> Values:
    """All values of the rows."""
    found: dict[tuple[str, Kind], list[Any]] = {}
    by_type: dict[tuple[str, type], list[Any]] = {}  # spares most values the question of which kind they are
    for place, row in enumerate(rows):
        for name, value in row.items():
            if value is None:
                continue
            values = by_type.get((name, type(value)))
            if values is None:
                values = found.setdefault((name, kind_of(value)), [None] * len(rows))
                by_type[name, type(value)] = values
            values[place] = value
    return found

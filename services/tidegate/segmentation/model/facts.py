"""Facts of customers as they arrive from the feeds of identity and delivery. Instants are microseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tidegate.segmentation.model.rule import Scalar
from tidegate.segmentation.model.subject import Subject


class EventFact(NamedTuple):
    """Something happened. ``counts_from`` is the first instant at which it lies before now."""

    customer_id: int
    original_id: int
    name: str
    time: int
    counts_from: int
    properties: Mapping[str, Scalar]


class CustomerFact(NamedTuple):
    """A customer is new, and known since ``joined_at``; 0: that is not told."""

    customer_id: int
    namespaces: tuple[str, ...]
    joined_at: int = 0


class AttributesFact(NamedTuple):
    """Attributes have other values; None: cleared."""

    customer_id: int
    values: Mapping[str, Scalar | None]


class TagsFact(NamedTuple):
    """Tags were put on and taken off."""

    customer_id: int
    added: tuple[str, ...]
    removed: tuple[str, ...]


class Decision(NamedTuple):
    """The newest decision for a purpose, channel, and brand."""

    purpose: str
    channel: str
    brand: str
    granted: bool
    time: int


class ConsentsFact(NamedTuple):
    """Decisions are in force that were not before."""

    customer_id: int
    decisions: tuple[Decision, ...]


class IdentifiersFact(NamedTuple):
    """The namespaces in which a customer has identifiers now."""

    customer_id: int
    namespaces: tuple[str, ...]


class InvitersFact(NamedTuple):
    """Who has brought a customer, and who has not any more; by ids that may be aliases."""

    customer_id: int
    added: tuple[int, ...]
    removed: tuple[int, ...]


class MergeFact(NamedTuple):
    """A customer was merged into another one; what the survivor has by it is told by facts of its own."""

    survivor_id: int
    merged_id: int


class Separated(NamedTuple):
    """A customer that left another one, with the original ids that are its own again."""

    customer_id: int
    original_ids: tuple[int, ...]


class SplitFact(NamedTuple):
    """A customer was taken apart; what each has afterwards is told by facts of its own."""

    remaining_id: int
    separated: tuple[Separated, ...]


class EraseFact(NamedTuple):
    """A person is to be erased, with all ids."""

    erasure_id: str
    customer_id: int
    customer_ids: tuple[int, ...]


Fact: TypeAlias = (
    EventFact
    | CustomerFact
    | AttributesFact
    | TagsFact
    | ConsentsFact
    | IdentifiersFact
    | InvitersFact
    | MergeFact
    | SplitFact
    | EraseFact
)


class EntityFact(NamedTuple):
    """All that holds of an entity now."""

    number: int
    kind: Subject
    entity_id: str
    archived: bool
    attributes: Mapping[str, Scalar]


class EntityEventFact(NamedTuple):
    """Something happened to an entity; ``counts_from`` as of events of customers."""

    number: int
    name: str
    time: int
    counts_from: int
    properties: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """What a page of the feed says of entities: of each the newest, and its events."""

    entities: Mapping[int, EntityFact] = field(default_factory=dict)
    events: Sequence[EntityEventFact] = ()

"""Staff, stores, and chat groups: what is said of them, and how it joins what is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

MOST_ATTRIBUTES = 64


class EntityKind(StrEnum):
    """What an entity is."""

    STAFF = "staff"
    STORE = "store"
    CHAT_GROUP = "chat_group"

    @property
    def noun(self) -> str:
        """What errors call one."""
        return "staff member" if self is EntityKind.STAFF else self.replace("_", " ")


class EntityKey(NamedTuple):
    """Names one entity."""

    kind: EntityKind
    entity_id: str


class Typed(NamedTuple):
    """A value that carries its type, the name of a field of common.v1.Value; instants are microseconds."""

    kind: str
    plain: Any


class Address(NamedTuple):
    """Where messages reach an entity: the namespace with its scope, the value in normal form."""

    namespace: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityUpsert:
    """What a caller says of an entity. An attribute that is None is cleared; ``path`` is its place in the request."""

    path: str
    key: EntityKey
    display_name: str = ""
    attributes: Mapping[str, Typed | None] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    store_id: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity as it is known; ``position`` is that of its newest change on the feed, 0 before the first."""

    key: EntityKey
    display_name: str = ""
    attributes: Mapping[str, Typed] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    store_id: str = ""
    archived: bool = False
    created: int
    updated: int
    position: int = 0


class EntityOccurrence(NamedTuple):
    """An event of an entity.

    ``body`` is the serialised EntityEvent without the properties that may not be announced, which are ``personal``.
    """

    key: EntityKey
    source: str
    event_id: str
    time: int
    body: bytes
    personal: Mapping[str, Typed]


class TooManyAttributes(ValueError):
    """The entity would have more attributes than are allowed; the text says how many."""


def applied(before: Entity, upsert: EntityUpsert) -> Entity:
    """``before`` as ``upsert`` makes it: attributes joined by name, all else replaced. Raises TooManyAttributes."""
    joined = {**before.attributes, **upsert.attributes}
    attributes = {name: value for name, value in joined.items() if value is not None}
    if len(attributes) > MOST_ATTRIBUTES:
        raise TooManyAttributes(
            f"would bring its attributes to {len(attributes)}; the limit is {MOST_ATTRIBUTES}: clear some"
        )
    return replace(
        before,
        display_name=upsert.display_name,
        attributes=attributes,
        addresses=upsert.addresses,
        store_id=upsert.store_id,
        archived=upsert.archived,
    )

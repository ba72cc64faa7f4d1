"""Entities on the wire, and what is announced of them. Nothing announced tells who a person is."""

from collections.abc import Collection, Mapping

from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.identity.v1 import changes_pb2, entities_pb2
from tidegate.identity.entity import Entity, EntityKey, EntityKind, EntityOccurrence, Typed
from tidegate.identity.values import put_typed
from tidegate.runtime.feed import Entry

_NOBODY = 0
KINDS: Mapping[EntityKind, entities_pb2.EntityKind] = {
    EntityKind.STAFF: entities_pb2.ENTITY_KIND_STAFF,
    EntityKind.STORE: entities_pb2.ENTITY_KIND_STORE,
    EntityKind.CHAT_GROUP: entities_pb2.ENTITY_KIND_CHAT_GROUP,
}


def reference(key: EntityKey) -> entities_pb2.EntityReference:
    """Names an entity."""
    return entities_pb2.EntityReference(kind=KINDS[key.kind], entity_id=key.entity_id)


def typed_values(given: Mapping[str, Typed], *, without: Collection[str] = ()) -> dict[str, Value]:
    """Values by name, but for the names in ``without``."""
    return {name: put_typed(Value(), value) for name, value in given.items() if name not in without}


def entity_changed(entity: Entity, personal: Collection[str], *, now: int) -> Entry:
    """An entity is new or different; attributes named in ``personal`` are not told."""
    body = changes_pb2.EntityChanged(
        entity=reference(entity.key),
        attributes=typed_values(entity.attributes, without=personal),
        archived=entity.archived,
        store_id=entity.store_id,
    )
    return Entry("entity_changed", _NOBODY, body.SerializeToString(), now)


def entity_event_recorded(occurrence: EntityOccurrence, *, now: int) -> Entry:
    """An event of an entity was stored."""
    body = changes_pb2.EntityEventRecorded(event=entities_pb2.EntityEvent.FromString(occurrence.body))
    return Entry("entity_event_recorded", _NOBODY, body.SerializeToString(), now)

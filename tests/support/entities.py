"""Requests about staff, stores, and chat groups, written short: `staff li`, `store wuhan`, `chat_group g-1`."""

from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.api.identity.v1 import entities_pb2

from support.people import at, identifier, values

KINDS = {
    "staff": entities_pb2.ENTITY_KIND_STAFF,
    "store": entities_pb2.ENTITY_KIND_STORE,
    "chat_group": entities_pb2.ENTITY_KIND_CHAT_GROUP,
}


def reference(name: str) -> entities_pb2.EntityReference:
    """An entity by `kind id`; a kind that there is not is unspecified."""
    kind, _, entity_id = name.partition(" ")
    return entities_pb2.EntityReference(kind=KINDS.get(kind), entity_id=entity_id)


def entity(
    name: str, *addresses: str, attributes: Mapping[str, Any] | None = None, **fields: Any
) -> entities_pb2.Entity:
    """An entity by `kind id`, its addresses as `namespace value`."""
    named = reference(name)
    return entities_pb2.Entity(
        kind=named.kind,
        entity_id=named.entity_id,
        addresses=[identifier(text) for text in addresses],
        attributes=values(attributes or {}),
        **fields,
    )


def entity_event(
    event_id: str,
    name: str,
    *,
    what: str = "member_joined",
    source: str = "wecom",
    time: float = 0,
    properties: Mapping[str, Any] | None = None,
) -> entities_pb2.EntityEvent:
    """An event of the entity `kind id`, ``time`` in seconds after START."""
    return entities_pb2.EntityEvent(
        entity=reference(name),
        source=source,
        event_id=event_id,
        name=what,
        time=at(time),
        properties=values(properties or {}),
    )


def put_entities(stub: Any, *given: entities_pb2.Entity) -> list[entities_pb2.EntityResult]:
    """Upserts entities as one batch."""
    return list(stub.UpsertEntities(entities_pb2.UpsertEntitiesRequest(entities=given)).results)


def get_entities(stub: Any, *names: str) -> list[entities_pb2.EntityResult]:
    """Entities by `kind id`."""
    request = entities_pb2.BatchGetEntitiesRequest(entities=[reference(name) for name in names])
    return list(stub.BatchGetEntities(request).results)


def get_entity(stub: Any, name: str) -> entities_pb2.Entity:
    """The entity `kind id`, which exists."""
    (result,) = get_entities(stub, name)
    assert not result.HasField("error"), result.error
    return result.entity


def ingest_entity_events(stub: Any, *events: entities_pb2.EntityEvent) -> list[entities_pb2.EntityEventResult]:
    """Ingests events of entities as one batch."""
    return list(stub.IngestEntityEvents(entities_pb2.IngestEntityEventsRequest(events=events)).results)


def faults(results: Sequence[Any]) -> list[list[str]]:
    """The fields at fault, per item."""
    return [[fault.field for fault in result.error.field_violations] for result in results]

"""Calls about staff, stores, and chat groups, and their events."""

from collections.abc import Sequence
from typing import TypeVar

import grpc
from google.protobuf.message import DecodeError

from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.identity.v1 import entities_pb2
from tidegate.identity import entities, entity_events, paging
from tidegate.identity.entity import Entity, EntityKey, EntityOccurrence, EntityUpsert
from tidegate.identity.entity_messages import KINDS, typed_values
from tidegate.identity.servicer.entity_parser import LONGEST_ENTITY_ID, EntityParser, entity_kind, entity_reference
from tidegate.identity.servicer.messages import timestamp
from tidegate.identity.servicer.parse import batch, span, text
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import DataLoss, InvalidArgument, TidegateError, Violations, item_error

R = TypeVar("R")


class EntityCalls:
    """UpsertEntities, BatchGetEntities, ListEntities, IngestEntityEvents, ListEntityEvents."""

    tools: Tools

    def UpsertEntities(
        self, request: entities_pb2.UpsertEntitiesRequest, _context: grpc.ServicerContext
    ) -> entities_pb2.UpsertEntitiesResponse:
        """One batch in one transaction."""
        parser, items = EntityParser(self.tools.definitions()), batch(request.entities, "entities")
        parsed = [parser.entity(given, f"entities[{place}]") for place, given in enumerate(items)]
        taken = self.tools.entities.upsert([each for each in parsed if isinstance(each, EntityUpsert)])
        return entities_pb2.UpsertEntitiesResponse(
            results=[_entity_result(result) for result in _in_place(parsed, taken)]
        )

    def BatchGetEntities(
        self, request: entities_pb2.BatchGetEntitiesRequest, _context: grpc.ServicerContext
    ) -> entities_pb2.BatchGetEntitiesResponse:
        """Several entities."""
        asked = [
            _key_or_refused(given, f"entities[{place}]")
            for place, given in enumerate(batch(request.entities, "entities"))
        ]
        found = self.tools.entities.get({key for key in asked if isinstance(key, EntityKey)})
        return entities_pb2.BatchGetEntitiesResponse(
            results=[
                _entity_result(found.get(key) or entity_events.not_found(key) if isinstance(key, EntityKey) else key)
                for key in asked
            ]
        )

    def ListEntities(
        self, request: entities_pb2.ListEntitiesRequest, _context: grpc.ServicerContext
    ) -> entities_pb2.ListEntitiesResponse:
        """A page of the entities of a kind, by id."""
        limit, faults = paging.size(request.page_size), Violations()
        kind = entity_kind(request.kind, "kind", faults)
        text(request.store_id, "store_id", faults, longest=LONGEST_ENTITY_ID)
        faults.raise_if_any()
        assert kind is not None
        after = paging.place(request.page_token, str) or ("",)
        found = self.tools.entities.page(kind, store_id=request.store_id, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return entities_pb2.ListEntitiesResponse(
            entities=[_entity(entity) for entity in page],
            next_page_token=paging.token(page[-1].key.entity_id) if more else "",
        )

    def IngestEntityEvents(
        self, request: entities_pb2.IngestEntityEventsRequest, _context: grpc.ServicerContext
    ) -> entities_pb2.IngestEntityEventsResponse:
        """One batch in one transaction."""
        parser, items = EntityParser(self.tools.definitions()), batch(request.events, "events")
        parsed = [parser.event(given, f"events[{place}]") for place, given in enumerate(items)]
        stored = self.tools.entity_events.record([each for each in parsed if isinstance(each, EntityOccurrence)])
        return entities_pb2.IngestEntityEventsResponse(
            results=[_event_result(result) for result in _in_place(parsed, stored)]
        )

    def ListEntityEvents(
        self, request: entities_pb2.ListEntityEventsRequest, _context: grpc.ServicerContext
    ) -> entities_pb2.ListEntityEventsResponse:
        """A page of one entity's events."""
        limit, faults = paging.size(request.page_size), Violations()
        key, within = entity_reference(request.entity, "entity", faults), span(request.interval, "interval", faults)
        faults.raise_if_any()
        assert key is not None
        found = self.tools.entity_events.page(
            key, span=within, before=paging.place(request.page_token, int, str, str), limit=limit + 1
        )
        page, more = found[:limit], len(found) > limit
        last = page[-1] if page else None
        return entities_pb2.ListEntityEventsResponse(
            events=[_event(each) for each in page],
            next_page_token=paging.token(last.time, last.source, last.event_id) if last and more else "",
        )


def _in_place(parsed: Sequence[object], results: Sequence[R]) -> list[R | InvalidArgument]:
    """One result per item: ``results`` has those of the items that could be parsed, the others are their errors."""
    behind = iter(results)
    return [each if isinstance(each, InvalidArgument) else next(behind) for each in parsed]


def _key_or_refused(given: entities_pb2.EntityReference, path: str) -> EntityKey | InvalidArgument:
    faults = Violations()
    key = entity_reference(given, path, faults)
    return InvalidArgument(faults.found) if key is None else key


def _entity_result(result: entities.Result) -> entities_pb2.EntityResult:
    if isinstance(result, TidegateError):
        return entities_pb2.EntityResult(error=item_error(result))
    return entities_pb2.EntityResult(entity=_entity(result))


def _event_result(result: entity_events.Result) -> entities_pb2.EntityEventResult:
    if isinstance(result, TidegateError):
        return entities_pb2.EntityEventResult(error=item_error(result))
    return entities_pb2.EntityEventResult(duplicate=result.duplicate)


def _entity(entity: Entity) -> entities_pb2.Entity:
    return entities_pb2.Entity(
        kind=KINDS[entity.key.kind],
        entity_id=entity.key.entity_id,
        display_name=entity.display_name,
        attributes=typed_values(entity.attributes),
        addresses=[Identifier(namespace=namespace, value=value) for namespace, value in entity.addresses],
        store_id=entity.store_id,
        archived=entity.archived,
        create_time=timestamp(entity.created),
        update_time=timestamp(entity.updated),
    )


def _event(occurrence: EntityOccurrence) -> entities_pb2.EntityEvent:
    """The event as it was reported. Raises DataLoss for what cannot be read."""
    try:
        event = entities_pb2.EntityEvent.FromString(occurrence.body)
    except DecodeError as error:
        raise DataLoss("entity event", occurrence.event_id) from error
    for name, value in typed_values(occurrence.personal).items():
        event.properties[name].CopyFrom(value)
    return event

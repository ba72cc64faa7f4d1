"""Entities and their events: from requests to the model. Fields at fault are named by their paths."""

from collections.abc import Mapping

from tidegate.api.identity.v1 import entities_pb2
from tidegate.identity.addresses import address
from tidegate.identity.entity import Address, EntityKey, EntityKind, EntityOccurrence, EntityUpsert
from tidegate.identity.entity_messages import KINDS
from tidegate.identity.normalise import UnusableIdentifier
from tidegate.identity.registry import Definitions
from tidegate.identity.servicer.event_parser import LONGEST_EVENT_ID, check_values
from tidegate.identity.servicer.parse import instant, source, text, word
from tidegate.identity.values import typed
from tidegate.runtime.errors import InvalidArgument, Violations

LONGEST_ENTITY_ID = 128
_MOST_ADDRESSES = 20
_LONGEST_NAME = 128
_KINDS: Mapping[int, EntityKind] = {number: kind for kind, number in KINDS.items()}


class EntityParser:
    """Reads entities and their events, by one state of the definitions."""

    def __init__(self, definitions: Definitions) -> None:
        self._namespaces = definitions.stored.namespaces
        self._personal = definitions.personal

    def entity(self, given: entities_pb2.Entity, path: str) -> EntityUpsert | InvalidArgument:
        """What is said of an entity, or why it is refused."""
        faults = Violations()
        check_values(given.attributes, f"{path}.attributes", faults)
        text(given.display_name, f"{path}.display_name", faults, longest=_LONGEST_NAME)
        self._check_store(given, path, faults)
        key = entity_key(given.kind, given.entity_id, path, faults)
        addresses = self._addresses(given, f"{path}.addresses", faults)
        if key is None or faults.found:
            return InvalidArgument(faults.found)
        return EntityUpsert(
            path=path,
            key=key,
            display_name=given.display_name,
            attributes={name: typed(value) for name, value in given.attributes.items()},
            addresses=addresses,
            store_id=given.store_id,
            archived=given.archived,
        )

    def event(self, given: entities_pb2.EntityEvent, path: str) -> EntityOccurrence | InvalidArgument:
        """The event, or why it is refused. Afterwards ``given`` holds no more than what is announced."""
        faults = Violations()
        key = entity_reference(given.entity, f"{path}.entity", faults)
        source(given.source, f"{path}.source", faults)
        if not given.event_id:
            faults.add(f"{path}.event_id", "is required: an id that is unique per source")
        text(given.event_id, f"{path}.event_id", faults, longest=LONGEST_EVENT_ID)
        word(given.name, f"{path}.name", faults)
        if not given.HasField("time"):
            faults.add(f"{path}.time", "is required: when it happened")
        time = instant(given.time, f"{path}.time", faults)
        check_values(given.properties, f"{path}.properties", faults)
        if key is None or faults.found:
            return InvalidArgument(faults.found)
        return self._occurrence(given, key, time=time)

    def _occurrence(self, given: entities_pb2.EntityEvent, key: EntityKey, *, time: int) -> EntityOccurrence:
        told = {name: typed(given.properties[name]) for name in self._personal.intersection(given.properties)}
        for name in told:
            del given.properties[name]
        given.DiscardUnknownFields()
        personal = {name: value for name, value in told.items() if value is not None}
        return EntityOccurrence(key, given.source, given.event_id, time, given.SerializeToString(), personal)

    def _check_store(self, given: entities_pb2.Entity, path: str, faults: Violations) -> None:
        text(given.store_id, f"{path}.store_id", faults, longest=LONGEST_ENTITY_ID)
        if given.store_id and _KINDS.get(given.kind) is EntityKind.STORE:
            faults.add(f"{path}.store_id", "is for staff and chat groups; a store belongs to none")

    def _addresses(self, given: entities_pb2.Entity, path: str, faults: Violations) -> tuple[Address, ...]:
        """Each address once, in the caller's order."""
        if len(given.addresses) > _MOST_ADDRESSES:
            faults.add(path, f"has {len(given.addresses)} addresses; the limit is {_MOST_ADDRESSES}")
            return ()
        found: list[Address] = []
        for place, identifier in enumerate(given.addresses):
            try:
                found.append(address(self._namespaces, identifier.namespace, identifier.value))
            except UnusableIdentifier as error:
                faults.add(f"{path}[{place}].{error.field}", str(error))
        return tuple(dict.fromkeys(found))


def entity_reference(given: entities_pb2.EntityReference, path: str, faults: Violations) -> EntityKey | None:
    """The entity named; None when it is at fault."""
    return entity_key(given.kind, given.entity_id, path, faults)


def entity_key(kind: int, entity_id: str, path: str, faults: Violations) -> EntityKey | None:
    """The entity of ``kind``, a number of the contract, with this id; None when a part of it is at fault."""
    known = entity_kind(kind, f"{path}.kind", faults)
    if not entity_id:
        faults.add(f"{path}.entity_id", "is required: an id that is unique per kind")
    text(entity_id, f"{path}.entity_id", faults, longest=LONGEST_ENTITY_ID)
    return None if known is None or faults.found else EntityKey(known, entity_id)


def entity_kind(kind: int, path: str, faults: Violations) -> EntityKind | None:
    """The kind of a number of the contract; None when it is none."""
    if kind not in _KINDS:
        faults.add(path, "must be ENTITY_KIND_STAFF, ENTITY_KIND_STORE, or ENTITY_KIND_CHAT_GROUP")
    return _KINDS.get(kind)

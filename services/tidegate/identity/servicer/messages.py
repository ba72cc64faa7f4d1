"""From the model to answers."""

from collections.abc import Mapping

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, events_pb2, merges_pb2
from tidegate.api.identity.v1.changes_pb2 import EventRecorded
from tidegate.identity.announce import put_consents
from tidegate.identity.model import (
    AttributeDefinition,
    Conflict,
    ConflictReason,
    ConflictState,
    Consent,
    Customer,
    Held,
    Key,
    Link,
    Merge,
    StoredEvent,
)
from tidegate.identity.reading import Reached
from tidegate.identity.resolve import KeptApart
from tidegate.identity.values import value_of

_REASONS = {
    ConflictReason.STRONG_IDENTIFIER: merges_pb2.CONFLICT_REASON_STRONG_IDENTIFIER,
    ConflictReason.CARDINALITY: merges_pb2.CONFLICT_REASON_CARDINALITY,
    ConflictReason.NEVER_MERGE: merges_pb2.CONFLICT_REASON_NEVER_MERGE,
}
STATES = {
    ConflictState.OPEN: merges_pb2.CONFLICT_STATE_OPEN,
    ConflictState.MERGED: merges_pb2.CONFLICT_STATE_MERGED,
    ConflictState.KEPT_APART: merges_pb2.CONFLICT_STATE_KEPT_APART,
}
_ZONE, _LOCALE = "zone", "locale"


def timestamp(micros: int) -> Timestamp:
    """Microseconds since the epoch on the wire."""
    message = Timestamp()
    message.FromMicroseconds(micros)
    return message


def customer(found: Customer, definitions: Mapping[str, AttributeDefinition]) -> customers_pb2.Customer:
    """A customer."""
    message = customers_pb2.Customer(
        customer_id=found.customer_id,
        alias_ids=found.alias_ids,
        identifiers=[_linked(link) for link in found.links],
        attributes={name: _attribute(definitions.get(name), held) for name, held in found.attributes.items()},
        tags=[
            customers_pb2.AppliedTag(
                tag=tag,
                source=mark.source,
                time=timestamp(mark.time),
                expire_time=None if mark.expires is None else timestamp(mark.expires),
            )
            for tag, mark in sorted(found.tags.items())
        ],
        zone=_text(found, _ZONE),
        locale=_text(found, _LOCALE),
        first_seen_time=timestamp(found.first_seen),
        create_time=timestamp(found.created),
    )
    put_consents(message.consents, found.consents, proof=True)
    return message


def put_contact_points(message: customers_pb2.ContactPoints, found: Reached) -> None:
    """Fills in where messages reach a customer."""
    message.canonical_customer_id = found.customer_id
    for namespace, value in found.addresses:
        message.addresses.add(namespace=namespace, value=value)
    put_consents(message.consents, found.consents, proof=False)
    message.zone = found.zone
    message.locale = found.locale


def stored_event(found: StoredEvent) -> events_pb2.StoredEvent:
    """An event as it was reported, with what became of it."""
    recorded = EventRecorded.FromString(found.body)
    event = events_pb2.Event(
        source=recorded.source,
        event_id=recorded.event_id,
        name=recorded.name,
        time=recorded.time,
        identifiers=[Identifier(namespace=namespace, value=value) for namespace, value in found.identifiers],
        properties=recorded.properties,
    )
    return events_pb2.StoredEvent(
        event=event,
        received_time=timestamp(found.received),
        original_customer_id=found.original_id,
        from_future=recorded.from_future,
    )


def conflict(found: Conflict) -> merges_pb2.Conflict:
    """A conflict."""
    return merges_pb2.Conflict(
        conflict_id=found.conflict_id,
        state=STATES[found.state],
        reason=_REASONS[found.reason],
        namespace=found.namespace,
        customer_ids=found.customer_ids,
        identifiers=[Identifier(namespace=namespace, value=value) for namespace, value in found.identifiers],
        source=found.source,
        event_id=found.event_id,
        create_time=timestamp(found.created),
        resolve_time=None if found.resolved is None else timestamp(found.resolved),
        resolution_note=found.note,
    )


def obstacle(found: KeptApart) -> merges_pb2.MergeObstacle:
    """What stands against a merge."""
    return merges_pb2.MergeObstacle(
        reason=_REASONS[found.obstacle.reason],
        namespace=found.obstacle.namespace,
        customer_ids=found.customer_ids,
    )


def merge(found: Merge) -> merges_pb2.Merge:
    """A merge."""
    return merges_pb2.Merge(
        merge_id=found.merge_id,
        survivor_id=found.survivor_id,
        merged_id=found.merged_id,
        source=found.source,
        event_id=found.event_id,
        reason=found.reason,
        time=timestamp(found.time),
    )


def consent(found: Consent) -> consents_pb2.Consent:
    """A decision, with its proof."""
    message = customers_pb2.Customer()
    put_consents(message.consents, [found], proof=True)
    return message.consents[0]


def _linked(link: Link) -> customers_pb2.LinkedIdentifier:
    return customers_pb2.LinkedIdentifier(
        identifier=_identifier(link),
        original_customer_id=link.original_id,
        source=link.source,
        link_time=timestamp(link.time),
        expire_time=None if link.expires is None else timestamp(link.expires),
        invalid_time=None if link.invalid_since is None else timestamp(link.invalid_since),
        invalid_channel=link.invalid_channel or "",
    )


def _identifier(link: Link | Key) -> Identifier:
    return Identifier(namespace=link.namespace, value=link.value)


def _attribute(definition: AttributeDefinition | None, held: Held) -> customers_pb2.AttributeValue:
    return customers_pb2.AttributeValue(
        value=value_of(definition, held.value), source=held.source, time=timestamp(held.time)
    )


def _text(found: Customer, name: str) -> str:
    held = found.attributes.get(name)
    return "" if held is None else str(held.value)

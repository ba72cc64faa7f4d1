"""What is announced on the feed, and how it is read back. Nothing here tells who a person is."""

from collections.abc import Collection, Iterable, Mapping

from google.protobuf.message import DecodeError, Message

from tidegate.api.identity.v1 import changes_pb2, consents_pb2
from tidegate.identity.model import AttributeDefinition, Consent, Decision, Occurrence
from tidegate.identity.profile import Difference
from tidegate.identity.values import value_of
from tidegate.runtime.clock import micros
from tidegate.runtime.errors import DataLoss
from tidegate.runtime.feed import Entry, StoredEntry

EVENT_RECORDED = "event_recorded"

_DECISIONS = {
    Decision.GRANTED: consents_pb2.DECISION_GRANTED,
    Decision.DENIED: consents_pb2.DECISION_DENIED,
}


def customer_created(customer_id: int, *, first_seen: int, namespaces: Iterable[str], now: int) -> Entry:
    """A customer is new."""
    body = changes_pb2.CustomerCreated(namespaces=sorted(namespaces))
    body.first_seen_time.FromMicroseconds(first_seen)
    return _entry("customer_created", customer_id, body, now=now)


def customer_merged(survivor_id: int, merged_id: int, *, now: int) -> Entry:
    """A customer was merged into another one."""
    body = changes_pb2.CustomerMerged(survivor_id=survivor_id, merged_id=merged_id)
    return _entry("customer_merged", survivor_id, body, now=now)


def identifiers_changed(customer_id: int, namespaces: Iterable[str], *, now: int) -> Entry:
    """Identifiers were linked."""
    body = changes_pb2.IdentifiersChanged(namespaces=sorted(namespaces))
    return _entry("identifiers_changed", customer_id, body, now=now)


def contact_points_changed(customer_id: int, *, now: int) -> Entry:
    """Addresses, zone, or locale are different."""
    return _entry("contact_points_changed", customer_id, changes_pb2.ContactPointsChanged(), now=now)


def conflict_filed(customer_ids: Collection[int], conflict_id: str, *, now: int) -> Entry:
    """A conflict was filed; the first customer is the one that got the fact."""
    body = changes_pb2.ConflictFiled(conflict_id=conflict_id, customer_ids=customer_ids)
    return _entry("conflict_filed", next(iter(customer_ids)), body, now=now)


def profile_changed(
    customer_id: int,
    difference: Difference,
    definitions: Mapping[str, AttributeDefinition],
    *,
    now: int,
) -> list[Entry]:
    """Attributes, tags, or consents are different."""
    entries = []
    if attributes := _attributes_changed(difference, definitions):
        entries.append(_entry("attributes_changed", customer_id, attributes, now=now))
    if difference.added or difference.removed:
        entries.append(_entry("tags_changed", customer_id, _tags_changed(difference), now=now))
    if difference.consents:
        consents = [consent_message(consent, proof=False) for consent in difference.consents]
        decided = changes_pb2.ConsentsChanged(consents=consents)
        entries.append(_entry("consents_changed", customer_id, decided, now=now))
    return entries


def event_recorded(customer_id: int, original_id: int, occurrence: Occurrence, *, now: int) -> Entry:
    """An event was stored. The original id is in the body only where it differs from the customer's."""
    body = occurrence.body if original_id == customer_id else with_original(occurrence.body, original_id)
    return Entry(EVENT_RECORDED, customer_id, body, now)


def with_original(body: bytes, original_id: int) -> bytes:
    """``body`` of an event, with the id under which it arrived.

    Serialised messages joined are the message with the fields of both (protobuf's encoding says so).
    """
    return body + changes_pb2.EventRecorded(original_customer_id=original_id).SerializeToString()


def change(entry: StoredEntry) -> changes_pb2.Change:
    """An entry of the feed as callers read it. Raises DataLoss when it cannot be read."""
    message = changes_pb2.Change(position=entry.position, customer_id=entry.customer_id)
    message.time.FromMicroseconds(micros(entry.time))
    try:
        body: Message = getattr(message, entry.kind)
        body.SetInParent()
        body.MergeFromString(entry.body)
    except (AttributeError, DecodeError) as error:
        raise DataLoss("feed entry", entry.position) from error
    if entry.kind == EVENT_RECORDED and not message.event_recorded.original_customer_id:
        message.event_recorded.original_customer_id = entry.customer_id
    return message


def consent_message(consent: Consent, *, proof: bool) -> consents_pb2.Consent:
    """A decision on the wire."""
    message = consents_pb2.Consent(
        purpose=consent.purpose,
        channel=consent.channel,
        brand=consent.brand,
        decision=_DECISIONS[consent.decision],
        source=consent.source,
        proof=consent.proof if proof else "",
    )
    message.time.FromMicroseconds(consent.time)
    return message


def _attributes_changed(
    difference: Difference, definitions: Mapping[str, AttributeDefinition]
) -> changes_pb2.AttributesChanged | None:
    told = {name: value for name, value in difference.values.items() if not definitions[name].personal}
    if not told:
        return None
    body = changes_pb2.AttributesChanged(
        changed={name: value_of(definitions[name], value) for name, value in told.items()}
    )
    body.value_time.FromMicroseconds(max(difference.attributes[name].time for name in told))
    return body


def _tags_changed(difference: Difference) -> changes_pb2.TagsChanged:
    body = changes_pb2.TagsChanged(added=difference.added, removed=difference.removed)
    changed = {*difference.added, *difference.removed} & set(difference.marks)
    body.time.FromMicroseconds(max(difference.marks[tag].time for tag in changed))
    return body


def _entry(kind: str, customer_id: int, body: Message, *, now: int) -> Entry:
    return Entry(kind, customer_id, body.SerializeToString(), now)

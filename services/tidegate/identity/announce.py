"""What is announced on the feed, and how it is read back. Nothing here tells who a person is."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.identity.v1 import changes_pb2, consents_pb2
from tidegate.identity.model import AttributeDefinition, Consent, Decision, Occurrence
from tidegate.identity.profile import Difference
from tidegate.identity.values import put_instant, put_value, value_of
from tidegate.runtime.errors import DataLoss
from tidegate.runtime.feed import Entry, StoredEntry

if TYPE_CHECKING:
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

EVENT_RECORDED = "event_recorded"
_NOTHING_ELSE = b""

_DECISIONS = {
    Decision.GRANTED: consents_pb2.DECISION_GRANTED,
    Decision.DENIED: consents_pb2.DECISION_DENIED,
}


def customer_created(customer_id: int, *, first_seen: int, namespaces: Iterable[str], now: int) -> Entry:
    """A customer is new."""
    body = changes_pb2.CustomerCreated(namespaces=sorted(namespaces))
    put_instant(body.first_seen_time, first_seen)
    return _entry("customer_created", customer_id, body, now=now)


def customer_merged(survivor_id: int, merged_id: int, *, now: int) -> Entry:
    """A customer was merged into another one."""
    body = changes_pb2.CustomerMerged(survivor_id=survivor_id, merged_id=merged_id)
    return _entry("customer_merged", survivor_id, body, now=now)


def customer_split(remaining_id: int, separated: Mapping[int, Collection[int]], *, now: int) -> Entry:
    """Original ids left a customer; ``separated`` has them by the customers they belong to now."""
    body = changes_pb2.CustomerSplit(remaining_id=remaining_id)
    for customer_id, original_ids in separated.items():
        body.separated.add(customer_id=customer_id, original_customer_ids=original_ids)
    return _entry("customer_split", remaining_id, body, now=now)


def identifiers_changed(customer_id: int, namespaces: Iterable[str], *, now: int) -> Entry:
    """Identifiers were linked or taken off; ``namespaces`` are those in which the customer has one now."""
    body = changes_pb2.IdentifiersChanged(namespaces=sorted(namespaces))
    return _entry("identifiers_changed", customer_id, body, now=now)


def contact_points_changed(customer_id: int, *, now: int) -> Entry:
    """Addresses, zone, or locale are different."""
    return Entry("contact_points_changed", customer_id, _NOTHING_ELSE, now)


def conflict_filed(customer_ids: Collection[int], conflict_id: str, *, now: int) -> Entry:
    """A conflict was filed; the first customer is the one that got the fact."""
    body = changes_pb2.ConflictFiled(conflict_id=conflict_id, customer_ids=customer_ids)
    return _entry("conflict_filed", next(iter(customer_ids)), body, now=now)


def relations_changed(customer_id: int, put: Iterable[str], ended: Iterable[str], *, now: int) -> Entry:
    """Relations, by kind and target, are in force or are no more."""
    body = changes_pb2.RelationsChanged(set=sorted(put), ended=sorted(ended))
    return _entry("relations_changed", customer_id, body, now=now)


def erasure_requested(customer_ids: Collection[int], erasure_id: str, *, now: int) -> Entry:
    """A person is to be erased by every service; the first of the ids is the customer's, the others its aliases'."""
    body = changes_pb2.ErasureRequested(erasure_id=erasure_id, customer_ids=customer_ids)
    return _entry("erasure_requested", next(iter(customer_ids)), body, now=now)


def erasure_completed(customer_id: int, erasure_id: str, *, now: int) -> Entry:
    """An erasure is done in all services."""
    body = changes_pb2.ErasureCompleted(erasure_id=erasure_id)
    return _entry("erasure_completed", customer_id, body, now=now)


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
        decided = changes_pb2.ConsentsChanged()
        put_consents(decided.consents, difference.consents, proof=False)
        entries.append(_entry("consents_changed", customer_id, decided, now=now))
    return entries


def derived_told(customer_id: int, values: Mapping[str, str | None], *, value_time: int, now: int) -> Entry:
    """What is derived from an attribute of a customer, None where nothing is, be it that this is known."""
    body = changes_pb2.AttributesChanged(changed={name: value_of(None, value) for name, value in values.items()})
    put_instant(body.value_time, value_time)
    return _entry("attributes_changed", customer_id, body, now=now)


def tags_told(customer_id: int, has: Collection[str], has_not: Collection[str], *, now: int) -> Entry:
    """Which tags a customer has and has not, be it that this is known."""
    body = changes_pb2.TagsChanged(added=sorted(has), removed=sorted(has_not))
    put_instant(body.time, now)
    return _entry("tags_changed", customer_id, body, now=now)


def event_recorded(customer_id: int, original_id: int, occurrence: Occurrence, *, now: int) -> Entry:
    """An event was stored. The original id is in the body only where it differs from the customer's."""
    body = occurrence.body if original_id == customer_id else with_original(occurrence.body, original_id)
    return Entry(EVENT_RECORDED, customer_id, body, now)


def with_original(body: bytes, original_id: int) -> bytes:
    """``body`` of an event, with the id under which it arrived.

    Serialised messages joined are the message with the fields of both (protobuf's encoding says so).
    """
    return body + changes_pb2.EventRecorded(original_customer_id=original_id).SerializeToString()


def put_changes(changes: "RepeatedCompositeFieldContainer[changes_pb2.Change]", entries: Iterable[StoredEntry]) -> None:
    """Adds entries of the feed, as callers read them, to ``changes``. Raises DataLoss for what cannot be read."""
    times: dict[int, Timestamp] = {}  # what one batch announced has one time
    for position, kind, customer_id, body, time in entries:
        if time not in times:
            times[time] = Timestamp()
            put_instant(times[time], time)
        _put(changes.add(position=position, customer_id=customer_id, time=times[time]), kind, body)


def _put(change: changes_pb2.Change, kind: str, body: bytes) -> None:
    try:
        announced: Any = getattr(change, kind)
        announced.SetInParent()
        announced.MergeFromString(body)
    except (AttributeError, DecodeError) as error:
        raise DataLoss("feed entry", change.position) from error
    if kind == EVENT_RECORDED and not announced.original_customer_id:
        announced.original_customer_id = change.customer_id


def put_consents(
    messages: "RepeatedCompositeFieldContainer[consents_pb2.Consent]", consents: Iterable[Consent], *, proof: bool
) -> None:
    """Adds decisions to ``messages``, with their proofs or without."""
    for purpose, channel, brand, decision, time, source, proved in consents:
        message = messages.add(
            purpose=purpose,
            channel=channel,
            brand=brand,
            decision=_DECISIONS[decision],
            source=source,
            proof=proved if proof else "",
        )
        put_instant(message.time, time)


def _attributes_changed(
    difference: Difference, definitions: Mapping[str, AttributeDefinition]
) -> changes_pb2.AttributesChanged | None:
    told = {name: difference.attributes[name] for name in difference.values if not definitions[name].personal}
    told |= difference.derived
    if not told:
        return None
    body = changes_pb2.AttributesChanged()
    for name, held in told.items():
        put_value(body.changed[name], definitions.get(name), held.value)
    put_instant(body.value_time, max([held.time for held in told.values()]))
    return body


def _tags_changed(difference: Difference) -> changes_pb2.TagsChanged:
    body = changes_pb2.TagsChanged(added=difference.added, removed=difference.removed)
    changed = {*difference.added, *difference.removed} & set(difference.marks)
    put_instant(body.time, max(difference.marks[tag].changed for tag in changed))
    return body


def _entry(kind: str, customer_id: int, body: Message, *, now: int) -> Entry:
    return Entry(kind, customer_id, body.SerializeToString(), now)

"""Facts from the change feeds of identity and delivery."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tidegate.api.delivery.v1 import changes_pb2 as delivery
from tidegate.api.delivery.v1 import messages_pb2, receipts_pb2
from tidegate.api.identity.v1 import changes_pb2 as identity
from tidegate.api.identity.v1 import consents_pb2, entities_pb2
from tidegate.segmentation.model.facts import (
    AttributesFact,
    ConsentsFact,
    CustomerFact,
    Decision,
    EntityEventFact,
    EntityFact,
    EntityFacts,
    EraseFact,
    EventFact,
    Fact,
    IdentifiersFact,
    InvitersFact,
    MergeFact,
    Separated,
    SplitFact,
    TagsFact,
)
from tidegate.segmentation.model.rule import Scalar
from tidegate.segmentation.model.subject import Subject, entity_number
from tidegate.segmentation.wire.values import read_micros, read_value, read_values

_INVITER = "inviter:"
_MESSAGE_PROPERTIES = (
    "message_id", "channel", "campaign_id", "phase_id", "journey_id", "enrollment_id", "node_id", "template_id",
    "tier", "brand",
)  # fmt: skip
_LINK_PROPERTIES = ("link_code", "link_label")


def identity_facts(changes: list[identity.Change]) -> Iterator[Fact]:
    """What identity's changes say of customers; changes that rules can't ask about are left out."""
    for change in changes:
        kind = change.WhichOneof("change")
        read = _IDENTITY.get(kind or "")
        if read is not None:
            yield read(change.customer_id, getattr(change, str(kind)))


def entity_facts(changes: list[identity.Change]) -> EntityFacts:
    """What identity's changes say of entities."""
    entities: dict[int, EntityFact] = {}
    events: list[EntityEventFact] = []
    for change in changes:
        match change.WhichOneof("change"):
            case "entity_changed" if fact := _entity(change.entity_changed):
                entities[fact.number] = fact
            case "entity_event_recorded" if kind := _KINDS.get(change.entity_event_recorded.event.entity.kind):
                events.append(_entity_event(kind, change.entity_event_recorded.event, read_micros(change.time)))
    return EntityFacts(entities, events)


def delivery_facts(changes: list[delivery.Change]) -> Iterator[Fact]:
    """What became of messages, as events: `message.sent` and other states, `message.opened`, `message.clicked`,
    `message.unsubscribed`, `message.complained`.

    What customers do is told by interactions, or by providers' receipts, once each time, and not by states; what a
    scanner does is `message.scanned`. What calls cost is `cost_micros` of the state that they led to.
    """
    for change in changes:
        match change.WhichOneof("change"):
            case "message_changed":
                name = _STATES.get(change.message_changed.state)
                body: Any = change.message_changed
                properties = _texts(body, _MESSAGE_PROPERTIES) | _reason(body) | _cost(body)
            case "interaction":
                body = change.interaction
                name = _SCANNED if body.scanner else _INTERACTIONS.get(body.kind)
                properties = _texts(body, _MESSAGE_PROPERTIES + _LINK_PROPERTIES)
            case "receipt_recorded":
                body = change.receipt_recorded
                name = _RECEIPTS.get(body.kind)
                properties = _texts(body, _MESSAGE_PROPERTIES)
            case _:
                continue
        customer_id = change.customer_id
        if name and customer_id:
            time = read_micros(body.time if body.HasField("time") else change.time)
            yield EventFact(customer_id, customer_id, name, time, time, properties)


def _event(customer_id: int, event: identity.EventRecorded) -> Fact:
    time = read_micros(event.time)
    at_once = read_micros(event.received_time) == time
    return EventFact(
        customer_id,
        event.original_customer_id or customer_id,
        event.name,
        time,
        time if at_once else time + 1,
        read_values(event.properties),
    )


def _created(customer_id: int, created: identity.CustomerCreated) -> Fact:
    return CustomerFact(customer_id, tuple(created.namespaces), read_micros(created.first_seen_time))


def _attributes(customer_id: int, changed: identity.AttributesChanged) -> Fact:
    return AttributesFact(customer_id, {name: read_value(value) for name, value in changed.changed.items()})


def _tags(customer_id: int, changed: identity.TagsChanged) -> Fact:
    return TagsFact(customer_id, tuple(changed.added), tuple(changed.removed))


def _consents(customer_id: int, changed: identity.ConsentsChanged) -> Fact:
    decisions = (
        Decision(
            each.purpose,
            each.channel,
            each.brand,
            each.decision == consents_pb2.DECISION_GRANTED,
            read_micros(each.time),
        )
        for each in changed.consents
    )
    return ConsentsFact(customer_id, tuple(decisions))


def _identifiers(customer_id: int, changed: identity.IdentifiersChanged) -> Fact:
    return IdentifiersFact(customer_id, tuple(changed.namespaces))


def _relations(customer_id: int, changed: identity.RelationsChanged) -> Fact:
    return InvitersFact(customer_id, _inviters(changed.set), _inviters(changed.ended))


def _inviters(relations: Iterable[str]) -> tuple[int, ...]:
    return tuple(int(each.removeprefix(_INVITER)) for each in relations if each.startswith(_INVITER))


def _merged(_customer_id: int, merged: identity.CustomerMerged) -> Fact:
    return MergeFact(merged.survivor_id, merged.merged_id)


def _split(_customer_id: int, split: identity.CustomerSplit) -> Fact:
    separated = (Separated(each.customer_id, tuple(each.original_customer_ids)) for each in split.separated)
    return SplitFact(split.remaining_id, tuple(separated))


def _erased(customer_id: int, requested: identity.ErasureRequested) -> Fact:
    ids = dict.fromkeys((customer_id, *requested.customer_ids))
    return EraseFact(requested.erasure_id, customer_id, tuple(ids))


def _entity(changed: identity.EntityChanged) -> EntityFact | None:
    """None for one of a kind that is not known here."""
    kind = _KINDS.get(changed.entity.kind)
    if kind is None:
        return None
    entity_id = changed.entity.entity_id
    number = entity_number(kind, entity_id)
    return EntityFact(number, kind, entity_id, changed.archived, read_values(changed.attributes))


def _entity_event(kind: Subject, event: entities_pb2.EntityEvent, told: int) -> EntityEventFact:
    time = read_micros(event.time)
    number = entity_number(kind, event.entity.entity_id)
    return EntityEventFact(number, event.name, time, time if told == time else time + 1, read_values(event.properties))


_KINDS: Mapping[int, Subject] = {
    entities_pb2.ENTITY_KIND_STAFF: Subject.STAFF,
    entities_pb2.ENTITY_KIND_STORE: Subject.STORE,
    entities_pb2.ENTITY_KIND_CHAT_GROUP: Subject.CHAT_GROUP,
}
_IDENTITY: Mapping[str, Callable[[int, Any], Fact]] = {
    "event_recorded": _event,
    "customer_created": _created,
    "attributes_changed": _attributes,
    "tags_changed": _tags,
    "consents_changed": _consents,
    "identifiers_changed": _identifiers,
    "relations_changed": _relations,
    "customer_merged": _merged,
    "customer_split": _split,
    "erasure_requested": _erased,
}
_PASSING = {
    messages_pb2.MESSAGE_STATE_UNSPECIFIED,
    messages_pb2.MESSAGE_STATE_CLAIMED,
    messages_pb2.MESSAGE_STATE_CALLING,
    messages_pb2.MESSAGE_STATE_OPENED,
    messages_pb2.MESSAGE_STATE_CLICKED,
}
_SCANNED = "message.scanned"
_STATES: Mapping[int, str] = {
    value: "message." + name.removeprefix("MESSAGE_STATE_").lower()
    for name, value in messages_pb2.MessageState.items()
    if value not in _PASSING
}
_INTERACTIONS: Mapping[int, str] = {
    value: "message." + name.removeprefix("INTERACTION_KIND_").lower()
    for name, value in delivery.InteractionKind.items()
    if value
}


_RECEIPTS: Mapping[int, str] = {
    receipts_pb2.RECEIPT_KIND_OPENED: "message.opened",
    receipts_pb2.RECEIPT_KIND_CLICKED: "message.clicked",
    receipts_pb2.RECEIPT_KIND_UNSUBSCRIBED: "message.unsubscribed",
    receipts_pb2.RECEIPT_KIND_COMPLAINT: "message.complained",
}


def _texts(body: Any, names: tuple[str, ...]) -> dict[str, Scalar]:
    return {name: text for name in names if (text := getattr(body, name))}


def _reason(body: delivery.MessageChanged) -> dict[str, Scalar]:
    if body.drop_reason:
        return {"reason": _word(messages_pb2.DropReason.Name(body.drop_reason), "DROP_REASON_")}
    if body.outcome:
        return {"reason": _word(messages_pb2.Outcome.Name(body.outcome), "OUTCOME_")}
    return {}


def _cost(body: delivery.MessageChanged) -> dict[str, Scalar]:
    return {"cost_micros": body.cost_micros} if body.cost_micros else {}


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()

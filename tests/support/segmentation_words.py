"""Short ways to write rules and identity's changes in tests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import changes_pb2, consents_pb2
from tidegate.api.segmentation.v1 import rules_pb2 as pb

Rule = pb.Rule


def value(given: Any) -> common_pb2.Value:
    match given:
        case None:
            return common_pb2.Value()
        case bool():
            return common_pb2.Value(bool_value=given)
        case int():
            return common_pb2.Value(int_value=given)
        case float():
            return common_pb2.Value(double_value=given)
        case str():
            return common_pb2.Value(string_value=given)
        case datetime():
            made = common_pb2.Value()
            made.timestamp_value.FromDatetime(given)
            return made
        case _:
            return common_pb2.Value(list_value=common_pb2.StringList(values=given))


def compare(operator: str, *given: Any) -> pb.Comparison:
    return pb.Comparison(operator=f"OPERATOR_{operator}", values=[value(each) for each in given])


def within(start: timedelta | None = None, end: timedelta | None = None) -> pb.Comparison:
    made = pb.Comparison(operator=pb.OPERATOR_WITHIN, span=pb.RelativeSpan())
    if start is not None:
        made.span.start.FromTimedelta(start)
    if end is not None:
        made.span.end.FromTimedelta(end)
    return made


def events(
    *names: str, rolling: timedelta | None = None, filters: Mapping[str, pb.Comparison] | None = None
) -> pb.EventSelection:
    made = pb.EventSelection(
        names=names,
        filters=[pb.PropertyFilter(property=name, comparison=each) for name, each in (filters or {}).items()],
    )
    if rolling is not None:
        made.window.rolling.FromTimedelta(rolling)
    return made


def event(
    selection: pb.EventSelection | str,
    aggregate: str = "COUNT",
    comparison: pb.Comparison | None = None,
    of: str = "",
) -> Rule:
    chosen = events(selection) if isinstance(selection, str) else selection
    return Rule(
        event=pb.EventRule(events=chosen, aggregate=f"AGGREGATE_{aggregate}", property=of, comparison=comparison)
    )


def sequence(first: str, second: str, delta: timedelta, outcome: str) -> Rule:
    made = pb.SequenceRule(
        first=events(first),
        second=events(second),
        outcome=f"SEQUENCE_OUTCOME_{outcome}",
    )
    made.within.FromTimedelta(delta)
    return Rule(sequence=made)


def attribute(name: str, comparison: pb.Comparison) -> Rule:
    return Rule(attribute=pb.AttributeRule(attribute=name, comparison=comparison))


def tag(*tags: str) -> Rule:
    return Rule(tag=pb.TagRule(tags=tags))


def consent(purpose: str, state: str, *, channel: str = "", brand: str = "") -> Rule:
    return Rule(consent=pb.ConsentRule(purpose=purpose, channel=channel, brand=brand, state=f"CONSENT_STATE_{state}"))


def identifier(namespace: str) -> Rule:
    return Rule(identifier=pb.IdentifierRule(namespace=namespace))


def in_segment(segment_id: str) -> Rule:
    return Rule(segment=pb.SegmentRule(segment_id=segment_id))


def all_of(*rules: Rule) -> Rule:
    return Rule(all_of=pb.RuleList(rules=rules))


def any_of(*rules: Rule) -> Rule:
    return Rule(any_of=pb.RuleList(rules=rules))


def negate(rule: Rule) -> Rule:
    return Rule(negation=rule)


def created(customer_id: int, *namespaces: str) -> changes_pb2.Change:
    return changes_pb2.Change(
        customer_id=customer_id, customer_created=changes_pb2.CustomerCreated(namespaces=namespaces)
    )


def happened(
    customer_id: int,
    name: str,
    time: datetime,
    *,
    received: datetime | None = None,
    original: int = 0,
    **properties: Any,
) -> changes_pb2.Change:
    body = changes_pb2.EventRecorded(
        name=name,
        properties={key: value(each) for key, each in properties.items()},
        original_customer_id=original or customer_id,
    )
    body.time.FromDatetime(time)
    body.received_time.FromDatetime(received or time)
    return changes_pb2.Change(customer_id=customer_id, event_recorded=body)


def set_attributes(customer_id: int, **attributes: Any) -> changes_pb2.Change:
    changed = {key: value(each) for key, each in attributes.items()}
    return changes_pb2.Change(
        customer_id=customer_id, attributes_changed=changes_pb2.AttributesChanged(changed=changed)
    )


def tagged(customer_id: int, added: Iterable[str] = (), removed: Iterable[str] = ()) -> changes_pb2.Change:
    body = changes_pb2.TagsChanged(added=added, removed=removed)
    return changes_pb2.Change(customer_id=customer_id, tags_changed=body)


def consented(
    customer_id: int, purpose: str, time: datetime, *, granted: bool, channel: str = "", brand: str = ""
) -> changes_pb2.Change:
    decision = consents_pb2.DECISION_GRANTED if granted else consents_pb2.DECISION_DENIED
    body = consents_pb2.Consent(purpose=purpose, channel=channel, brand=brand, decision=decision)
    body.time.FromDatetime(time)
    return changes_pb2.Change(customer_id=customer_id, consents_changed=changes_pb2.ConsentsChanged(consents=[body]))


def identified(customer_id: int, *namespaces: str) -> changes_pb2.Change:
    body = changes_pb2.IdentifiersChanged(namespaces=namespaces)
    return changes_pb2.Change(customer_id=customer_id, identifiers_changed=body)


def split(remaining: int, separated: Mapping[int, Sequence[int]]) -> changes_pb2.Change:
    body = changes_pb2.CustomerSplit(remaining_id=remaining)
    for customer_id, original_ids in separated.items():
        body.separated.add(customer_id=customer_id, original_customer_ids=original_ids)
    return changes_pb2.Change(customer_id=remaining, customer_split=body)


def merged(survivor: int, other: int) -> changes_pb2.Change:
    body = changes_pb2.CustomerMerged(survivor_id=survivor, merged_id=other)
    return changes_pb2.Change(customer_id=survivor, customer_merged=body)

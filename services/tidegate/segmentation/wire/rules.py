"""The rule tree: contract to model. What the contract leaves unset becomes None or Nothing, for the check to name."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from google.protobuf.message import DecodeError

from tidegate.api.segmentation.v1 import rules_pb2
from tidegate.runtime.errors import DataLoss, InvalidArgument
from tidegate.segmentation.model.rule import (
    MAX_DEPTH,
    Aggregate,
    AllOf,
    AnyOf,
    ArmRule,
    AttributeRule,
    Between,
    Comparison,
    ConsentRule,
    ConsentState,
    Days,
    EventRule,
    IdentifierRule,
    Not,
    Nothing,
    Operator,
    PropertyFilter,
    Rolling,
    Rule,
    ScoreRule,
    SegmentRule,
    Selection,
    SequenceOutcome,
    SequenceRule,
    Span,
    StageRule,
    TagRule,
    TierRule,
    Window,
)
from tidegate.segmentation.wire.values import read_instant, read_length, read_value


def read_rule(message: rules_pb2.Rule, path: str = "rule", *, depth: int = 1) -> Rule:
    """The rule. Raises InvalidArgument for a date or instant that is none and for a tree that is too deep."""
    kind = message.WhichOneof("node")
    if kind is None:
        return Nothing()
    if depth > MAX_DEPTH:
        raise InvalidArgument.at(path, f"is deeper than {MAX_DEPTH} levels")
    node = getattr(message, kind)
    if kind == "negation":
        return Not(read_rule(node, f"{path}.negation", depth=depth + 1))
    if kind in _LISTS:
        rules = (read_rule(each, f"{path}.{kind}.rules[{at}]", depth=depth + 1) for at, each in enumerate(node.rules))
        return _LISTS[kind](tuple(rules))
    return _LEAVES[kind](node, f"{path}.{kind}")


def load_rule(stored: bytes, kind: str, identity: str) -> Rule:
    """A rule that was stored. Raises DataLoss when it cannot be read."""
    try:
        return read_rule(rules_pb2.Rule.FromString(stored))
    except (DecodeError, InvalidArgument) as error:
        raise DataLoss(kind, identity) from error


def read_selection(message: rules_pb2.EventSelection, path: str) -> Selection:
    """Which events are looked at."""
    return Selection(
        tuple(message.names),
        tuple(
            PropertyFilter(each.property, read_comparison(each.comparison, f"{path}.filters[{at}].comparison"))
            for at, each in enumerate(message.filters)
        ),
        _window(message.window, f"{path}.window"),
    )


def read_comparison(message: rules_pb2.Comparison, path: str) -> Comparison:
    """A comparison; values without a kind are left out, so that their number is wrong."""
    values = (read_value(value, f"{path}.values[{at}]") for at, value in enumerate(message.values))
    span = None
    if message.HasField("span"):
        span = Span(_optional(message.span, "start"), _optional(message.span, "end"))
    return Comparison(_OPERATORS.get(message.operator), tuple(value for value in values if value is not None), span)


def read_aggregate(aggregate: int) -> Aggregate:
    """An aggregate; count when it is not said."""
    return _AGGREGATES.get(aggregate, Aggregate.COUNT)


def _optional(message: rules_pb2.RelativeSpan, field: str) -> int | None:
    return read_length(getattr(message, field)) if message.HasField(field) else None


def _window(message: rules_pb2.Window, path: str) -> Window | None:
    match message.WhichOneof("kind"):
        case "rolling":
            return Rolling(read_length(message.rolling))
        case "interval":
            span = message.interval
            return Between(
                read_instant(span.start, f"{path}.interval.start") if span.HasField("start") else None,
                read_instant(span.end, f"{path}.interval.end") if span.HasField("end") else None,
            )
        case "dates":
            days = message.dates
            return Days(
                _day(days.first_date, f"{path}.dates.first_date"),
                _day(days.last_date, f"{path}.dates.last_date"),
            )
        case _:
            return None


def _day(text: str, path: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidArgument.at(path, f"{text!r} is no day; write it as 2026-11-11") from error


def _attribute(message: rules_pb2.AttributeRule, path: str) -> Rule:
    return AttributeRule(message.attribute, read_comparison(message.comparison, f"{path}.comparison"))


def _tag(message: rules_pb2.TagRule, _path: str) -> Rule:
    return TagRule(tuple(message.tags))


def _consent(message: rules_pb2.ConsentRule, _path: str) -> Rule:
    return ConsentRule(message.purpose, message.channel, message.brand, _CONSENTS.get(message.state))


def _identifier(message: rules_pb2.IdentifierRule, _path: str) -> Rule:
    return IdentifierRule(message.namespace)


def read_event_rule(message: rules_pb2.EventRule, path: str) -> EventRule:
    """An aggregate over events."""
    return EventRule(
        read_selection(message.events, f"{path}.events"),
        read_aggregate(message.aggregate),
        message.property,
        read_comparison(message.comparison, f"{path}.comparison") if message.HasField("comparison") else None,
    )


def _sequence(message: rules_pb2.SequenceRule, path: str) -> Rule:
    return SequenceRule(
        read_selection(message.first, f"{path}.first"),
        read_selection(message.second, f"{path}.second"),
        read_length(message.within),
        _OUTCOMES.get(message.outcome),
    )


def _segment(message: rules_pb2.SegmentRule, _path: str) -> Rule:
    return SegmentRule(message.segment_id)


def _score(message: rules_pb2.ScoreRule, path: str) -> Rule:
    return ScoreRule(message.model_id, message.component_id, read_comparison(message.comparison, f"{path}.comparison"))


def _tier(message: rules_pb2.TierRule, _path: str) -> Rule:
    return TierRule(message.model_id, tuple(message.tiers))


def _stage(message: rules_pb2.StageRule, _path: str) -> Rule:
    return StageRule(message.stage_model_id, tuple(message.stages))


def _arm(message: rules_pb2.ArmRule, _path: str) -> Rule:
    return ArmRule(message.experiment_id, tuple(message.arm_ids), message.epoch)


_LISTS: Mapping[str, Callable[[tuple[Rule, ...]], Rule]] = {"all_of": AllOf, "any_of": AnyOf}
_LEAVES: Mapping[str, Callable[[Any, str], Rule]] = {
    "attribute": _attribute,
    "tag": _tag,
    "consent": _consent,
    "identifier": _identifier,
    "event": read_event_rule,
    "sequence": _sequence,
    "segment": _segment,
    "score": _score,
    "tier": _tier,
    "stage": _stage,
    "arm": _arm,
}
_OPERATORS: Mapping[int, Operator] = {
    rules_pb2.Operator.Value(f"OPERATOR_{operator.name}"): operator for operator in Operator
}
_AGGREGATES: Mapping[int, Aggregate] = {
    rules_pb2.Aggregate.Value(f"AGGREGATE_{aggregate.name}"): aggregate for aggregate in Aggregate
}
_CONSENTS: Mapping[int, ConsentState] = {
    rules_pb2.ConsentState.Value(f"CONSENT_STATE_{state.name}"): state for state in ConsentState
}
_OUTCOMES: Mapping[int, SequenceOutcome] = {
    rules_pb2.SequenceOutcome.Value(f"SEQUENCE_OUTCOME_{outcome.name}"): outcome for outcome in SequenceOutcome
}

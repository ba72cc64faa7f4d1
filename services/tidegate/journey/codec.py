"""Pure: from the contract's definition to the one that is walked, and values both ways."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.api.journey.v1 import canvas_pb2, conditions_pb2, entry_pb2, journeys_pb2
from tidegate.journey import canvas as model
from tidegate.journey.checks import INTERACTIONS
from tidegate.journey.conditions import Happening, Operator, PropertyTest, Scalar
from tidegate.runtime.clock import from_micros, micros
from tidegate.runtime.errors import DataLoss

_OPERATORS = {conditions_pb2.Operator.Value(f"OPERATOR_{operator.name}"): operator for operator in Operator}
_CLASSES = {messages_pb2.MessageClass.Value(f"MESSAGE_CLASS_{each.name}"): each for each in model.MessageClass}
_RESOLVE_ON = {canvas_pb2.ResolveOn.Value(f"RESOLVE_ON_{each.name}"): each for each in model.ResolveOn}
_FREQUENCIES = {entry_pb2.EntryFrequency.Value(f"ENTRY_FREQUENCY_{each.name}"): each for each in model.EntryFrequency}
_OVERDUE = {entry_pb2.OverdueMode.Value(f"OVERDUE_MODE_{each.name}"): each for each in model.Overdue}


def read(stored: bytes, *, journey_id: str, version: int) -> model.Definition:
    """The stored definition of a version; DataLoss when this release can't read it."""
    try:
        return definition(journeys_pb2.Definition.FromString(stored))
    except (DecodeError, KeyError, ValueError) as error:
        raise DataLoss("journey version", f"{journey_id}/{version}") from error


def definition(given: journeys_pb2.Definition) -> model.Definition:
    """A definition without errors, as it is walked."""
    nodes = {node.node_id: _node(node) for node in given.canvas.nodes}
    edges = {(edge.from_node_id, edge.label or model.NEXT): edge.to_node_id for edge in given.canvas.edges}
    exits = tuple(_exits(given))
    goals = tuple(
        model.Goal(goal.name, happening(goal.happening), goal.matching_property, goal.ends_walk) for goal in given.goals
    )
    made = model.Definition(
        canvas=model.Canvas(given.canvas.start_node_id, nodes, edges),
        entry=_entry(given.entry),
        exits=exits,
        goals=goals,
        pause=_pause(given.pause_policy),
    )
    return replace(made, interests=frozenset(_interests(made)), remembered=frozenset(_remembered(made)))


def _interests(made: model.Definition) -> Iterator[str]:
    yield from (condition.happening.key for condition in made.exits)
    yield from (goal.happening.key for goal in made.goals)
    for node in made.canvas.nodes.values():
        if isinstance(node, model.WaitForNode):
            yield from (case.happening.key for case in node.cases)


def _remembered(made: model.Definition) -> Iterator[str]:
    for node in made.canvas.nodes.values():
        if isinstance(node, model.WaitForNode) and node.since:
            yield node.since


def _node(node: canvas_pb2.Node) -> model.Node:
    kind = node.WhichOneof("kind")
    match kind:
        case "send":
            return _send(node.send)
        case "wait":
            return _wait(node.wait)
        case "wait_for":
            return _wait_for(node.wait_for)
        case "branch":
            return model.BranchNode(tuple(_case(case) for case in node.branch.cases))
        case "split":
            return _split(node.split)
        case "goal":
            return model.GoalNode(node.goal.name or "goal")
        case "exit":
            return model.ExitNode(node.exit.reason)
    raise ValueError(f"node {node.node_id} is a {kind}, which is not walked")


def _send(send: canvas_pb2.SendNode) -> model.SendNode:
    node = model.SendNode(
        template_id=send.template_id,
        channels=tuple(send.channels),
        variables={name: _binding(binding) for name, binding in send.variables.items()},
        message_class=_CLASSES.get(send.message_class, model.MessageClass.MARKETING),
        purpose=send.purpose,
        brand=send.brand,
        campaign_id=send.campaign_id,
        phase_id=send.phase_id,
        tier=send.tier,
        priority=send.priority,
        resolve_on=_RESOLVE_ON.get(send.resolve_on, model.ResolveOn.SENT),
    )
    changes: dict[str, Any] = {
        name: getattr(send, name).ToTimedelta()
        for name in ("expires_after", "receipt_timeout", "confirm_timeout")
        if send.HasField(name)
    }
    if send.HasField("override"):
        changes["override"] = model.Override(send.override.reason, instant(send.override.end_time))
    return replace(node, **changes)


def _binding(binding: conditions_pb2.Binding) -> model.Binding:
    match binding.WhichOneof("source"):
        case "constant":
            return model.Binding(model.BindingKind.CONSTANT, value=scalar(binding.constant))
        case "entry_property":
            return model.Binding(model.BindingKind.ENTRY, binding.entry_property)
        case "wait_property":
            wait = binding.wait_property
            return model.Binding(model.BindingKind.WAIT, wait.property, wait.node_id)
        case "attribute":
            return model.Binding(model.BindingKind.ATTRIBUTE, binding.attribute)
    raise ValueError("a binding without a source")


def _wait(wait: canvas_pb2.WaitNode) -> model.Node:
    match wait.WhichOneof("until"):
        case "duration":
            return model.DurationWait(wait.duration.ToTimedelta())
        case "instant":
            return model.InstantWait(instant(wait.instant))
        case "local_time":
            local = wait.local_time
            return model.LocalTimeWait(local.hour, local.minute, frozenset(local.weekdays), local.after_days)
        case "attribute_date":
            date = wait.attribute_date
            return model.AttributeWait(date.attribute, date.offset.ToTimedelta())
    raise ValueError("a wait without an end")


def _wait_for(wait: canvas_pb2.WaitForNode) -> model.WaitForNode:
    cases = tuple(
        model.WaitCase(case.label or model.NEXT, happening(case.happening), case.matching_property)
        for case in wait.cases
    )
    return model.WaitForNode(cases, wait.timeout.ToTimedelta(), wait.since_node_id)


def _case(case: canvas_pb2.BranchCase) -> model.BranchCase:
    match case.WhichOneof("condition"):
        case "rule":
            return model.BranchCase(case.label, rule=case.rule.SerializeToString(deterministic=True))
        case "segment_id":
            return model.BranchCase(case.label, segment_id=case.segment_id)
        case "entry_property":
            return model.BranchCase(case.label, entry=_test(case.entry_property))
    raise ValueError("a case without a condition")


def _split(split: canvas_pb2.SplitNode) -> model.SplitNode:
    return model.SplitNode(
        split.experiment_id,
        frozenset(split.arms),
        hold_out=split.control_treatment != canvas_pb2.CONTROL_TREATMENT_SENT_TO,
        eligible_for=split.eligible_for_node_id,
    )


def happening(given: conditions_pb2.Happening) -> Happening:
    """What must happen, under the key by which signals name it."""
    match given.WhichOneof("kind"):
        case "event":
            return event(given.event)
        case "membership":
            left = given.membership.direction == conditions_pb2.MEMBERSHIP_DIRECTION_LEFT
            return Happening(f"{'left' if left else 'entered'}:{given.membership.segment_id}")
        case "interaction":
            kind = INTERACTIONS[given.interaction.interaction]
            return Happening(f"{kind}:{given.interaction.send_node_id}")
    raise ValueError("a happening without a kind")


def event(given: conditions_pb2.EventCondition) -> Happening:
    """An event that must happen."""
    return Happening(f"event:{given.event_name}", tuple(_test(each) for each in given.properties))


def _test(given: conditions_pb2.PropertyCondition) -> PropertyTest:
    values = tuple(scalar(value) for value in given.values)
    return PropertyTest(given.property, _OPERATORS[given.operator], values)


def _exits(given: journeys_pb2.Definition) -> Iterator[model.ExitCondition]:
    for condition in given.exits.conditions:
        found = happening(condition.happening)
        reason = condition.reason or found.key
        yield model.ExitCondition(found, reason, condition.matching_property)
    for trigger in given.entry.triggers:
        if trigger.segment.exit_on_leave:
            key = f"left:{trigger.segment.segment_id}"
            yield model.ExitCondition(Happening(key), key)


def _entry(given: entry_pb2.Entry) -> model.Entry:
    by_kind: dict[str, list[entry_pb2.Trigger]] = {"event": [], "segment": [], "schedule": []}
    for trigger in given.triggers:
        by_kind[trigger.WhichOneof("kind") or ""].append(trigger)
    return model.Entry(
        events=tuple(event(trigger.event) for trigger in by_kind["event"]),
        segments=tuple(
            model.SegmentTrigger(trigger.segment.segment_id, trigger.segment.include_merges)
            for trigger in by_kind["segment"]
        ),
        schedules=tuple(_schedule(trigger.schedule) for trigger in by_kind["schedule"]),
        key_property=given.key_property,
        frequency=_FREQUENCIES.get(given.policy.frequency, model.EntryFrequency.ONCE),
        duration=given.policy.duration.ToTimedelta(),
        max_concurrent=given.max_concurrent,
        exclusions=tuple(given.exclusion_segment_ids),
    )


def _schedule(given: entry_pb2.ScheduleTrigger) -> model.ScheduleTrigger:
    return model.ScheduleTrigger(
        given.segment_id,
        instant(given.start_time),
        live=given.audience_mode == entry_pb2.AUDIENCE_MODE_LIVE,
        end=instant(given.end_time) if given.HasField("end_time") else None,
    )


def _pause(given: entry_pb2.PausePolicy) -> model.PausePolicy:
    return model.PausePolicy(
        holds_timers=given.timer_mode != entry_pb2.TIMER_MODE_RUN,
        overdue=_OVERDUE.get(given.overdue_mode, model.Overdue.SEND),
        max_lateness=given.max_lateness.ToTimedelta(),
    )


def scalar(value: common_pb2.Value) -> Scalar:
    """A value as JSON has it; None when it has no kind."""
    match value.WhichOneof("kind"):
        case None:
            return None
        case "timestamp_value":
            return {"instant": micros(instant(value.timestamp_value))}
        case "list_value":
            return list(value.list_value.values)
        case kind:
            return getattr(value, kind)


def value(given: Scalar) -> common_pb2.Value:
    """The contract's value of something stored as JSON."""
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
        case list():
            return common_pb2.Value(list_value=common_pb2.StringList(values=given))
        case dict():
            return common_pb2.Value(timestamp_value=timestamp(from_micros(given["instant"])))
    raise TypeError(f"{type(given).__name__} is no kind of value")


def properties(
    given: Mapping[str, common_pb2.Value] | Iterable[tuple[str, common_pb2.Value]],
) -> dict[str, Scalar]:
    """Properties by name, as JSON has them; those without a value are left out."""
    pairs = given.items() if isinstance(given, Mapping) else given
    return {name: scalar(each) for name, each in pairs if each.WhichOneof("kind") is not None}


def instant(given: Timestamp) -> datetime:
    """An aware UTC datetime."""
    return from_micros(given.seconds * 1_000_000 + given.nanos // 1_000)


def timestamp(given: datetime) -> Timestamp:
    """The contract's timestamp."""
    made = Timestamp()
    set_time(made, micros(given))
    return made


def set_time(made: Timestamp, given: int) -> None:
    """Sets a timestamp to microseconds since the epoch; the library's own way takes ten times as long."""
    made.seconds, fraction = divmod(given, 1_000_000)
    made.nanos = fraction * 1_000

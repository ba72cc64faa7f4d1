"""Pure: what is wrong with a draft, field by field and as a graph."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from tidegate.api.delivery.v1 import changes_pb2 as delivery_changes
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.api.journey.v1 import canvas_pb2, conditions_pb2, entry_pb2, journeys_pb2
from tidegate.journey import graph
from tidegate.journey.canvas import NEXT, NOT_ELIGIBLE, OTHERWISE, TIMEOUT
from tidegate.journey.issues import Issue, Reason

SEND_LABELS = frozenset(
    {
        "sent", "delivered", "capped", "quiet_expired", "no_consent", "no_address", "no_credit", "window_closed",
        "held_out", "not_owner", "failed", "expired", "confirm_timeout",
    }
)  # fmt: skip
_SEND_LABELS_NOT_ALWAYS = {"delivered", "held_out", "confirm_timeout"}
_NODE_ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LONGEST_WAIT = timedelta(days=1000)
_LONGEST_MESSAGE = timedelta(days=60)
_NOT_AVAILABLE = ("set_profile", "allocate", "call_out", "enter_journey", "leave_journey")
_Issues = Iterator[Issue]


def check(definition: journeys_pb2.Definition) -> list[Issue]:
    """Everything that is wrong or doubtful, errors first."""
    issues = [
        *_canvas(definition.canvas),
        *_entry(definition.entry),
        *_exits(definition),
        *_goals(definition),
        *_pause(definition.pause_policy),
        *_graph(definition.canvas),
    ]
    return sorted(issues, key=lambda issue: issue.severity.value)


def _canvas(canvas: canvas_pb2.Canvas) -> _Issues:
    yield from _count("canvas.nodes", len(canvas.nodes), least=1, most=500)
    yield from _count("canvas.edges", len(canvas.edges), least=0, most=2000)
    seen: set[str] = set()
    for index, node in enumerate(canvas.nodes):
        path = f"canvas.nodes[{index}]"
        if not _NODE_ID.fullmatch(node.node_id):
            yield _field(f"{path}.node_id", "begin with a letter; a-z, 0-9, _ and -, at most 63", node.node_id)
        if node.node_id in seen:
            yield Issue(
                Reason.DUPLICATE, f"another node is called {node.node_id}; rename one", field=f"{path}.node_id",
                node_id=node.node_id,
            )  # fmt: skip
        seen.add(node.node_id)
        yield from _node(path, node, canvas)


def _node(path: str, node: canvas_pb2.Node, canvas: canvas_pb2.Canvas) -> _Issues:
    kind = node.WhichOneof("kind")
    if kind is None:
        yield _field(path, "say what the node does", node.node_id)
        return
    if kind in _NOT_AVAILABLE:
        yield Issue(
            Reason.NOT_AVAILABLE, f"this release does not carry out {kind} nodes yet", field=f"{path}.{kind}",
            node_id=node.node_id,
        )  # fmt: skip
        return
    for issue in _kind(f"{path}.{kind}", kind, node, canvas):
        yield _at_node(issue, node.node_id)


def _kind(path: str, kind: str, node: canvas_pb2.Node, canvas: canvas_pb2.Canvas) -> _Issues:
    match kind:
        case "send":
            yield from _send(path, node.send)
        case "wait":
            yield from _wait(path, node.wait)
        case "wait_for":
            yield from _wait_for(path, node.wait_for, canvas)
        case "branch":
            yield from _branch(path, node.branch)
        case "split":
            yield from _split(path, node.split, canvas)


def _send(path: str, send: canvas_pb2.SendNode) -> _Issues:
    yield from _required(f"{path}.template_id", send.template_id)
    yield from _count(f"{path}.channels", len(send.channels), least=1, most=8)
    yield from _count(f"{path}.variables", len(send.variables), least=0, most=100)
    if len(set(send.channels)) < len(send.channels):
        yield _field(f"{path}.channels", "name each channel once")
    if send.message_class == messages_pb2.MESSAGE_CLASS_VERIFICATION:
        yield _field(f"{path}.message_class", "a journey sends no verification; choose another class")
    if not 0 <= send.priority <= 1000:
        yield _field(f"{path}.priority", "from 0 to 1,000")
    overriding = send.message_class == messages_pb2.MESSAGE_CLASS_MARKETING_OVERRIDE
    if overriding and not (send.override.reason and send.override.HasField("end_time")):
        yield _field(f"{path}.override", "an override needs a reason and an end_time")
    if send.HasField("override") and not overriding:
        yield _field(f"{path}.override", "only a MARKETING_OVERRIDE has one")
    for name in ("expires_after", "receipt_timeout", "confirm_timeout"):
        if send.HasField(name):
            yield from _duration(f"{path}.{name}", getattr(send, name), most=_LONGEST_MESSAGE)
    for name, binding in send.variables.items():
        if binding.WhichOneof("source") is None:
            yield _field(f"{path}.variables[{name}]", "say where the value comes from")


def _wait(path: str, wait: canvas_pb2.WaitNode) -> _Issues:
    match wait.WhichOneof("until"):
        case None:
            yield _field(path, "say until when: a duration, an instant, a local time, or an attribute's date")
        case "duration":
            yield from _duration(f"{path}.duration", wait.duration, most=_LONGEST_WAIT)
        case "local_time":
            yield from _local_time(f"{path}.local_time", wait.local_time)
        case "attribute_date":
            yield from _required(f"{path}.attribute_date.attribute", wait.attribute_date.attribute)
            if abs(wait.attribute_date.offset.ToTimedelta()) > _LONGEST_WAIT:
                yield _field(f"{path}.attribute_date.offset", "at most 1,000 days either way")


def _local_time(path: str, local: canvas_pb2.LocalTime) -> _Issues:
    if not 0 <= local.hour <= 23:
        yield _field(f"{path}.hour", "from 0 to 23")
    if not 0 <= local.minute <= 59:
        yield _field(f"{path}.minute", "from 0 to 59")
    if not 0 <= local.after_days <= 1000:
        yield _field(f"{path}.after_days", "from 0 to 1,000")
    for index, day in enumerate(local.weekdays):
        if not 1 <= day <= 7:
            yield _field(f"{path}.weekdays[{index}]", "from 1 (Monday) to 7")


def _wait_for(path: str, wait: canvas_pb2.WaitForNode, canvas: canvas_pb2.Canvas) -> _Issues:
    yield from _count(f"{path}.cases", len(wait.cases), least=1, most=20)
    if not wait.HasField("timeout"):
        yield _field(f"{path}.timeout", "say how long it is waited for, so that no walk stands for ever")
    yield from _duration(f"{path}.timeout", wait.timeout, most=_LONGEST_WAIT)
    if wait.since_node_id and all(node.node_id != wait.since_node_id for node in canvas.nodes):
        yield Issue(Reason.UNKNOWN_NODE, f"there is no node {wait.since_node_id}", field=f"{path}.since_node_id")
    for index, case in enumerate(wait.cases):
        inner = f"{path}.cases[{index}]"
        yield from _label(f"{inner}.label", case.label or NEXT, reserved={TIMEOUT})
        yield from _happening(f"{inner}.happening", case.happening, canvas)


def _branch(path: str, branch: canvas_pb2.BranchNode) -> _Issues:
    yield from _count(f"{path}.cases", len(branch.cases), least=1, most=20)
    seen: set[str] = set()
    for index, case in enumerate(branch.cases):
        inner = f"{path}.cases[{index}]"
        yield from _label(f"{inner}.label", case.label, reserved={OTHERWISE, NEXT})
        if case.label in seen:
            yield Issue(Reason.DUPLICATE, f"another case is {case.label}; rename one", field=f"{inner}.label")
        seen.add(case.label)
        match case.WhichOneof("condition"):
            case None:
                yield _field(inner, "say what must hold: a rule, a segment, or a property of the entry")
            case "segment_id":
                yield from _required(f"{inner}.segment_id", case.segment_id)
            case "entry_property":
                yield from _property(f"{inner}.entry_property", case.entry_property)
            case "rule" if case.rule.WhichOneof("node") is None:
                yield _field(f"{inner}.rule", "the rule is empty")


def _split(path: str, split: canvas_pb2.SplitNode, canvas: canvas_pb2.Canvas) -> _Issues:
    yield from _required(f"{path}.experiment_id", split.experiment_id)
    yield from _count(f"{path}.arms", len(split.arms), least=1, most=20)
    for index, arm in enumerate(split.arms):
        yield from _label(f"{path}.arms[{index}]", arm, reserved={NEXT, NOT_ELIGIBLE}, dotted=True)
    eligible = split.eligible_for_node_id
    if eligible and not any(n.node_id == eligible and n.HasField("send") for n in canvas.nodes):
        yield Issue(Reason.UNKNOWN_NODE, f"there is no send node {eligible}", field=f"{path}.eligible_for_node_id")


def _entry(entry: entry_pb2.Entry) -> _Issues:
    yield from _count("entry.triggers", len(entry.triggers), least=0, most=10)
    yield from _count("entry.exclusion_segment_ids", len(entry.exclusion_segment_ids), least=0, most=10)
    if not 0 <= entry.max_concurrent <= 1000:
        yield _field("entry.max_concurrent", "from 0, no limit, to 1,000")
    policy = entry.policy
    if policy.frequency == entry_pb2.ENTRY_FREQUENCY_ONCE_PER_DURATION:
        yield from _duration("entry.policy.duration", policy.duration, most=_LONGEST_WAIT)
        if policy.duration.ToTimedelta() <= timedelta(0):
            yield _field("entry.policy.duration", "say how long one entry keeps the next one out")
    for index, trigger in enumerate(entry.triggers):
        yield from _trigger(f"entry.triggers[{index}]", trigger)


def _trigger(path: str, trigger: entry_pb2.Trigger) -> _Issues:
    match trigger.WhichOneof("kind"):
        case None:
            yield _field(path, "say what brings customers in: an event, a segment, or a schedule")
        case "event":
            yield from _event(f"{path}.event", trigger.event)
        case "segment":
            yield from _required(f"{path}.segment.segment_id", trigger.segment.segment_id)
        case "schedule":
            yield from _required(f"{path}.schedule.segment_id", trigger.schedule.segment_id)
            if not trigger.schedule.HasField("start_time"):
                yield _field(f"{path}.schedule.start_time", "say when the audience comes in")


def _exits(definition: journeys_pb2.Definition) -> _Issues:
    yield from _count("exits.conditions", len(definition.exits.conditions), least=0, most=20)
    for index, condition in enumerate(definition.exits.conditions):
        path = f"exits.conditions[{index}].happening"
        yield from _happening(path, condition.happening, definition.canvas)


def _goals(definition: journeys_pb2.Definition) -> _Issues:
    yield from _count("goals", len(definition.goals), least=0, most=10)
    seen: set[str] = set()
    for index, goal in enumerate(definition.goals):
        yield from _required(f"goals[{index}].name", goal.name)
        if goal.name in seen:
            yield Issue(Reason.DUPLICATE, f"another goal is {goal.name}; rename one", field=f"goals[{index}].name")
        seen.add(goal.name)
        yield from _happening(f"goals[{index}].happening", goal.happening, definition.canvas)


def _pause(pause: entry_pb2.PausePolicy) -> _Issues:
    yield from _duration("pause_policy.max_lateness", pause.max_lateness, most=_LONGEST_MESSAGE)


def _happening(path: str, happening: conditions_pb2.Happening, canvas: canvas_pb2.Canvas) -> _Issues:
    match happening.WhichOneof("kind"):
        case None:
            yield _field(path, "say what must happen: an event, a membership, or an interaction")
        case "event":
            yield from _event(f"{path}.event", happening.event)
        case "membership":
            yield from _required(f"{path}.membership.segment_id", happening.membership.segment_id)
        case "interaction":
            yield from _interaction(f"{path}.interaction", happening.interaction, canvas)


def _interaction(path: str, interaction: conditions_pb2.InteractionCondition, canvas: canvas_pb2.Canvas) -> _Issues:
    name = interaction.send_node_id
    if not any(node.node_id == name and node.HasField("send") for node in canvas.nodes):
        yield Issue(Reason.UNKNOWN_NODE, f"there is no send node {name or '(empty)'}", field=f"{path}.send_node_id")
    if interaction.interaction not in INTERACTIONS:
        yield _field(f"{path}.interaction", "OPENED or CLICKED")


INTERACTIONS: Mapping[int, str] = {
    delivery_changes.INTERACTION_KIND_OPENED: "opened",
    delivery_changes.INTERACTION_KIND_CLICKED: "clicked",
}
"""The interactions that can be waited for, as the keys of happenings name them."""


def _event(path: str, event: conditions_pb2.EventCondition) -> _Issues:
    yield from _required(f"{path}.event_name", event.event_name)
    yield from _count(f"{path}.properties", len(event.properties), least=0, most=20)
    for index, condition in enumerate(event.properties):
        yield from _property(f"{path}.properties[{index}]", condition)


def _property(path: str, condition: conditions_pb2.PropertyCondition) -> _Issues:
    yield from _required(f"{path}.property", condition.property)
    several = {conditions_pb2.OPERATOR_IN, conditions_pb2.OPERATOR_NOT_IN}
    none = {conditions_pb2.OPERATOR_PRESENT, conditions_pb2.OPERATOR_ABSENT}
    least, most = (1, 100) if condition.operator in several else (0, 0) if condition.operator in none else (1, 1)
    if condition.operator == conditions_pb2.OPERATOR_UNSPECIFIED:
        yield _field(f"{path}.operator", "say how the property is compared")
    else:
        yield from _count(f"{path}.values", len(condition.values), least=least, most=most)
    for index, value in enumerate(condition.values):
        if value.WhichOneof("kind") is None:
            yield _field(f"{path}.values[{index}]", "a value of some kind; PRESENT and ABSENT compare with none")


def _graph(canvas: canvas_pb2.Canvas) -> _Issues:
    shapes = {node.node_id: _shape(index, node) for index, node in enumerate(canvas.nodes)}
    wires = [
        graph.Wire(index, edge.from_node_id, edge.label or NEXT, edge.to_node_id)
        for index, edge in enumerate(canvas.edges)
    ]
    yield from graph.check(canvas.start_node_id, shapes, wires)


def _shape(index: int, node: canvas_pb2.Node) -> graph.Shape:
    match node.WhichOneof("kind"):
        case "send":
            return graph.Shape(index, SEND_LABELS, optional=frozenset(_SEND_LABELS_NOT_ALWAYS))
        case "wait":
            return graph.Shape(index, frozenset({NEXT}), takes_time=_takes_time(node.wait))
        case "wait_for":
            labels = frozenset({case.label or NEXT for case in node.wait_for.cases} | {TIMEOUT})
            return graph.Shape(index, labels, takes_time=True)
        case "branch":
            return graph.Shape(index, frozenset({case.label for case in node.branch.cases} | {OTHERWISE}))
        case "split":
            needed = bool(node.split.eligible_for_node_id)
            labels = frozenset({*node.split.arms, NOT_ELIGIBLE})
            return graph.Shape(index, labels, optional=frozenset() if needed else frozenset({NOT_ELIGIBLE}))
        case "exit":
            return graph.Shape(index, frozenset(), ends=True)
    return graph.Shape(index, frozenset({NEXT}))


def _takes_time(wait: canvas_pb2.WaitNode) -> bool:
    """An instant may be over, and a time of day may be now: only these can't be come back to at once."""
    if wait.HasField("duration"):
        return wait.duration.ToTimedelta() > timedelta(0)
    return wait.HasField("local_time") and wait.local_time.after_days > 0


def _label(path: str, label: str, *, reserved: set[str], dotted: bool = False) -> _Issues:
    pattern = r"[a-z][a-z0-9._-]{0,62}" if dotted else r"[a-z][a-z0-9_-]{0,62}"
    if label in reserved:
        yield _field(path, f"{label} has a meaning of its own; choose another label")
    elif not re.fullmatch(pattern, label):
        yield _field(path, "begin with a letter; a-z, 0-9, _ and -, at most 63")


def _duration(path: str, duration: Duration, *, most: timedelta) -> _Issues:
    if not timedelta(0) <= duration.ToTimedelta() <= most:
        yield _field(path, f"from 0 to {most.days:,} days")


def _required(path: str, value: str) -> _Issues:
    if not value:
        yield _field(path, "is required")
    elif len(value) > 128:
        yield _field(path, "at most 128 characters")


def _count(path: str, count: int, *, least: int, most: int) -> _Issues:
    if not least <= count <= most:
        yield _field(path, f"from {least} to {most:,}; there are {count}")


def _field(path: str, description: str, node_id: str = "") -> Issue:
    return Issue(Reason.INVALID_FIELD, description, field=path, node_id=node_id)


def _at_node(issue: Issue, node_id: str) -> Issue:
    return Issue(
        issue.reason,
        issue.description,
        issue.severity,
        issue.field,
        issue.node_id or node_id,
        issue.edge_label,
    )

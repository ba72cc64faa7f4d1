"""Short ways to write definitions in tests."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from tidegate.api.journey.v1 import canvas_pb2, conditions_pb2, entry_pb2, journeys_pb2
from tidegate.api.segmentation.v1 import rules_pb2


def span(delta: timedelta) -> Duration:
    made = Duration()
    made.FromTimedelta(delta)
    return made


def definition(
    nodes: Sequence[canvas_pb2.Node], edges: Sequence[str], *, start: str = "", **fields: Any
) -> journeys_pb2.Definition:
    """A definition; an edge is written "from to" or "from label to"."""
    return journeys_pb2.Definition(
        canvas=canvas_pb2.Canvas(
            start_node_id=start or nodes[0].node_id, nodes=nodes, edges=[edge(each) for each in edges]
        ),
        **fields,
    )


def edge(text: str) -> canvas_pb2.Edge:
    source, *label, target = text.split()
    return canvas_pb2.Edge(from_node_id=source, label=label[0] if label else "", to_node_id=target)


def send(node_id: str = "hello", **fields: Any) -> canvas_pb2.Node:
    given = {"template_id": "welcome", "channels": ["email"], **fields}
    return canvas_pb2.Node(node_id=node_id, send=canvas_pb2.SendNode(**given))


def wait(node_id: str = "pause", **delta: float) -> canvas_pb2.Node:
    return canvas_pb2.Node(node_id=node_id, wait=canvas_pb2.WaitNode(duration=span(timedelta(**delta))))


def wait_for(node_id: str, *cases: canvas_pb2.WaitCase, since: str = "", **delta: float) -> canvas_pb2.Node:
    node = canvas_pb2.WaitForNode(cases=cases, timeout=span(timedelta(**delta)), since_node_id=since)
    return canvas_pb2.Node(node_id=node_id, wait_for=node)


def case(label: str, happening: conditions_pb2.Happening, matching: str = "") -> canvas_pb2.WaitCase:
    return canvas_pb2.WaitCase(label=label, happening=happening, matching_property=matching)


def event(name: str, *properties: conditions_pb2.PropertyCondition) -> conditions_pb2.Happening:
    return conditions_pb2.Happening(event=conditions_pb2.EventCondition(event_name=name, properties=properties))


def by_event(name: str, *properties: conditions_pb2.PropertyCondition) -> entry_pb2.Trigger:
    return entry_pb2.Trigger(event=conditions_pb2.EventCondition(event_name=name, properties=properties))


def branch(node_id: str, *cases: canvas_pb2.BranchCase) -> canvas_pb2.Node:
    return canvas_pb2.Node(node_id=node_id, branch=canvas_pb2.BranchNode(cases=cases))


def tagged(label: str, tag: str) -> canvas_pb2.BranchCase:
    rule = rules_pb2.Rule(tag=rules_pb2.TagRule(tags=[tag]))
    return canvas_pb2.BranchCase(label=label, rule=rule)


def split(node_id: str = "split", experiment_id: str = "double11", **fields: Any) -> canvas_pb2.Node:
    given = {"experiment_id": experiment_id, "arms": ["talk", "control"], **fields}
    return canvas_pb2.Node(node_id=node_id, split=canvas_pb2.SplitNode(**given))


def end(node_id: str = "end", reason: str = "") -> canvas_pb2.Node:
    return canvas_pb2.Node(node_id=node_id, exit=canvas_pb2.ExitNode(reason=reason))

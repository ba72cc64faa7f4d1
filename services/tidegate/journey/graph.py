"""Pure: what is wrong with a graph of nodes and edges."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.journey.canvas import NEXT
from tidegate.journey.issues import Issue, Reason, Severity


@dataclass(frozen=True, slots=True)
class Shape:
    """What matters of a node: its place in the canvas, the labels it can be left by, and what it does to time.

    ``takes_time``: nobody leaves it at the instant of coming. ``ends``: nobody leaves it at all. ``optional`` are
    labels that need no edge.
    """

    index: int
    labels: frozenset[str]
    takes_time: bool = False
    ends: bool = False
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge, with its place in the canvas."""

    index: int
    source: str
    label: str
    target: str


def check(start: str, shapes: Mapping[str, Shape], wires: Sequence[Wire]) -> Iterator[Issue]:
    """Everything that is wrong with the graph."""
    yield from _start(start, shapes)
    yield from _ends_of(wires, shapes)
    yield from _labels(wires, shapes)
    known = [wire for wire in wires if wire.source in shapes and wire.target in shapes]
    yield from _unwired(shapes, known)
    yield from _unreachable(start, shapes, known)
    yield from _endless(shapes, known)


def _start(start: str, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    if not start:
        yield Issue(Reason.UNKNOWN_NODE, "name the node at which walks begin", field="canvas.start_node_id")
    elif start not in shapes:
        yield Issue(Reason.UNKNOWN_NODE, f"there is no node {start}", field="canvas.start_node_id", node_id=start)


def _ends_of(wires: Sequence[Wire], shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    for wire in wires:
        for name, field in ((wire.source, "from_node_id"), (wire.target, "to_node_id")):
            if name not in shapes:
                yield Issue(
                    Reason.UNKNOWN_NODE,
                    f"there is no node {name or '(empty)'}; name one of the canvas",
                    field=f"canvas.edges[{wire.index}].{field}",
                    node_id=wire.source,
                    edge_label=wire.label,
                )


def _labels(wires: Sequence[Wire], shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    seen: set[tuple[str, str]] = set()
    for wire in wires:
        field = f"canvas.edges[{wire.index}].label"
        shape = shapes.get(wire.source)
        if shape is not None and wire.label not in shape.labels | {NEXT}:
            known = ", ".join(sorted(shape.labels | {NEXT}))
            yield _edge_issue(
                Reason.UNKNOWN_LABEL,
                f"{wire.source} is never left by {wire.label}; it has {known}",
                field,
                wire,
            )
        if shape is not None and shape.ends:
            yield _edge_issue(Reason.UNKNOWN_LABEL, f"{wire.source} ends the walk; nothing follows", field, wire)
        if (wire.source, wire.label) in seen:
            yield _edge_issue(
                Reason.DUPLICATE,
                f"{wire.source} has another edge {wire.label}; keep one of them",
                field,
                wire,
            )
        seen.add((wire.source, wire.label))


def _unwired(shapes: Mapping[str, Shape], wires: Sequence[Wire]) -> Iterator[Issue]:
    """A node whose every label leads somewhere, or that has `next`, is in order; else walks end there."""
    wired = {(wire.source, wire.label) for wire in wires}
    for name, shape in shapes.items():
        if shape.ends or (name, NEXT) in wired:
            continue
        missing = sorted(label for label in shape.labels - shape.optional if (name, label) not in wired)
        if missing:
            yield Issue(
                Reason.UNWIRED,
                f"walks that leave {name} by {', '.join(missing)} end there; wire the label or `next`",
                severity=Severity.WARNING,
                field=f"canvas.nodes[{shape.index}]",
                node_id=name,
                edge_label=missing[0],
            )


def _unreachable(start: str, shapes: Mapping[str, Shape], wires: Sequence[Wire]) -> Iterator[Issue]:
    if start not in shapes:
        return
    targets = _targets(wires)
    reached, waiting = {start}, [start]
    while waiting:
        fresh = targets[waiting.pop()] - reached
        reached |= fresh
        waiting.extend(fresh)
    for name, shape in shapes.items():
        if name not in reached:
            yield Issue(
                Reason.UNREACHABLE,
                f"no walk can come to {name}; lead an edge to it or remove it",
                field=f"canvas.nodes[{shape.index}]",
                node_id=name,
            )


def _endless(shapes: Mapping[str, Shape], wires: Sequence[Wire]) -> Iterator[Issue]:
    """Takes away, again and again, every node that leads to none left: what remains goes round without a wait."""
    instant = {name for name, shape in shapes.items() if not shape.takes_time}
    targets = {name: _targets(wires)[name] & instant for name in instant}
    sources = _sources(targets)
    leaves = [name for name in targets if not targets[name]]
    while leaves:
        gone = leaves.pop()
        for name in sources[gone]:
            targets[name] = targets[name] - {gone}
            if not targets[name]:
                leaves.append(name)
    for name in (name for name in shapes if name in targets and _on_cycle(name, targets)):
        yield Issue(
            Reason.ENDLESS_LOOP,
            f"walks can come back to {name} without ever waiting; put a wait into the loop",
            field=f"canvas.nodes[{shapes[name].index}]",
            node_id=name,
            edge_label=next(wire.label for wire in wires if wire.source == name and wire.target in targets[name]),
        )


def _on_cycle(name: str, targets: Mapping[str, set[str]]) -> bool:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for target in targets[waiting.pop()]:
            if target == name:
                return True
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return False


def _targets(wires: Sequence[Wire]) -> defaultdict[str, set[str]]:
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for wire in wires:
        targets[wire.source].add(wire.target)
    return targets


def _sources(targets: Mapping[str, set[str]]) -> defaultdict[str, set[str]]:
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for name, reached in targets.items():
        for target in reached:
            sources[target].add(name)
    return sources


def _edge_issue(reason: Reason, description: str, field: str, wire: Wire) -> Issue:
    return Issue(reason, description, field=field, node_id=wire.source, edge_label=wire.label)

"""Pure: what a rule is read from, so that only the rules concerned are asked again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from tidegate.segmentation.model.rule import (
    AllOf,
    AnyOf,
    ArmRule,
    AttributeRule,
    Comparison,
    ConsentRule,
    EventRule,
    IdentifierRule,
    Not,
    Nothing,
    Operator,
    Rolling,
    Rule,
    ScoreRule,
    SegmentRule,
    Selection,
    SequenceRule,
    StageRule,
    TagRule,
    TierRule,
    selections,
    walk,
)

EVERYTHING = "everything"
TAG, CONSENT, IDENTIFIER = "tag", "consent", "identifier"


def event_facet(name: str) -> str:
    """What changes when an event of this name is stored."""
    return f"event:{name}"


def attribute_facet(name: str) -> str:
    """What changes when the attribute gets another value."""
    return f"attribute:{name}"


def segment_facet(segment_id: str) -> str:
    """What changes when a customer enters or leaves the segment."""
    return f"segment:{segment_id}"


def score_facet(model_id: str) -> str:
    """What changes when a score model was run."""
    return f"score:{model_id}"


def stage_facet(stage_model_id: str) -> str:
    """What changes when a stage model was run."""
    return f"stage:{stage_model_id}"


def arm_facet(experiment_id: str) -> str:
    """What changes when a customer is assigned to an arm."""
    return f"arm:{experiment_id}"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a rule is read from: facets of customers, tables of the store; whether time alone can turn it."""

    facets: frozenset[str]
    event_names: frozenset[str]
    properties: frozenset[str]
    attributes: frozenset[str]
    segment_ids: frozenset[str]
    model_ids: frozenset[str]
    stage_model_ids: frozenset[str]
    experiment_ids: frozenset[str]
    relations: frozenset[str]
    time_dependent: bool

    @classmethod
    def of_segments(cls, segment_ids: Iterable[str]) -> "Inputs":
        """What is read from membership in these segments alone."""
        ids = frozenset(segment_ids)
        nothing = frozenset[str]()
        facets = frozenset(map(segment_facet, ids))
        return cls(facets, nothing, nothing, nothing, ids, nothing, nothing, nothing, frozenset({"members"}), False)  # noqa: FBT003

    @property
    def self_contained(self) -> bool:
        """Whether neither a segment nor a stage model is named, so that no circle can go through the rule."""
        return not (self.segment_ids or self.stage_model_ids)

    def touched_by(self, facets: frozenset[str]) -> bool:
        """Whether a change of these facets can change the rule's answer."""
        return EVERYTHING in facets or not self.facets.isdisjoint(facets)


def inputs_of(rule: Rule) -> Inputs:
    """What ``rule`` is read from."""
    nodes = [node for _, node in walk(rule)]
    return Inputs(
        facets=frozenset(facet for node in nodes for facet in _facets(node)),
        event_names=frozenset(name for node in nodes for each in selections(node) for name in each.names),
        properties=frozenset(name for node in nodes for name in _properties(node)),
        attributes=frozenset(node.attribute for node in nodes if isinstance(node, AttributeRule)),
        segment_ids=frozenset(node.segment_id for node in nodes if isinstance(node, SegmentRule)),
        model_ids=frozenset(node.model_id for node in nodes if isinstance(node, ScoreRule | TierRule)),
        stage_model_ids=frozenset(node.stage_model_id for node in nodes if isinstance(node, StageRule)),
        experiment_ids=frozenset(node.experiment_id for node in nodes if isinstance(node, ArmRule)),
        relations=frozenset(_RELATIONS[type(node)] for node in nodes if type(node) in _RELATIONS),
        time_dependent=any(_turns_with_time(node) for node in nodes),
    )


_RELATIONS: Mapping[type, str] = {
    EventRule: "events",
    SequenceRule: "events",
    TagRule: "tags",
    ConsentRule: "consents",
    IdentifierRule: "identifiers",
    SegmentRule: "members",
    ScoreRule: "scores",
    TierRule: "scores",
    StageRule: "stages",
    ArmRule: "arms",
}


def joined(many: Iterable[Inputs]) -> Inputs:
    """What several rules are read from."""
    every = list(many)
    return Inputs(
        facets=_union(each.facets for each in every),
        event_names=_union(each.event_names for each in every),
        properties=_union(each.properties for each in every),
        attributes=_union(each.attributes for each in every),
        segment_ids=_union(each.segment_ids for each in every),
        model_ids=_union(each.model_ids for each in every),
        stage_model_ids=_union(each.stage_model_ids for each in every),
        experiment_ids=_union(each.experiment_ids for each in every),
        relations=_union(each.relations for each in every),
        time_dependent=any(each.time_dependent for each in every),
    )


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


_OF_KIND: Mapping[type, str] = {TagRule: TAG, ConsentRule: CONSENT, IdentifierRule: IDENTIFIER}


def _facets(rule: Rule) -> Iterator[str]:
    match rule:
        case AllOf() | AnyOf() | Not() | Nothing():
            return
        case EventRule() | SequenceRule():
            yield from (event_facet(name) for each in selections(rule) for name in each.names)
        case AttributeRule():
            yield attribute_facet(rule.attribute)
        case TagRule() | ConsentRule() | IdentifierRule():
            yield _OF_KIND[type(rule)]
        case SegmentRule():
            yield segment_facet(rule.segment_id)
        case ScoreRule() | TierRule():
            yield score_facet(rule.model_id)
        case StageRule():
            yield stage_facet(rule.stage_model_id)
        case ArmRule():
            yield arm_facet(rule.experiment_id)
        case _:
            assert_never(rule)


def _properties(rule: Rule) -> Iterator[str]:
    yield from (each.property for selection in selections(rule) for each in selection.filters)
    if isinstance(rule, EventRule) and rule.property:
        yield rule.property


def _turns_with_time(rule: Rule) -> bool:
    if isinstance(rule, SequenceRule):
        return True
    comparison = getattr(rule, "comparison", None)
    return _moves(comparison) or any(_selection_moves(each) for each in selections(rule))


def _moves(comparison: Comparison | None) -> bool:
    return comparison is not None and comparison.operator is Operator.WITHIN


def _selection_moves(selection: Selection) -> bool:
    filters = any(_moves(each.comparison) for each in selection.filters)
    return filters or isinstance(selection.window, Rolling)


class Cycle(Exception):
    """Segments that name each other in a circle; ``path`` says how."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(" → ".join(path))
        self.path = path


def generations(dependencies: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Segments in an order in which each comes after those it names; those of one list are independent.

    Names that are no key are taken as known from elsewhere. Raises Cycle.
    """
    depth: dict[str, int] = {}
    for segment_id in sorted(dependencies):
        _depth(segment_id, dependencies, depth, ())
    ordered: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for segment_id, at in sorted(depth.items()):
        ordered[at].append(segment_id)
    return ordered


def _depth(
    segment_id: str,
    dependencies: Mapping[str, frozenset[str]],
    depth: dict[str, int],
    above: tuple[str, ...],
) -> int:
    if segment_id in above:
        raise Cycle((*above[above.index(segment_id) :], segment_id))
    if segment_id not in depth:
        named = sorted(dependencies[segment_id] & dependencies.keys())
        below = [_depth(each, dependencies, depth, (*above, segment_id)) for each in named]
        depth[segment_id] = 1 + max(below, default=-1)
    return depth[segment_id]

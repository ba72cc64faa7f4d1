"""The segments that are kept current, in the order in which they depend on each other."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from tidegate.runtime.errors import DataLoss
from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.model.segment import DECISIVE, Evaluation, Segment
from tidegate.segmentation.rules.inputs import Cycle, Inputs, generations, inputs_of, joined
from tidegate.segmentation.wire.rules import load_rule

LOG = structlog.get_logger(__name__)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Definition:
    """A segment with its rule as a tree."""

    segment: Segment
    rule: Rule
    inputs: Inputs

    @property
    def segment_id(self) -> str:
        """The segment."""
        return self.segment.segment_id

    @property
    def stay(self) -> int:
        """The minimum stay in microseconds."""
        return self.segment.minimum_stay // _MICROSECOND

    @property
    def live(self) -> bool:
        """Whether facts and time change the members: once they have been computed by the present rule.

        Not while a computation is due that makes up for a failure to ask those concerned.
        """
        segment = self.segment
        starts_anew = segment.requested > segment.completed and segment.cause in DECISIVE
        return segment.evaluation is Evaluation.LIVE and segment.completed > 0 and not starts_anew


@dataclass(frozen=True, slots=True)
class Definitions:
    """All segments with rules. ``generations`` lists them so that each comes after those it names."""

    by_id: Mapping[str, Definition] = field(default_factory=dict)
    generations: Sequence[Sequence[str]] = ()
    named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> "Definitions":
        """The definitions of these segments; those that can't be read, or go in a circle, are logged and left out."""
        found = readable(segments)
        while True:
            needs = {segment_id: each.inputs.segment_ids for segment_id, each in found.items()}
            try:
                return cls(found, generations(needs), frozenset().union(*needs.values()))
            except Cycle as cycle:
                LOG.exception("segment.circle", segment_ids=cycle.path)
                found = {segment_id: each for segment_id, each in found.items() if segment_id not in cycle.path}

    @property
    def facets(self) -> frozenset[str]:
        """What any of them is read from."""
        return frozenset[str]().union(*(each.inputs.facets for each in self.by_id.values()))

    def ordered(self) -> list[Definition]:
        """Each after those it names."""
        return [self.by_id[segment_id] for each in self.generations for segment_id in each]

    def with_dependents(self, segment_ids: Collection[str]) -> list[Definition]:
        """These segments and all live ones that name them, directly or not, in order."""
        reached = set(segment_ids)
        for each in self.ordered():
            if each.live and each.inputs.segment_ids & reached:
                reached.add(each.segment_id)
        return [each for each in self.ordered() if each.segment_id in reached]


def with_segments_named(inputs: Inputs, definitions: Mapping[str, Definition]) -> Inputs:
    """What is read by a rule with these inputs, and by the rules of all segments that it names, directly or not."""
    found, known = inputs, frozenset[str]()
    while new := (found.segment_ids & definitions.keys()) - known:
        known |= new
        found = joined([found, *(definitions[each].inputs for each in new)])
    return found


def readable(segments: Sequence[Segment]) -> dict[str, Definition]:
    """Those of these segments that have a rule, by id; one that can't be read is logged and left out."""
    return {each.segment_id: each for each in map(_read, segments) if each is not None}


def _read(segment: Segment) -> Definition | None:
    if segment.rule is None:
        return None
    try:
        rule = load_rule(segment.rule, "segment", segment.segment_id)
    except DataLoss:
        LOG.exception("segment.unreadable", segment_id=segment.segment_id)
        return None
    return Definition(segment, rule, inputs_of(rule))

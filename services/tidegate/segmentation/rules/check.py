"""Pure: whether a rule makes sense, said for every node at fault by its path (semantics §3).

Types are checked against each other (an operator against its values) and against what has been seen: a text
attribute is not compared with a number. An attribute, property or event that was never seen is no error:
rules are often written before the first fact arrives.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.rule import (
    MAX_DEPTH,
    NUMERIC,
    Aggregate,
    AllOf,
    AnyOf,
    ArmRule,
    AttributeRule,
    Between,
    Comparison,
    ConsentRule,
    Days,
    EventRule,
    IdentifierRule,
    Kind,
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
    children,
    kind_of,
)
from tidegate.segmentation.rules.catalog import Catalog

MAX_NODES = 200
MAX_LIST = 50
MAX_VALUES = 1_000
MAX_NAMES = 20
MAX_FILTERS = 20
MAX_TAGS = 100
MAX_NAME = 128

_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_COUNT_OF_VALUES = {
    Operator.BETWEEN: (2, 2),
    Operator.IN: (1, MAX_VALUES),
    Operator.NOT_IN: (1, MAX_VALUES),
    Operator.PRESENT: (0, 0),
    Operator.ABSENT: (0, 0),
    Operator.WITHIN: (0, 0),
}
_ORDERED = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.INSTANT, Kind.TEXT})
_KINDS_OF_OPERATOR = {
    Operator.LESS: _ORDERED,
    Operator.LESS_OR_EQUAL: _ORDERED,
    Operator.GREATER: _ORDERED,
    Operator.GREATER_OR_EQUAL: _ORDERED,
    Operator.BETWEEN: _ORDERED,
    Operator.STARTS_WITH: frozenset({Kind.TEXT}),
    Operator.CONTAINS: frozenset({Kind.TEXT}),
}
_ALWAYS_THERE = frozenset({Aggregate.COUNT, Aggregate.SUM, Aggregate.DISTINCT})
_OVER_NUMBERS = frozenset({Aggregate.SUM, Aggregate.MEAN})
_OF_TIME = frozenset({Aggregate.FIRST, Aggregate.LAST})


def is_id(text: str) -> bool:
    """Whether ``text`` can be the id of a segment, model, tier, experiment, or arm."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Known:
    """What rules may name: the columns seen so far, segments, tiers by score model, stages by stage model, arms."""

    catalog: Catalog = field(default_factory=Catalog)
    segments: Collection[str] = ()
    tiers: Mapping[str, Collection[str]] = field(default_factory=dict)
    components: Mapping[str, Collection[str]] = field(default_factory=dict)
    stages: Mapping[str, Collection[str]] = field(default_factory=dict)
    arms: Mapping[str, Collection[str]] = field(default_factory=dict)


def check_rule(rule: Rule, known: Known, *, path: str = "rule") -> list[Violation]:
    """Everything that is wrong with ``rule``; empty when nothing is."""
    checker = _Checker(known)
    checker.node(rule, path, depth=1)
    if checker.nodes > MAX_NODES:
        checker.add(path, f"has {checker.nodes} nodes; at most {MAX_NODES} are allowed")
    return checker.found


def check_selection(selection: Selection, known: Known, *, path: str) -> list[Violation]:
    """Everything that is wrong with a selection of events."""
    checker = _Checker(known)
    checker.selection(selection, path)
    return checker.found


def check_aggregate(rule: EventRule, known: Known, *, path: str) -> list[Violation]:
    """What is wrong with an aggregate over events, the selection included."""
    checker = _Checker(known)
    checker.event(rule, path)
    return checker.found


@dataclass(slots=True)
class _Checker:
    known: Known
    found: list[Violation] = field(default_factory=list)
    nodes: int = 0

    def add(self, path: str, description: str) -> None:
        self.found.append(Violation(path, description))

    def node(self, rule: Rule, path: str, *, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH:
            self.add(path, f"is deeper than {MAX_DEPTH} levels")
            return
        check = _CHECKS.get(type(rule))
        if check is not None:
            check(self, rule, path)
        for at, child in children(rule, path):
            self.node(child, at, depth=depth + 1)

    def nothing(self, _rule: Nothing, path: str) -> None:
        self.add(path, "says nothing; set one of its kinds")

    def all_of(self, rule: AllOf, path: str) -> None:
        self.amount(len(rule.rules), MAX_LIST, f"{path}.all_of.rules", "rules")

    def any_of(self, rule: AnyOf, path: str) -> None:
        self.amount(len(rule.rules), MAX_LIST, f"{path}.any_of.rules", "rules")

    def attribute(self, rule: AttributeRule, path: str) -> None:
        self.name(rule.attribute, f"{path}.attribute.attribute")
        at = f"{path}.attribute.comparison"
        seen = frozenset(self.known.catalog.attribute_columns(rule.attribute))
        self.comparison(rule.comparison, at, seen=seen, of=f"the attribute {rule.attribute}")

    def tag(self, rule: TagRule, path: str) -> None:
        self.amount(len(rule.tags), MAX_TAGS, f"{path}.tag.tags", "tags")
        for at, tag in enumerate(rule.tags):
            self.name(tag, f"{path}.tag.tags[{at}]")

    def consent(self, rule: ConsentRule, path: str) -> None:
        self.name(rule.purpose, f"{path}.consent.purpose")
        if rule.state is None:
            self.add(f"{path}.consent.state", "is required: granted, denied, or unknown")

    def identifier(self, rule: IdentifierRule, path: str) -> None:
        self.name(rule.namespace, f"{path}.identifier.namespace")

    def event_rule(self, rule: EventRule, path: str) -> None:
        self.event(rule, f"{path}.event")
        if rule.comparison is None and rule.aggregate in _ALWAYS_THERE - {Aggregate.COUNT}:
            self.add(f"{path}.event.comparison", f"is required: {rule.aggregate.value} is always there")

    def event(self, rule: EventRule, path: str) -> None:
        self.selection(rule.events, f"{path}.events")
        seen = frozenset(self.known.catalog.property_columns(rule.property))
        self.aggregated_property(rule, path, seen)
        if rule.comparison is None:
            return
        result = _result_kinds(rule, seen)
        at = f"{path}.comparison"
        self.comparison(rule.comparison, at, seen=result, of=f"{rule.aggregate.value} of events")
        if rule.aggregate in _ALWAYS_THERE and rule.comparison.operator in _OF_PRESENCE:
            self.add(f"{at}.operator", f"{rule.aggregate.value} is always there; compare it with a number")

    def aggregated_property(self, rule: EventRule, path: str, seen: frozenset[Kind]) -> None:
        at = f"{path}.property"
        if rule.aggregate is Aggregate.COUNT:
            if rule.property:
                self.add(at, "count takes no property; use distinct to count a property's values")
            return
        if not rule.property and rule.aggregate in _OF_TIME:
            return
        self.name(rule.property, at)
        if rule.aggregate in _OVER_NUMBERS and seen and not seen & NUMERIC:
            self.add(at, f"{rule.aggregate.value} needs numbers, and {rule.property} holds {_kinds(seen)}")
        elif rule.aggregate is not Aggregate.DISTINCT and seen == {Kind.LIST}:
            self.add(at, f"{rule.aggregate.value} cannot be taken of lists")

    def sequence(self, rule: SequenceRule, path: str) -> None:
        self.selection(rule.first, f"{path}.sequence.first")
        self.selection(rule.second, f"{path}.sequence.second")
        if rule.within <= 0:
            self.add(f"{path}.sequence.within", "is required and must be greater than 0")
        if rule.outcome is None:
            self.add(f"{path}.sequence.outcome", "is required: followed or not followed")

    def segment(self, rule: SegmentRule, path: str) -> None:
        at = f"{path}.segment.segment_id"
        if rule.segment_id not in self.known.segments:
            self.add(at, f"there is no segment {rule.segment_id!r}, or it is archived")

    def score(self, rule: ScoreRule, path: str) -> None:
        if not self.model(rule.model_id, f"{path}.score.model_id"):
            return
        if rule.component_id and rule.component_id not in self.known.components[rule.model_id]:
            self.add(f"{path}.score.component_id", f"the model has no component {rule.component_id!r}")
        self.comparison(rule.comparison, f"{path}.score.comparison", seen=NUMERIC, of="a score")

    def tier(self, rule: TierRule, path: str) -> None:
        self.amount(len(rule.tiers), MAX_LIST, f"{path}.tier.tiers", "tiers")
        if self.model(rule.model_id, f"{path}.tier.model_id"):
            self.members(rule.tiers, self.known.tiers[rule.model_id], f"{path}.tier.tiers", "tier")

    def stage(self, rule: StageRule, path: str) -> None:
        self.amount(len(rule.stages), MAX_LIST, f"{path}.stage.stages", "stages")
        stages = self.known.stages.get(rule.stage_model_id)
        if stages is None:
            self.add(f"{path}.stage.stage_model_id", f"there is no stage model {rule.stage_model_id!r} over customers")
            return
        self.members(rule.stages, stages, f"{path}.stage.stages", "stage")

    def arm(self, rule: ArmRule, path: str) -> None:
        self.amount(len(rule.arm_ids), MAX_LIST, f"{path}.arm.arm_ids", "arms")
        if rule.epoch < 0:
            self.add(f"{path}.arm.epoch", "must not be negative; 0 is the newest")
        arms = self.known.arms.get(rule.experiment_id)
        if arms is None:
            self.add(f"{path}.arm.experiment_id", f"there is no experiment {rule.experiment_id!r}")
            return
        self.members(rule.arm_ids, arms, f"{path}.arm.arm_ids", "arm")

    def model(self, model_id: str, path: str) -> bool:
        if model_id in self.known.tiers:
            return True
        self.add(path, f"there is no score model {model_id!r}")
        return False

    def members(self, named: Collection[str], known: Collection[str], path: str, what: str) -> None:
        for at, name in enumerate(named):
            if name not in known:
                self.add(f"{path}[{at}]", f"there is no {what} {name!r} in it")

    def selection(self, selection: Selection, path: str) -> None:
        self.amount(len(selection.names), MAX_NAMES, f"{path}.names", "names")
        for at, name in enumerate(selection.names):
            self.name(name, f"{path}.names[{at}]")
        if len(selection.filters) > MAX_FILTERS:
            self.add(f"{path}.filters", f"has {len(selection.filters)}; at most {MAX_FILTERS} are allowed")
        for at, each in enumerate(selection.filters):
            self.name(each.property, f"{path}.filters[{at}].property")
            seen = frozenset(self.known.catalog.property_columns(each.property))
            where = f"{path}.filters[{at}].comparison"
            self.comparison(each.comparison, where, seen=seen, of=f"the property {each.property}")
        self.window(selection, f"{path}.window")

    def window(self, selection: Selection, path: str) -> None:
        window = selection.window
        if isinstance(window, Rolling) and window.length <= 0:
            self.add(f"{path}.rolling", "must be greater than 0")
        if isinstance(window, Between) and window.start and window.end and window.end <= window.start:
            self.add(f"{path}.interval", "is empty: its end must be after its start")
        if isinstance(window, Days) and window.first and window.last and window.last < window.first:
            self.add(f"{path}.dates", "is empty: the last day must not be before the first one")

    def comparison(self, comparison: Comparison, path: str, *, seen: frozenset[Kind], of: str) -> None:
        """``seen`` are the kinds that the compared thing has been seen with; none when it is unknown."""
        operator = comparison.operator
        if operator is None:
            self.add(f"{path}.operator", "is required")
            return
        self.count_of_values(comparison, operator, path)
        kinds = frozenset(kind_of(value) for value in comparison.values)
        if len(kinds) > 1 and not kinds <= NUMERIC:
            self.add(f"{path}.values", f"mix {_kinds(kinds)}; all must be of one kind")
            return
        self.kinds(operator, kinds, path)
        self.span(comparison, path)
        wanted = _wanted_kinds(operator, kinds)
        if wanted and seen and not wanted & seen:
            self.add(f"{path}.values", f"are {_kinds(wanted)}, and {of} is {_kinds(seen)}")

    def count_of_values(self, comparison: Comparison, operator: Operator, path: str) -> None:
        least, most = _COUNT_OF_VALUES.get(operator, (1, 1))
        if not least <= len(comparison.values) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            self.add(f"{path}.values", f"{operator.value} takes {wanted}, not {len(comparison.values)}")

    def kinds(self, operator: Operator, kinds: frozenset[Kind], path: str) -> None:
        allowed = _KINDS_OF_OPERATOR.get(operator)
        if allowed is not None and not kinds <= allowed:
            self.add(f"{path}.values", f"{operator.value} cannot compare {_kinds(kinds)}")
        elif Kind.LIST in kinds:
            self.add(f"{path}.values", "a list is compared by contains with one text")

    def span(self, comparison: Comparison, path: str) -> None:
        span = comparison.span
        if (comparison.operator is Operator.WITHIN) != (span is not None):
            self.add(f"{path}.span", "belongs to within, which needs it, and to no other operator")
        elif span and span.start is not None and span.end is not None and span.end < span.start:
            self.add(f"{path}.span.end", "must not be before the start")

    def name(self, name: str, path: str) -> None:
        if not name or len(name) > MAX_NAME:
            self.add(path, f"must have 1 to {MAX_NAME} characters")

    def amount(self, count: int, most: int, path: str, what: str) -> None:
        if not 1 <= count <= most:
            self.add(path, f"must be 1 to {most} {what}, not {count}")


_OF_PRESENCE = (Operator.PRESENT, Operator.ABSENT)
_CHECKS: dict[type, Callable[..., None]] = {
    Nothing: _Checker.nothing,
    AllOf: _Checker.all_of,
    AnyOf: _Checker.any_of,
    AttributeRule: _Checker.attribute,
    TagRule: _Checker.tag,
    ConsentRule: _Checker.consent,
    IdentifierRule: _Checker.identifier,
    EventRule: _Checker.event_rule,
    SequenceRule: _Checker.sequence,
    SegmentRule: _Checker.segment,
    ScoreRule: _Checker.score,
    TierRule: _Checker.tier,
    StageRule: _Checker.stage,
    ArmRule: _Checker.arm,
}
assert Not not in _CHECKS  # a negation has nothing of its own to check


def _wanted_kinds(operator: Operator, kinds: frozenset[Kind]) -> frozenset[Kind]:
    """The kinds that could be compared so; empty when any can."""
    if operator is Operator.WITHIN:
        return frozenset({Kind.INSTANT})
    if operator is Operator.CONTAINS and kinds == {Kind.TEXT}:
        return frozenset({Kind.TEXT, Kind.LIST})
    return NUMERIC if kinds & NUMERIC else kinds


def _result_kinds(rule: EventRule, seen: frozenset[Kind]) -> frozenset[Kind]:
    """The kinds that an aggregate can have."""
    if rule.aggregate in {Aggregate.COUNT, Aggregate.DISTINCT}:
        return frozenset({Kind.INTEGER})
    if rule.aggregate in _OVER_NUMBERS:
        return NUMERIC
    if not rule.property and rule.aggregate in _OF_TIME:
        return frozenset({Kind.INSTANT})
    return seen


def _kinds(kinds: frozenset[Kind]) -> str:
    return " and ".join(sorted(kind.value for kind in kinds))

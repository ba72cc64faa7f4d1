"""Pure: stage models as one ibis expression, and what is wrong with a model."""

from collections.abc import Iterator, Sequence

import ibis

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.rule import (
    ArmRule,
    ConsentRule,
    IdentifierRule,
    ScoreRule,
    SegmentRule,
    StageRule,
    TagRule,
    TierRule,
    walk,
)
from tidegate.segmentation.model.staging import Stage, StageFlow, StageModel
from tidegate.segmentation.model.subject import Subject
from tidegate.segmentation.rules.allocation import ID_RULE
from tidegate.segmentation.rules.check import is_id
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.inputs import Inputs, inputs_of, joined
from tidegate.segmentation.rules.tables import Table, everyone_of

MAX_STAGES = 50
MAX_NAME = 200
_OF_ENTITIES = "attributes, events, and sequences of events"
_OF_CUSTOMERS = (TagRule, ConsentRule, IdentifierRule, SegmentRule, ScoreRule, TierRule, StageRule, ArmRule)


def staged(model: StageModel, compiler: RuleCompiler) -> Table:
    """The stage of every customer, or entity, '' for none: the first of those whose rule is true."""
    everyone = everyone_of(model.subject, compiler.tables)
    ranked = [
        compiler.matched(each.rule).select("customer_id", rank=ibis.literal(rank, "int64"))
        for rank, each in enumerate(model.stages)
        if each.rule is not None
    ]
    default = next((each.stage for each in model.stages if each.rule is None), "")
    if not ranked:
        named = everyone.mutate(stage=ibis.literal(default))
    else:
        every = ibis.union(*ranked) if len(ranked) > 1 else ranked[0]
        people = everyone.left_join(every.group_by("customer_id").agg(rank=every.rank.min()), "customer_id")
        stages = [(people.rank == rank, ibis.literal(each.stage)) for rank, each in enumerate(model.stages)]
        named = people.mutate(stage=ibis.cases(*stages, else_=default))
    return named.select("customer_id", stage=ibis.ifelse(named.archived, "", named.stage))


def check_reach(model: StageModel) -> list[Violation]:
    """The rules of a model over entities that ask what only customers have."""
    if model.subject is Subject.CUSTOMERS:
        return []
    return [
        Violation(path, f"asks what only customers have; rules about {model.subject.plural} look at {_OF_ENTITIES}")
        for at, stage in enumerate(model.stages)
        if stage.rule is not None
        for path, node in walk(stage.rule, f"model.stages[{at}].rule")
        if isinstance(node, _OF_CUSTOMERS)
    ]


def inputs_of_model(model: StageModel) -> Inputs:
    """What the rules of a model are read from."""
    return joined(inputs_of(each.rule) for each in model.stages if each.rule is not None)


def check_shape(model: StageModel) -> list[Violation]:
    """Everything that is wrong with a model, its rules apart."""
    found = [] if is_id(model.model_id) else [Violation("model.stage_model_id", ID_RULE)]
    found += _check_name(model.display_name, "model")
    if not 1 <= len(model.stages) <= MAX_STAGES:
        found.append(Violation("model.stages", f"must be 1 to {MAX_STAGES} stages, not {len(model.stages)}"))
    return [*found, *(each for at, _ in enumerate(model.stages) for each in _check_stage(model.stages, at))]


def in_order(flows: Sequence[StageFlow], model: StageModel) -> list[StageFlow]:
    """Flows in the order of the model's stages, then those that it no longer has, then none."""
    places = {each.stage: place for place, each in enumerate(model.stages)}

    def place(stage: str) -> tuple[int, str]:
        return places.get(stage, len(places) + (not stage)), stage

    return sorted(flows, key=lambda each: (place(each.from_stage), place(each.to_stage)))


def _check_stage(stages: Sequence[Stage], at: int) -> Iterator[Violation]:
    stage, path = stages[at], f"model.stages[{at}]"
    if not is_id(stage.stage):
        yield Violation(f"{path}.stage", ID_RULE)
    elif stage.stage in {each.stage for each in stages[:at]}:
        yield Violation(f"{path}.stage", "is that of an earlier stage too; give each stage an id of its own")
    yield from _check_name(stage.display_name, path)
    if stage.rule is None and at < len(stages) - 1:
        yield Violation(f"{path}.rule", "is required; only the last stage may be without one, and has everybody else")


def _check_name(name: str, path: str) -> list[Violation]:
    long = len(name) > MAX_NAME
    return [Violation(f"{path}.display_name", f"must have at most {MAX_NAME} characters")] if long else []

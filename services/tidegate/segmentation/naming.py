"""What rules may name: columns seen so far, segments, score models, stage models, experiments."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
import structlog

from tidegate.runtime.errors import InvalidArgument, Violation
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.definitions import Definitions, readable
from tidegate.segmentation.following import Facts
from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.model.scoring import ScoreModel
from tidegate.segmentation.model.segment import SegmentState
from tidegate.segmentation.model.staging import StageModel
from tidegate.segmentation.model.subject import Subject
from tidegate.segmentation.rules.check import Known, check_rule
from tidegate.segmentation.rules.inputs import Cycle, Inputs, generations, inputs_of
from tidegate.segmentation.rules.staging import check_reach, check_shape, inputs_of_model
from tidegate.segmentation.rules.tables import Scope
from tidegate.segmentation.store import experiments, models, segments, stages

LOG = structlog.get_logger(__name__)
Model = TypeVar("Model", ScoreModel, StageModel)


@dataclass(frozen=True, slots=True)
class Names:
    """Checks rules against what there is, and whether they can be asked at all."""

    facts: Facts
    questions: Questions

    def known(self, connection: sa.Connection, inputs: Inputs) -> Known:
        """What of the things that a rule names there is."""
        found = [segments.load(connection, each) for each in inputs.segment_ids]
        scoring = _over_customers(models.load(connection, each) for each in inputs.model_ids)
        staging = _over_customers(stages.load(connection, each) for each in inputs.stage_model_ids)
        testing = [experiments.load(connection, each) for each in inputs.experiment_ids]
        return Known(
            catalog=self.facts.catalog,
            segments={each.segment_id for each in found if each and each.state is not SegmentState.ARCHIVED},
            tiers={each.model_id: {tier.tier for tier in each.tiers} for each in scoring},
            components={each.model_id: {c.component_id for c in each.components} for each in scoring},
            stages={each.model_id: {stage.stage for stage in each.stages} for each in staging},
            arms={each.experiment_id: {arm.arm_id for arm in each.arms} for each in testing if each},
        )

    def violations(
        self, connection: sa.Connection, rule: Rule, *, segment_id: str = "", path: str = "rule"
    ) -> list[Violation]:
        """What is wrong with a rule; with one of the segment ``segment_id``, cycles through it included."""
        inputs = inputs_of(rule)
        found = check_rule(rule, self.known(connection, inputs), path=path)
        if segment_id and not inputs.self_contained:
            found += _cycles(connection, segment_id, inputs, path)
        return found or self._compiled(rule, path)

    def violations_of_model(self, connection: sa.Connection, model: StageModel) -> list[Violation]:
        """What is wrong with a stage model, cycles through it included."""
        found = [*check_shape(model), *check_reach(model)]
        over_customers = model.subject is Subject.CUSTOMERS
        for at, stage in enumerate(model.stages):
            path = f"model.stages[{at}].rule"
            if stage.rule is None:
                continue
            if over_customers:
                found += self.violations(connection, stage.rule, segment_id=stage_node(model.model_id), path=path)
            elif not found:
                found += self._of_entities(stage.rule, path)
        return found

    def _of_entities(self, rule: Rule, path: str) -> list[Violation]:
        found = check_rule(rule, Known(catalog=self.facts.entity_catalog), path=path)
        return found or self._compiled(rule, path, Scope.ENTITIES)

    def check(self, connection: sa.Connection, rule: Rule, *, segment_id: str = "", path: str = "rule") -> Inputs:
        """What a rule is read from. Raises InvalidArgument for one that is wrong."""
        found = self.violations(connection, rule, segment_id=segment_id, path=path)
        if found:
            raise InvalidArgument(found, reason="INVALID_RULE")
        return inputs_of(rule)

    def _compiled(self, rule: Rule, path: str, scope: Scope = Scope.EVERYONE) -> list[Violation]:
        """A rule that can't be asked is refused when it is written, not found out when it is computed."""
        catalog = self.facts.entity_catalog if scope is Scope.ENTITIES else self.facts.catalog
        try:
            self.questions.matched(rule, catalog, scope)
            self.questions.next_flip(rule, catalog, scope)
        except Exception as error:
            LOG.exception("rule.uncompilable")
            return [Violation(path, f"can't be asked: {type(error).__name__}: {error}")]
        return []


def _over_customers(found: Iterable[Model | None]) -> list[Model]:
    """Rules are asked of customers, and name the models over them alone."""
    return [each for each in found if each and each.subject is Subject.CUSTOMERS]


def _cycles(connection: sa.Connection, node: str, inputs: Inputs, path: str) -> list[Violation]:
    """The circle that a segment or stage model with these inputs would close; ``node`` is the one in question."""
    known = Definitions.of([each for each in segments.current(connection) if each.segment_id != node])
    needs = {each.segment_id: _named(each.inputs) for each in known.by_id.values()}
    needs |= {stage_node(each.model_id): _named(inputs_of_model(each)) for each in stages.page(connection)}
    try:
        generations(needs | {node: _named(inputs)})
    except Cycle as cycle:
        return [Violation(path, f"segments would depend on each other in a circle: {cycle}")]
    return []


def _named(inputs: Inputs) -> frozenset[str]:
    return inputs.segment_ids | {stage_node(each) for each in inputs.stage_model_ids}


def stage_node(model_id: str) -> str:
    """How a stage model is called among segments; no segment's id has a blank."""
    return f"stage model {model_id}"


def dependents(connection: sa.Connection, segment_id: str) -> Collection[str]:
    """The segments and stage models whose rules name ``segment_id``."""
    every = readable(segments.current(connection)).values()
    staging = stages.page(connection)
    return [
        *(each.segment_id for each in every if segment_id in each.inputs.segment_ids),
        *(stage_node(each.model_id) for each in staging if segment_id in inputs_of_model(each).segment_ids),
    ]

"""Stage models written short: made, run, and asked through the contract."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.api.segmentation.v1 import stage_models_pb2 as pb
from tidegate.api.segmentation.v1.rules_pb2 import Rule, StageRule
from tidegate.api.segmentation.v1.score_models_pb2 import Subject


def stage_model(model_id: str, stages: Mapping[str, Rule | None]) -> pb.StageModel:
    """A model of these stages in their order; None is the default one."""
    return pb.StageModel(
        stage_model_id=model_id, stages=[pb.Stage(stage=stage, rule=rule) for stage, rule in stages.items()]
    )


def create_stages(
    stub: Any, model_id: str, stages: Mapping[str, Rule | None], subject: str = "UNSPECIFIED"
) -> pb.StageModel:
    """Creates a model, over customers unless a ``subject`` is named."""
    model = stage_model(model_id, stages)
    model.subject = Subject.Value(f"SUBJECT_{subject}")  # type: ignore[assignment]
    request = pb.CreateStageModelRequest(model=model)
    made: pb.StageModel = stub.CreateStageModel(request).model
    return made


def run_stages(stub: Any, model_id: str, announcement: int = segments_pb2.ANNOUNCEMENT_UNSPECIFIED) -> pb.StageRun:
    """Runs a model to its end."""
    request = pb.RunStageModelRequest(stage_model_id=model_id, announcement=announcement)  # type: ignore[arg-type]
    request.wait.FromSeconds(20)
    run: pb.StageRun = stub.RunStageModel(request, timeout=60).run
    return run


def sizes(run: pb.StageRun) -> dict[str, int]:
    """The sizes of the stages that anybody is in."""
    return {each.stage: each.customers for each in run.stage_counts if each.customers}


def stages_of(
    stub: Any, model_id: str, customer_ids: Sequence[int], as_of: datetime | None = None
) -> list[pb.CustomerStage]:
    """The stages of customers, in their order."""
    request = pb.GetStageRequest(stage_model_id=model_id, customer_ids=customer_ids)
    if as_of is not None:
        request.as_of.FromDatetime(as_of)
    return list(stub.GetStage(request).stages)


def entity_stages(
    stub: Any, model_id: str, entity_ids: Sequence[str], as_of: datetime | None = None
) -> list[pb.CustomerStage]:
    """The stages of entities, in their order."""
    request = pb.GetStageRequest(stage_model_id=model_id, entity_ids=entity_ids)
    if as_of is not None:
        request.as_of.FromDatetime(as_of)
    return list(stub.GetStage(request).stages)


def flow(stub: Any, model_id: str, first: datetime, second: datetime) -> list[tuple[str, str, int]]:
    """The flow matrix between two instants, entry by entry."""
    request = pb.GetStageFlowRequest(stage_model_id=model_id)
    request.from_time.FromDatetime(first)
    request.to_time.FromDatetime(second)
    return [(each.from_stage, each.to_stage, each.customers) for each in stub.GetStageFlow(request).flows]


def in_stage(model_id: str, *stages: str) -> Rule:
    """True for those in one of the stages."""
    return Rule(stage=StageRule(stage_model_id=model_id, stages=stages))

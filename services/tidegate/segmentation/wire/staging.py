"""Stage models, runs, and stages."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.message import DecodeError

from tidegate.api.segmentation.v1 import score_models_pb2
from tidegate.api.segmentation.v1 import stage_models_pb2 as pb
from tidegate.runtime.errors import DataLoss, InvalidArgument
from tidegate.segmentation.model.scoring import RunState
from tidegate.segmentation.model.staging import Stage, StageFlow, StageModel, StageRecord, StageRun
from tidegate.segmentation.wire.rules import read_rule
from tidegate.segmentation.wire.subjects import read_subject
from tidegate.segmentation.wire.values import write_instant, write_micros, write_optional

_STATES: Mapping[RunState, Any] = {
    state: score_models_pb2.RunState.Value(f"RUN_STATE_{state.name}") for state in RunState
}
_OUTPUT = ("version", "latest_run_id", "etag", "create_time", "update_time")


def read_model(message: pb.StageModel) -> StageModel:
    """What the owner of a model decides. Raises InvalidArgument for rules that the model cannot hold."""
    definition = pb.StageModel()
    definition.CopyFrom(message)
    for field in _OUTPUT:
        definition.ClearField(field)
    return StageModel(
        subject=read_subject(message.subject),
        model_id=message.stage_model_id,
        display_name=message.display_name,
        stages=tuple(_stage(each, f"model.stages[{at}]") for at, each in enumerate(message.stages)),
        body=definition.SerializeToString(deterministic=True),
        etag=message.etag,
    )


def load_model(stored: bytes, model_id: str) -> StageModel:
    """A model that was stored. Raises DataLoss when it cannot be read."""
    try:
        return read_model(pb.StageModel.FromString(stored))
    except (DecodeError, InvalidArgument) as error:
        raise DataLoss("stage model", model_id) from error


def write_model(model: StageModel) -> pb.StageModel:
    """A model as callers read it."""
    message = pb.StageModel.FromString(model.body)
    message.version = model.version
    message.latest_run_id = model.latest_run_id
    message.etag = model.etag
    if model.created_at:
        message.create_time.CopyFrom(write_instant(model.created_at))
    if model.updated_at:
        message.update_time.CopyFrom(write_instant(model.updated_at))
    return message


def write_run(run: StageRun) -> pb.StageRun:
    """A run as callers read it."""
    return pb.StageRun(
        run_id=run.run_id,
        stage_model_id=run.model_id,
        version=run.version,
        as_of=write_instant(run.as_of),
        state=_STATES[run.state],
        stage_counts=[pb.StageCount(stage=each.stage, customers=each.customers) for each in run.stage_counts],
        error=run.error,
        start_time=write_instant(run.started_at),
        end_time=write_optional(run.ended_at),
    )


def write_entity_stages(entity_ids: Sequence[str], records: Sequence[StageRecord | None]) -> list[pb.CustomerStage]:
    """The stages of these entities, in their order."""
    found = [_write_stage(0, each) for each in records]
    for stage, entity_id in zip(found, entity_ids, strict=True):
        stage.entity_id = entity_id
    return found


def write_stages(customer_ids: Sequence[int], records: Mapping[int, StageRecord]) -> list[pb.CustomerStage]:
    """The stages of these customers, in their order; ``records`` by the ids asked for."""
    return [_write_stage(each, records.get(each)) for each in customer_ids]


def write_flows(flows: Sequence[StageFlow]) -> list[pb.StageFlow]:
    """A flow matrix, entry by entry."""
    return [pb.StageFlow(from_stage=first, to_stage=second, customers=count) for first, second, count in flows]


def _write_stage(customer_id: int, record: StageRecord | None) -> pb.CustomerStage:
    if record is None:
        return pb.CustomerStage(customer_id=customer_id)
    return pb.CustomerStage(
        customer_id=customer_id,
        stage=record.stage,
        since_time=write_micros(record.entered_at),
        run_id=record.run_id,
    )


def _stage(message: pb.Stage, path: str) -> Stage:
    rule = read_rule(message.rule, f"{path}.rule") if message.HasField("rule") else None
    return Stage(message.stage, message.display_name, rule)

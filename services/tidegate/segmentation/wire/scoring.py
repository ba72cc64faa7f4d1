"""Score models, runs, and scores."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.message import DecodeError

from tidegate.api.segmentation.v1 import score_models_pb2 as pb
from tidegate.runtime.errors import DataLoss, InvalidArgument
from tidegate.segmentation.model.rule import Aggregate, EventRule
from tidegate.segmentation.model.scoring import (
    Classes,
    Component,
    CustomerScore,
    Direction,
    FixedCuts,
    Ntile,
    QuantileEdges,
    RunState,
    ScoreModel,
    ScoreRun,
    TieBreak,
    Tier,
)
from tidegate.segmentation.wire.rules import read_aggregate, read_selection
from tidegate.segmentation.wire.subjects import read_subject
from tidegate.segmentation.wire.values import write_instant, write_optional

_MEASURES: Mapping[int, Aggregate] = {
    pb.MEASURE_RECENCY: Aggregate.LAST,
    pb.MEASURE_FREQUENCY: Aggregate.COUNT,
    pb.MEASURE_MONETARY: Aggregate.SUM,
}
_TIE_BREAKS: Mapping[int, TieBreak] = {
    pb.TIE_BREAK_LATEST_EVENT: TieBreak.LATEST_EVENT,
    pb.TIE_BREAK_HASH: TieBreak.HASH,
}
_STATES: Mapping[RunState, Any] = {state: pb.RunState.Value(f"RUN_STATE_{state.name}") for state in RunState}
_OUTPUT = ("version", "latest_run_id", "etag", "create_time", "update_time")


def read_model(message: pb.ScoreModel) -> ScoreModel:
    """What the owner of a model decides. Raises InvalidArgument for what the model cannot hold."""
    definition = pb.ScoreModel()
    definition.CopyFrom(message)
    for field in _OUTPUT:
        definition.ClearField(field)
    return ScoreModel(
        model_id=message.model_id,
        components=tuple(_component(each, f"model.components[{at}]") for at, each in enumerate(message.components)),
        tiers=tuple(_tier(each) for each in message.tiers),
        segment_id=message.segment_id,
        subject=read_subject(message.subject),
        body=definition.SerializeToString(deterministic=True),
        etag=message.etag,
    )


def load_model(stored: bytes, model_id: str) -> ScoreModel:
    """A model that was stored. Raises DataLoss when it cannot be read."""
    try:
        return read_model(pb.ScoreModel.FromString(stored))
    except (DecodeError, InvalidArgument) as error:
        raise DataLoss("score model", model_id) from error


def write_model(model: ScoreModel) -> pb.ScoreModel:
    """A model as callers read it."""
    message = pb.ScoreModel.FromString(model.body)
    message.version = model.version
    message.latest_run_id = model.latest_run_id
    message.etag = model.etag
    if model.created_at:
        message.create_time.CopyFrom(write_instant(model.created_at))
    if model.updated_at:
        message.update_time.CopyFrom(write_instant(model.updated_at))
    return message


def write_run(run: ScoreRun) -> pb.ScoreRun:
    """A run as callers read it."""
    return pb.ScoreRun(
        run_id=run.run_id,
        model_id=run.model_id,
        version=run.version,
        as_of=write_instant(run.as_of),
        state=_STATES[run.state],
        customers=run.customers,
        cuts=[
            pb.ComponentCuts(component_id=each.component_id, cuts=each.cuts, class_sizes=each.class_sizes)
            for each in run.cuts
        ],
        tier_counts=[pb.TierCount(tier=each.tier, customers=each.customers) for each in run.tier_counts],
        start_time=write_instant(run.started_at),
        end_time=write_optional(run.ended_at),
        error=run.error,
    )


def write_scores(customer_ids: Sequence[int], scores: Mapping[int, CustomerScore]) -> list[pb.CustomerScore]:
    """The scores of these customers, in their order; ``scores`` by the ids asked for."""
    return [_write_score(each, scores.get(each)) for each in customer_ids]


def write_entity_scores(entity_ids: Sequence[str], scores: Sequence[CustomerScore | None]) -> list[pb.CustomerScore]:
    """The scores of these entities, in their order."""
    found = [_write_score(0, each) for each in scores]
    for score, entity_id in zip(found, entity_ids, strict=True):
        score.entity_id = entity_id
    return found


def _write_score(customer_id: int, score: CustomerScore | None) -> pb.CustomerScore:
    if score is None:
        return pb.CustomerScore(customer_id=customer_id)
    return pb.CustomerScore(
        customer_id=customer_id,
        scored=True,
        score=score.score,
        tier=score.tier,
        components=[
            pb.ComponentScore(component_id=each.component_id, value=each.value, class_number=each.class_number)
            for each in score.components
        ],
    )


def _tier(message: pb.Tier) -> Tier:
    stay_score = message.stay_score if message.HasField("stay_score") else None
    return Tier(message.tier, message.display_name, message.minimum_score, stay_score)


def _component(message: pb.ScoreComponent, path: str) -> Component:
    if message.measure == pb.MEASURE_UNSPECIFIED:
        raise InvalidArgument.at(f"{path}.measure", "is required")
    recency = message.measure == pb.MEASURE_RECENCY
    return Component(
        component_id=message.component_id,
        measured=EventRule(
            read_selection(message.events, f"{path}.events"),
            _MEASURES.get(message.measure, read_aggregate(message.aggregate)),
            "" if recency else message.property,
        ),
        in_days=recency,
        direction=_direction(message, recency=recency),
        classes=_classes(message),
        weight=message.weight or 1.0,
    )


def _direction(message: pb.ScoreComponent, *, recency: bool) -> Direction:
    match message.direction:
        case pb.DIRECTION_HIGHER_IS_BETTER:
            return Direction.HIGHER_IS_BETTER
        case pb.DIRECTION_LOWER_IS_BETTER:
            return Direction.LOWER_IS_BETTER
        case _:
            return Direction.LOWER_IS_BETTER if recency else Direction.HIGHER_IS_BETTER


def _classes(message: pb.ScoreComponent) -> Classes | None:
    match message.WhichOneof("classes"):
        case "quantile_edges":
            return QuantileEdges(message.quantile_edges.classes)
        case "ntile":
            tie_break = _TIE_BREAKS.get(message.ntile.tie_break, TieBreak.CUSTOMER_ID)
            return Ntile(message.ntile.classes, tie_break)
        case "fixed_cuts":
            return FixedCuts(tuple(message.fixed_cuts.cuts))
        case _:
            return None

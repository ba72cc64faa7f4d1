"""Calls on stage models."""

from datetime import datetime

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.segmentation.v1 import segments_pb2, stage_models_pb2
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.servicer.tools import LONGEST_WAIT, Tools, amount, batch, position, required
from tidegate.segmentation.wire import pages
from tidegate.segmentation.wire.segments import read_announcement
from tidegate.segmentation.wire.staging import (
    read_model,
    write_entity_stages,
    write_flows,
    write_model,
    write_run,
    write_stages,
)
from tidegate.segmentation.wire.values import read_instant, read_seconds


class StageCalls:
    """Stage models: defined, run, and read."""

    tools: Tools

    def CreateStageModel(
        self, request: stage_models_pb2.CreateStageModelRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.CreateStageModelResponse:
        """Creates a stage model."""
        made = self.tools.stages.create(read_model(request.model))
        return stage_models_pb2.CreateStageModelResponse(model=write_model(made))

    def UpdateStageModel(
        self, request: stage_models_pb2.UpdateStageModelRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.UpdateStageModelResponse:
        """Changes a stage model."""
        required(request.model.stage_model_id, "model.stage_model_id")
        changed = self.tools.stages.update(read_model(request.model))
        return stage_models_pb2.UpdateStageModelResponse(model=write_model(changed))

    def GetStageModel(
        self, request: stage_models_pb2.GetStageModelRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.GetStageModelResponse:
        """Returns a stage model."""
        found = self.tools.stages.get(required(request.stage_model_id, "stage_model_id"))
        return stage_models_pb2.GetStageModelResponse(model=write_model(found))

    def ListStageModels(
        self, request: stage_models_pb2.ListStageModelsRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.ListStageModelsResponse:
        """Returns stage models by pages."""
        size = pages.page_size(request.page_size)
        found = self.tools.stages.page(after=pages.after_token(request.page_token), limit=size)
        return stage_models_pb2.ListStageModelsResponse(
            models=[write_model(each) for each in found],
            next_page_token=pages.token(found[-1].model_id) if len(found) == size else "",
        )

    def RunStageModel(
        self, request: stage_models_pb2.RunStageModelRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.RunStageModelResponse:
        """Finds the stage of all customers."""
        said = request.announcement != segments_pb2.ANNOUNCEMENT_UNSPECIFIED
        run = self.tools.stages.run(
            required(request.stage_model_id, "stage_model_id"),
            announcement=read_announcement(request.announcement) if said else None,
            wait=read_seconds(request.wait, most=LONGEST_WAIT),
            position=position(request.min_identity_position),
        )
        return stage_models_pb2.RunStageModelResponse(run=write_run(run))

    def GetStageRun(
        self, request: stage_models_pb2.GetStageRunRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.GetStageRunResponse:
        """Returns a run of a stage model."""
        run = self.tools.stages.get_run(required(request.stage_model_id, "stage_model_id"), request.run_id)
        return stage_models_pb2.GetStageRunResponse(run=write_run(run))

    def GetStage(
        self, request: stage_models_pb2.GetStageRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.GetStageResponse:
        """Returns the stages of customers or entities now or at an instant."""
        model_id = required(request.stage_model_id, "stage_model_id")
        as_of = read_instant(request.as_of, "as_of") if request.HasField("as_of") else None
        if request.entity_ids and request.customer_ids:
            raise InvalidArgument.at("entity_ids", "come without customer_ids; a model is over either")
        if request.entity_ids:
            amount(len(request.entity_ids), "entity_ids")
            records = self.tools.stages.entity_stages(model_id, request.entity_ids, as_of=as_of)
            stages = write_entity_stages(request.entity_ids, records)
        else:
            customer_ids = batch(request.customer_ids, "customer_ids")
            stages = write_stages(customer_ids, self.tools.stages.stages(model_id, customer_ids, as_of=as_of))
        return stage_models_pb2.GetStageResponse(stages=stages)

    def GetStageFlow(
        self, request: stage_models_pb2.GetStageFlowRequest, _context: grpc.ServicerContext
    ) -> stage_models_pb2.GetStageFlowResponse:
        """Returns how customers moved between stages between two instants."""
        found = self.tools.stages.flow(
            required(request.stage_model_id, "stage_model_id"),
            first=_instant(request.from_time, "from_time", given=request.HasField("from_time")),
            second=_instant(request.to_time, "to_time", given=request.HasField("to_time")),
        )
        return stage_models_pb2.GetStageFlowResponse(flows=write_flows(found))


def _instant(instant: Timestamp, path: str, *, given: bool) -> datetime:
    if not given:
        raise InvalidArgument.at(path, "is required")
    return read_instant(instant, path)

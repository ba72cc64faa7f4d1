"""Calls on score models."""

import grpc

from tidegate.api.segmentation.v1 import score_models_pb2, segments_pb2
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.servicer.tools import LONGEST_WAIT, Tools, amount, batch, position, required
from tidegate.segmentation.wire import pages
from tidegate.segmentation.wire.scoring import (
    read_model,
    write_entity_scores,
    write_model,
    write_run,
    write_scores,
)
from tidegate.segmentation.wire.segments import read_announcement
from tidegate.segmentation.wire.values import read_instant, read_seconds


class ScoreCalls:
    """Score models: defined, run, and read."""

    tools: Tools

    def CreateScoreModel(
        self, request: score_models_pb2.CreateScoreModelRequest, _context: grpc.ServicerContext
    ) -> score_models_pb2.CreateScoreModelResponse:
        """Creates a score model."""
        made = self.tools.scores.create(read_model(request.model))
        return score_models_pb2.CreateScoreModelResponse(model=write_model(made))

    def UpdateScoreModel(
        self, request: score_models_pb2.UpdateScoreModelRequest, _context: grpc.ServicerContext
    ) -> score_models_pb2.UpdateScoreModelResponse:
        """Changes a score model."""
        required(request.model.model_id, "model.model_id")
        changed = self.tools.scores.update(read_model(request.model))
        return score_models_pb2.UpdateScoreModelResponse(model=write_model(changed))

    def GetScoreModel(
        self, request: score_models_pb2.GetScoreModelRequest, _context: grpc.ServicerContext
    ) -> score_models_pb2.GetScoreModelResponse:
        """Returns a score model."""
        found = self.tools.scores.get(required(request.model_id, "model_id"))
        return score_models_pb2.GetScoreModelResponse(model=write_model(found))

    def ListScoreModels(
        self, request: score_models_pb2.ListScoreModelsRequest, _context: grpc.ServicerContext
    ) -> score_models_pb2.ListScoreModelsResponse:
        """Returns score models by pages."""
        size = pages.page_size(request.page_size)
        found = self.tools.scores.page(after=pages.after_token(request.page_token), limit=size)
        return score_models_pb2.ListScoreModelsResponse(
            models=[write_model(each) for each in found],
            next_page_token=pages.token(found[-1].model_id) if len(found) == size else "",
        )

    def RunScoreModel(
        self, request: score_models_pb2.RunScoreModelRequest, _context: grpc.ServicerContext
    ) -> score_models_pb2.RunScoreModelResponse:
        """Scores all customers of a model."""
        said = request.announcement != segments_pb2.ANNOUNCEMENT_UNSPECIFIED
        run = self.tools.scores.run(
            required(request.model_id, "model_id"),
            as_of=read_instant(request.as_of, "as_of") if request.HasField("as_of") else None,
            announcement=read_announcement(request.announcement) if said else None,
            wait=read_seconds(request.wait, most=LONGEST_WAIT),
            position=position(request.min_identity_position),
        )
        return score_models_pb2.RunScoreModelResponse(run=write_run(run))

    def GetScoreRun(
        self, request: score_models_pb2.GetScoreRunRequest, _context: grpc.ServicerContext
    ) -> score_models_pb2.GetScoreRunResponse:
        """Returns a run of a score model."""
        run = self.tools.scores.get_run(required(request.model_id, "model_id"), request.run_id)
        return score_models_pb2.GetScoreRunResponse(run=write_run(run))

    def GetScores(
        self, request: score_models_pb2.GetScoresRequest, _context: grpc.ServicerContext
    ) -> score_models_pb2.GetScoresResponse:
        """Returns the scores of customers or entities."""
        model_id = required(request.model_id, "model_id")
        if request.entity_ids and request.customer_ids:
            raise InvalidArgument.at("entity_ids", "come without customer_ids; a model is over either")
        if request.entity_ids:
            amount(len(request.entity_ids), "entity_ids")
            found, run_id = self.tools.scores.entity_scores(model_id, request.entity_ids)
            scores = write_entity_scores(request.entity_ids, found)
        else:
            customer_ids = batch(request.customer_ids, "customer_ids")
            by_id, run_id = self.tools.scores.scores(model_id, customer_ids)
            scores = write_scores(customer_ids, by_id)
        return score_models_pb2.GetScoresResponse(scores=scores, run_id=run_id)

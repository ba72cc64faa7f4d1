"""Calls on experiments."""

from functools import partial

import grpc

from tidegate.api.segmentation.v1 import experiments_pb2
from tidegate.segmentation.model.experiment import Given
from tidegate.segmentation.servicer.tools import Tools, batch, customer, each_of, required
from tidegate.segmentation.wire import pages
from tidegate.segmentation.wire.experiments import (
    read_experiment,
    read_given,
    write_assignment,
    write_epoch,
    write_experiment,
    write_result,
)


class ExperimentCalls:
    """Experiments: defined, started, stopped, and who is in which arm."""

    tools: Tools

    def CreateExperiment(
        self, request: experiments_pb2.CreateExperimentRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.CreateExperimentResponse:
        """Creates an experiment in draft."""
        made = self.tools.experiments.create(read_experiment(request.experiment))
        return experiments_pb2.CreateExperimentResponse(experiment=write_experiment(made))

    def UpdateExperiment(
        self, request: experiments_pb2.UpdateExperimentRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.UpdateExperimentResponse:
        """Changes names and grows arms."""
        required(request.experiment.experiment_id, "experiment.experiment_id")
        changed = self.tools.experiments.update(read_experiment(request.experiment))
        return experiments_pb2.UpdateExperimentResponse(experiment=write_experiment(changed))

    def GetExperiment(
        self, request: experiments_pb2.GetExperimentRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.GetExperimentResponse:
        """Returns an experiment."""
        found = self.tools.experiments.get(required(request.experiment_id, "experiment_id"))
        return experiments_pb2.GetExperimentResponse(experiment=write_experiment(found))

    def ListExperiments(
        self, request: experiments_pb2.ListExperimentsRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.ListExperimentsResponse:
        """Returns experiments by pages."""
        size = pages.page_size(request.page_size)
        found = self.tools.experiments.page(after=pages.after_token(request.page_token), limit=size)
        return experiments_pb2.ListExperimentsResponse(
            experiments=[write_experiment(each) for each in found],
            next_page_token=pages.token(found[-1].experiment_id) if len(found) == size else "",
        )

    def StartExperiment(
        self, request: experiments_pb2.StartExperimentRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.StartExperimentResponse:
        """Starts an experiment."""
        started = self.tools.experiments.start(required(request.experiment_id, "experiment_id"))
        return experiments_pb2.StartExperimentResponse(experiment=write_experiment(started))

    def StopExperiment(
        self, request: experiments_pb2.StopExperimentRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.StopExperimentResponse:
        """Stops an experiment."""
        stopped = self.tools.experiments.stop(required(request.experiment_id, "experiment_id"))
        return experiments_pb2.StopExperimentResponse(experiment=write_experiment(stopped))

    def StartEpoch(
        self, request: experiments_pb2.StartEpochRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.StartEpochResponse:
        """Opens a new epoch."""
        opened = self.tools.experiments.start_epoch(required(request.experiment_id, "experiment_id"), request.salt)
        return experiments_pb2.StartEpochResponse(experiment=write_experiment(opened))

    def ListEpochs(
        self, request: experiments_pb2.ListEpochsRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.ListEpochsResponse:
        """Returns the epochs of an experiment."""
        found = self.tools.experiments.epochs(required(request.experiment_id, "experiment_id"))
        return experiments_pb2.ListEpochsResponse(epochs=[write_epoch(each) for each in found])

    def Assign(
        self, request: experiments_pb2.AssignRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.AssignResponse:
        """Assigns customers to arms."""
        work = partial(self.tools.experiments.assign, required(request.experiment_id, "experiment_id"))
        results = each_of(request.customer_ids, "customer_ids", read=customer, work=work)
        return experiments_pb2.AssignResponse(
            results=[write_result(each, result) for each, result in zip(request.customer_ids, results, strict=True)]
        )

    def ImportAssignments(
        self, request: experiments_pb2.ImportAssignmentsRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.ImportAssignmentsResponse:
        """Stores assignments made elsewhere."""
        given = request.assignments
        work = partial(self.tools.experiments.import_assignments, required(request.experiment_id, "experiment_id"))
        results = each_of(given, "assignments", read=_given, work=work)
        return experiments_pb2.ImportAssignmentsResponse(
            results=[write_result(each.customer_id, result) for each, result in zip(given, results, strict=True)]
        )

    def GetAssignment(
        self, request: experiments_pb2.GetAssignmentRequest, _context: grpc.ServicerContext
    ) -> experiments_pb2.GetAssignmentResponse:
        """Returns the stored arm of a customer."""
        (customer_id,) = batch([request.customer_id], "customer_id")
        found = self.tools.experiments.assignment(
            required(request.experiment_id, "experiment_id"), customer_id, epoch=request.epoch
        )
        return experiments_pb2.GetAssignmentResponse(assignment=write_assignment(found))


def _given(message: experiments_pb2.ImportedAssignment) -> Given:
    customer(message.customer_id)
    return read_given(message)

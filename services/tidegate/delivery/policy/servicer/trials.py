"""The rpcs of PolicyService that try policies out and change nothing."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.convert import decisions
from tidegate.delivery.simulating import Simulating
from tidegate.runtime.edge import current_caller
from tidegate.runtime.errors import InvalidArgument

_MOST_PLANNED = 10_000


class TrialMethods:
    """Mixed into the policies' servicer, which sets ``simulating``."""

    simulating: Simulating

    def SimulateGate(self, request: pb.SimulateGateRequest, context: grpc.ServicerContext) -> pb.SimulateGateResponse:
        if not 1 <= len(request.messages) <= _MOST_PLANNED:
            raise InvalidArgument.at("messages", f"must hold 1 to {_MOST_PLANNED} items")
        return decisions.simulation_response(self.simulating.simulate(request.messages, current_caller()))

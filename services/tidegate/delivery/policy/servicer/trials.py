"""The rpcs of PolicyService that try policies out and change nothing."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.convert import decisions
from tidegate.delivery.policy.convert import frequency, quiet, tallies
from tidegate.delivery.policy.dry_run import DryRuns
from tidegate.delivery.policy.model import FrequencyRule, QuietRule
from tidegate.delivery.simulating import Simulating
from tidegate.runtime.edge import current_caller
from tidegate.runtime.errors import InvalidArgument

_DAYS, _MOST_DAYS = 14, 90
_MOST_PLANNED = 10_000


class TrialMethods:
    """Mixed into the policies' servicer, which sets ``dry_runs`` and ``simulating``."""

    dry_runs: DryRuns
    simulating: Simulating

    def DryRun(self, request: pb.DryRunRequest, context: grpc.ServicerContext) -> pb.DryRunResponse:
        if not 0 <= request.days <= _MOST_DAYS:
            raise InvalidArgument.at("days", f"must be 1 to {_MOST_DAYS}, or 0 for {_DAYS}")
        policy: FrequencyRule | QuietRule
        match request.WhichOneof("policy"):
            case "frequency_rule":
                policy = frequency.rule_of(request.frequency_rule)
            case "quiet_hours":
                policy = quiet.quiet_of(request.quiet_hours)
            case _:
                raise InvalidArgument.at("frequency_rule", "is required, or quiet_hours in its place")
        return tallies.dry_run_response(self.dry_runs.run(policy, request.days or _DAYS))

    def SimulateGate(self, request: pb.SimulateGateRequest, context: grpc.ServicerContext) -> pb.SimulateGateResponse:
        if not 1 <= len(request.messages) <= _MOST_PLANNED:
            raise InvalidArgument.at("messages", f"must hold 1 to {_MOST_PLANNED} items")
        return decisions.simulation_response(self.simulating.simulate(request.messages, current_caller()))

"""PolicyService on the wire: a module for the methods of each kind of policies."""

from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceServicer
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.dry_run import DryRuns
from tidegate.delivery.policy.model import Exemption, FrequencyRule, Guardrail, Hold, OwnershipPolicy, QuietRule
from tidegate.delivery.policy.servicer.exemptions import ExemptionMethods
from tidegate.delivery.policy.servicer.frequency import FrequencyMethods
from tidegate.delivery.policy.servicer.guardrails import GuardrailMethods
from tidegate.delivery.policy.servicer.holds import HoldMethods
from tidegate.delivery.policy.servicer.ownership import OwnershipMethods
from tidegate.delivery.policy.servicer.quiet import QuietMethods
from tidegate.delivery.policy.servicer.suppressions import SuppressionMethods
from tidegate.delivery.policy.servicer.trials import TrialMethods
from tidegate.delivery.policy.suppress import Suppressing
from tidegate.delivery.policy.writing import Writing
from tidegate.delivery.simulating import Simulating
from tidegate.runtime.clock import Clock

__all__ = ["PolicyServicer"]


class PolicyServicer(
    FrequencyMethods,
    QuietMethods,
    ExemptionMethods,
    SuppressionMethods,
    OwnershipMethods,
    HoldMethods,
    GuardrailMethods,
    TrialMethods,
    PolicyServiceServicer,
):
    """Turns calls into operations and what they return into answers."""

    def __init__(
        self,
        clock: Clock,
        *,
        rules: Desk[FrequencyRule],
        writing: Writing,
        quiet_hours: Desk[QuietRule],
        exempt: Desk[Exemption],
        suppressing: Suppressing,
        owners: Desk[OwnershipPolicy],
        holding: Desk[Hold],
        guards: Desk[Guardrail],
        dry_runs: DryRuns,
        simulating: Simulating,
    ) -> None:
        self.clock = clock
        self.rules = rules
        self.writing = writing
        self.quiet_hours = quiet_hours
        self.exempt = exempt
        self.suppressing = suppressing
        self.owners = owners
        self.holding = holding
        self.guards = guards
        self.dry_runs = dry_runs
        self.simulating = simulating

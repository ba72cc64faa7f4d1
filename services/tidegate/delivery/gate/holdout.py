"""Step 5, holdout: marketing to the control group of an experiment is recorded and never sent."""

from collections.abc import Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import drop
from tidegate.delivery.model import COUNTED, Address, CustomerFacts, Decision, DropReason, Facts, GateCheck


def check(terms: Terms, message: Facts, _customer: CustomerFacts, _addresses: Sequence[Address]) -> Decision | None:
    """Whether no experiment holds the message back."""
    if not message.holdout_experiment or message.message_class not in COUNTED:
        return None
    facts = {"experiment_id": message.holdout_experiment}
    return drop(terms, message, GateCheck.HOLDOUT, DropReason.HELD_OUT, facts)

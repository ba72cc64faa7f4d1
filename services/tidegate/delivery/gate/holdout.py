"""Step 5, holdout: marketing to the control group of an experiment is recorded and never sent."""

from tidegate.delivery.gate.terms import Case, Terms
from tidegate.delivery.gate.verdicts import drop
from tidegate.delivery.model import COUNTED, Decision, DropReason, GateCheck


def check(terms: Terms, case: Case) -> Decision | None:
    """Whether no experiment holds the message back."""
    message = case.message
    if not message.holdout_experiment or message.message_class not in COUNTED:
        return None
    facts = {"experiment_id": message.holdout_experiment}
    return drop(terms, case, GateCheck.HOLDOUT, DropReason.HELD_OUT, facts)

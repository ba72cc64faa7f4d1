"""Step 2, ownership: who may market to the customer."""

from tidegate.delivery.gate.terms import Case, Terms
from tidegate.delivery.gate.verdicts import drop
from tidegate.delivery.model import COUNTED, Decision, DropReason, GateCheck


def check(terms: Terms, case: Case) -> Decision | None:
    """Whether the sender unit has no policy, or the customer is in a segment of one of its policies."""
    ownership = terms.policies.ownership
    if not ownership or case.message.message_class not in COUNTED:
        return None
    audience = ownership.get(case.message.sender_unit)
    if audience is None or audience & case.customer.segments:
        return None
    return drop(terms, case, GateCheck.OWNERSHIP, DropReason.NOT_OWNER)

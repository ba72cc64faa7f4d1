"""Step 2, ownership: who may market to the customer."""

from collections.abc import Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import drop
from tidegate.delivery.model import COUNTED, Address, CustomerFacts, Decision, DropReason, Facts, GateCheck


def check(terms: Terms, message: Facts, customer: CustomerFacts, _addresses: Sequence[Address]) -> Decision | None:
    """Whether the sender unit has no policy, or the customer is in a segment of one of its policies."""
    ownership = terms.policies.ownership
    if not ownership or message.message_class not in COUNTED:
        return None
    audience = ownership.get(message.sender_unit)
    if audience is None or audience & customer.segments:
        return None
    facts = {"sender_unit": message.sender_unit, "segments": ", ".join(sorted(audience))}
    return drop(terms, message, GateCheck.OWNERSHIP, DropReason.NOT_OWNER, facts)

"""Step 7, quiet hours: whether messages may go out at this instant."""

from collections.abc import Sequence

from tidegate.delivery.gate.address import closing
from tidegate.delivery.gate.passing import versions
from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import defer, drop, elsewhere
from tidegate.delivery.model import Address, CustomerFacts, Decision, DropReason, Facts, GateCheck
from tidegate.delivery.policy.model import OnExceed


def check(terms: Terms, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
    """Whether no quiet hours hold the message; else what they say."""
    quiet = terms.policies.quiet
    if quiet.next_allowed(terms.now, message, customer) == terms.now:
        return None
    reason, step = DropReason.QUIET, GateCheck.QUIET_HOURS
    facts = {"quiet_hours": versions(quiet.holding(terms.now, message, customer))}
    match quiet.action(terms.now, message, customer):
        case OnExceed.DEFER:
            closes = closing(terms, message, customer, addresses)
            return defer(terms, message, customer, step, reason, closes=closes, facts=facts)
        case OnExceed.NEXT_CHANNEL:
            return elsewhere(terms, message, step, reason, facts)
    return drop(terms, message, step, reason, facts)

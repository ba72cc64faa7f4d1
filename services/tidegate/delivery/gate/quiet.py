"""Step 7, quiet hours: whether messages may go out at this instant."""

from tidegate.delivery.gate.terms import Case, Terms
from tidegate.delivery.gate.verdicts import defer, drop, elsewhere
from tidegate.delivery.model import Decision, DropReason, GateCheck
from tidegate.delivery.policy.model import OnExceed


def check(terms: Terms, case: Case) -> Decision | None:
    """Whether no quiet hours hold the message; else what they say."""
    message, customer, _ = case
    quiet = terms.policies.quiet
    if quiet.next_allowed(terms.now, message, customer) == terms.now:
        return None
    reason, step = DropReason.QUIET, GateCheck.QUIET_HOURS
    match quiet.action(terms.now, message, customer):
        case OnExceed.DEFER:
            return defer(terms, case, step, reason)
        case OnExceed.NEXT_CHANNEL:
            return elsewhere(terms, case, step, reason)
    return drop(terms, case, step, reason)

"""Step 1, state: what has expired, or is of a journey, campaign or phase that is not active, ends."""

from tidegate.delivery.gate.terms import Case, Terms
from tidegate.delivery.gate.verdicts import drop
from tidegate.delivery.model import Decision, DropReason, Facts, GateCheck


def check(terms: Terms, case: Case) -> Decision | None:
    """Whether the message may still go at all."""
    if case.message.expire_time <= terms.now:
        return drop(terms, case, GateCheck.STATE, DropReason.EXPIRED)
    if terms.inactive and _is_inactive(terms, case.message):
        return drop(terms, case, GateCheck.STATE, DropReason.NOT_ACTIVE)
    return None


def _is_inactive(terms: Terms, message: Facts) -> bool:
    return (
        ("journey", message.journey_id) in terms.inactive
        or ("campaign", message.campaign_id) in terms.inactive
        or ("phase", f"{message.campaign_id}/{message.phase_id}") in terms.inactive
    )

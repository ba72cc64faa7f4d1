"""Step 1, state: what has expired, or is of a journey, campaign or phase that is not active, ends."""

from collections.abc import Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import drop, wait
from tidegate.delivery.model import Address, CustomerFacts, Decision, DropReason, Facts, GateCheck
from tidegate.delivery.policy.model import phase_of


def check(terms: Terms, message: Facts, _customer: CustomerFacts, _addresses: Sequence[Address]) -> Decision | None:
    """Whether the message may still go at all."""
    if message.expire_time <= terms.now:
        return drop(terms, message, GateCheck.STATE, DropReason.EXPIRED)
    if terms.inactive and _is_inactive(terms, message):
        return drop(terms, message, GateCheck.STATE, DropReason.NOT_ACTIVE)
    if message.campaign_id in terms.policies.paused:
        return wait(terms, message, GateCheck.STATE, {"guardrail": terms.policies.paused[message.campaign_id]})
    return None


def _is_inactive(terms: Terms, message: Facts) -> bool:
    return (
        ("journey", message.journey_id) in terms.inactive
        or ("campaign", message.campaign_id) in terms.inactive
        or ("phase", phase_of(message.campaign_id, message.phase_id)) in terms.inactive
    )

"""Step 1, state: what has expired, or is of a journey, campaign or phase that is not active, ends.

What comes too late for the account's platform goes to the next channel, or ends as expired.
"""

from collections.abc import Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import drop, elsewhere, wait
from tidegate.delivery.model import Address, CustomerFacts, Decision, DropReason, Facts, GateCheck
from tidegate.delivery.policy.model import phase_of


def check(terms: Terms, message: Facts, _customer: CustomerFacts, _addresses: Sequence[Address]) -> Decision | None:
    """Whether the message may still go at all."""
    if message.expire_time <= terms.now:
        return drop(terms, message, GateCheck.STATE, DropReason.EXPIRED)
    if terms.deadline and message.accept_time + terms.deadline <= terms.now:
        facts = {"deadline": str(message.accept_time + terms.deadline)}
        return elsewhere(terms, message, GateCheck.STATE, DropReason.EXPIRED, facts)
    if terms.inactive and (inactive := _inactive(terms, message)):
        return drop(terms, message, GateCheck.STATE, DropReason.NOT_ACTIVE, {"inactive": inactive})
    if message.campaign_id in terms.policies.paused:
        return wait(terms, message, GateCheck.STATE, {"guardrail": terms.policies.paused[message.campaign_id]})
    return None


def _inactive(terms: Terms, message: Facts) -> str:
    """What the message is of that is not active, by its kind and id; empty for nothing."""
    of = (
        ("journey", message.journey_id),
        ("campaign", message.campaign_id),
        ("phase", phase_of(message.campaign_id, message.phase_id)),
    )
    return next((" ".join(one) for one in of if one in terms.inactive), "")

"""Between steps 1 and 2: what depends on who is in a segment waits until that is known."""

from collections.abc import Sequence

from tidegate.delivery.gate import consent
from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import wait
from tidegate.delivery.model import COUNTED, Address, CustomerFacts, Decision, Facts, GateCheck


def check(terms: Terms, message: Facts, customer: CustomerFacts, _addresses: Sequence[Address]) -> Decision | None:
    """Whether all is known that the checks will ask."""
    if not terms.unknown:
        return None
    for step, named in (
        (GateCheck.OWNERSHIP, _owners(terms, message, customer)),
        (GateCheck.CONSENT, _excluded(terms, message)),
        (GateCheck.FREQUENCY, terms.policies.rules.audiences(message, terms.now)),
    ):
        if awaited := sorted(named & terms.unknown):
            return wait(terms, message, step, {"awaits": ", ".join(awaited)})
    return None


def _excluded(terms: Terms, message: Facts) -> frozenset[str]:
    """The segments whose members are suppressed for such a message, among those that are not known."""
    return frozenset(one for one in terms.unknown if consent.exclusion(terms, message, {one}))


def _owners(terms: Terms, message: Facts, customer: CustomerFacts) -> frozenset[str]:
    """The segments by which the sender unit may market to the customer, if none that is known says so."""
    owners = terms.policies.ownership.get(message.sender_unit, frozenset())
    return frozenset() if message.message_class not in COUNTED or owners & customer.segments else owners

"""Step 4, address: whether the customer can be reached on the channel, and with this template."""

from collections.abc import Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import elsewhere
from tidegate.delivery.model import Address, CustomerFacts, Decision, DropReason, Facts, GateCheck


def check(terms: Terms, message: Facts, _customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
    """Whether there is an address, and content that the account's provider takes."""
    if not addresses:
        facts = {"namespace": terms.namespace}
        return elsewhere(terms, message, GateCheck.ADDRESS, DropReason.NO_ADDRESS, facts)
    template = terms.templates.get(message.template_id)
    if template is None or not template.usable(message.channel, terms.account_id):
        facts = {"template_id": message.template_id}
        return elsewhere(terms, message, GateCheck.ADDRESS, DropReason.TEMPLATE_INVALID, facts)
    return None

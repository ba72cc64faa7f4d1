"""Step 4, address: whether the customer can be reached on the channel, and with this template."""

from tidegate.delivery.gate.terms import Case, Terms
from tidegate.delivery.gate.verdicts import elsewhere
from tidegate.delivery.model import Decision, DropReason, GateCheck


def check(terms: Terms, case: Case) -> Decision | None:
    """Whether there is an address, and content that the account's provider takes."""
    message = case.message
    if not case.addresses:
        facts = {"namespace": terms.namespace}
        return elsewhere(terms, case, GateCheck.ADDRESS, DropReason.NO_ADDRESS, facts)
    template = terms.templates.get(message.template_id)
    if template is None or not template.usable(message.channel, terms.account_id):
        facts = {"template_id": message.template_id}
        return elsewhere(terms, case, GateCheck.ADDRESS, DropReason.TEMPLATE_INVALID, facts)
    return None

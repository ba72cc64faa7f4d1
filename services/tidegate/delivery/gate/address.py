"""Step 4, address: whether the customer can be reached on the channel, with this template, as the platform allows."""

from collections.abc import Sequence

from tidegate.delivery.allowances.standing import Allowances
from tidegate.delivery.gate.consent import open_address
from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import defer, elsewhere
from tidegate.delivery.model import (
    Address,
    CustomerFacts,
    Decision,
    DropReason,
    Facts,
    Finding,
    GateCheck,
    RecipientKind,
)


def check(terms: Terms, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
    """Whether there is an address, content that the provider takes, and a window or credit where one is needed."""
    if not addresses:
        facts = {"namespace": terms.namespace}
        return elsewhere(terms, message, GateCheck.ADDRESS, DropReason.NO_ADDRESS, facts)
    template = terms.templates.get(message.template_id)
    if template is None or not template.usable(message.channel, terms.account_id):
        facts = {"template_id": message.template_id}
        return elsewhere(terms, message, GateCheck.ADDRESS, DropReason.TEMPLATE_INVALID, facts)
    return _allowance(terms, message, customer, addresses) if terms.allowances else None


def _allowance(terms: Terms, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
    """Whether the platform lets a message go to the address that it would go to."""
    address = open_address(message, customer, addresses)
    if terms.allowances is None or address is None or message.recipient_kind is not RecipientKind.CUSTOMER:
        return None
    refused = terms.allowances.refused(message, address.key)
    if refused is not None:
        return elsewhere(terms, message, GateCheck.ADDRESS, refused.reason, refused.facts)
    return _limits(terms, message, customer, address, terms.allowances)


def _limits(
    terms: Terms, message: Facts, customer: CustomerFacts, address: Address, allowances: Allowances
) -> Decision | None:
    """Whether no limit of the platform is reached; what is beyond one waits until there is room."""
    beyond = allowances.exceeded(message, address.key)
    if not beyond:
        return None
    return defer(
        terms,
        message,
        customer,
        GateCheck.ADDRESS,
        DropReason.FREQUENCY,
        [Finding(one.limit.name, 0, one.counted, one.limit.most, one.free_at) for one in beyond],
        closes=allowances.closes(message, address.key),
        since=max(one.free_at for one in beyond),
    )


def closing(terms: Terms, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> int | None:
    """When the platform's window closes in which the message would go; None where none is needed."""
    address = open_address(message, customer, addresses) if terms.allowances else None
    return terms.allowances.closes(message, address.key) if terms.allowances and address else None

"""Step 3, consent: what the customer agreed to, and whom or what a suppression stops."""

from collections.abc import Collection, Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import drop, elsewhere
from tidegate.delivery.model import Address, Consent, CustomerFacts, Decision, DropReason, Facts, GateCheck, Suppressed
from tidegate.delivery.policy.model import Suppression


def check(terms: Terms, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Decision | None:
    """Whether the customer agreed, and neither they nor all their addresses are suppressed."""
    if customer.erased:
        return drop(terms, message, GateCheck.CONSENT, DropReason.SUPPRESSED, {"cause": "erasure"})
    if not consented(customer.consents, message, terms.denied_purposes):
        return elsewhere(terms, message, GateCheck.CONSENT, DropReason.NO_CONSENT, _denial(customer.consents, message))
    if terms.policies.exclusions and (excluded := exclusion(terms, message, customer.segments)):
        facts = {"suppression_id": excluded.suppression_id, "cause": excluded.cause, "segment_id": excluded.segment_id}
        return elsewhere(terms, message, GateCheck.CONSENT, DropReason.SUPPRESSED, facts)
    return _suppression(terms, message, customer, addresses) if customer.suppressed else None


def exclusion(terms: Terms, message: Facts, segments: Collection[str]) -> Suppression | None:
    """What stops the message to the members of one of the segments, if anything does."""
    for segment_id in terms.policies.exclusions.keys() & segments:
        for one in terms.policies.exclusions[segment_id]:
            if (one.expire_time is None or one.expire_time > terms.now) and stops(one, message):
                return one
    return None


def _suppression(
    terms: Terms, message: Facts, customer: CustomerFacts, addresses: Sequence[Address]
) -> Decision | None:
    stopping = [one for one in customer.suppressed if stops(one, message)]
    personal = next((one for one in stopping if one.customer_id), None)
    if personal is None and (not addresses or open_address(message, customer, addresses)):
        return None
    found = personal or next(iter(stopping))
    suppressed = "customer" if found.customer_id else "address"
    facts = {"suppression_id": found.suppression_id, "cause": found.cause, "suppressed": suppressed}
    return elsewhere(terms, message, GateCheck.CONSENT, DropReason.SUPPRESSED, facts)


def open_address(message: Facts, customer: CustomerFacts, addresses: Sequence[Address]) -> Address | None:
    """The best address that is not suppressed for such a message."""
    if not customer.suppressed:
        return addresses[0] if addresses else None
    closed = {one.address_key for one in customer.suppressed if one.address_key and stops(one, message)}
    return next((address for address in addresses if address.key not in closed), None)


def consented(consents: Sequence[Consent], message: Facts, denied_purposes: frozenset[str]) -> bool:
    """The newest decision that covers the message's purpose, channel and brand; a tie is a denial."""
    newest = _newest(consents, message)
    return message.purpose not in denied_purposes if newest is None else newest.granted


def _newest(consents: Sequence[Consent], message: Facts) -> Consent | None:
    newest: Consent | None = None
    for consent in consents:
        if not _covers(consent, message):
            continue
        if newest is None or consent.time > newest.time or (consent.time == newest.time and not consent.granted):
            newest = consent
    return newest


def _denial(consents: Sequence[Consent], message: Facts) -> dict[str, str]:
    """The facts of a denial: when it was said, and for which channel and brand; of a purpose alone, nothing was."""
    newest = _newest(consents, message)
    facts = {"purpose": message.purpose}
    if newest is not None:
        facts |= {"denied": str(newest.time), "denied_channel": newest.channel, "denied_brand": newest.brand}
    return facts


def _covers(consent: Consent, message: Facts) -> bool:
    return (
        consent.purpose == message.purpose
        and consent.channel in ("", message.channel)
        and consent.brand in ("", message.brand)
    )


def stops(suppressed: Suppressed | Suppression, message: Facts) -> bool:
    """Whether the suppression is of such messages."""
    return (
        (not suppressed.channels or message.channel in suppressed.channels)
        and suppressed.purpose in ("", message.purpose)
        and suppressed.brand in ("", message.brand)
    )

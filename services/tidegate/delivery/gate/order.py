"""The order of the gate's checks: the first that says no decides."""

from collections.abc import Callable, Sequence

from tidegate.delivery.gate import address, consent, frequency, holdout, ownership, quiet, state
from tidegate.delivery.gate.terms import Case, Terms
from tidegate.delivery.model import (
    COUNTED,
    Address,
    ContactPoints,
    CustomerFacts,
    Decision,
    Facts,
    MessageClass,
    RecipientKind,
    Verdict,
)

Check = Callable[[Terms, Case], Decision | None]

ORDER: Sequence[Check] = (
    state.check,
    ownership.check,
    consent.check,
    address.check,
    holdout.check,
    frequency.check,
    quiet.check,
)
ENTITY_ORDER: Sequence[Check] = (state.check, address.check)
"""Staff and groups are no customers: nothing but state, address and template is asked."""


class Gate(Terms):
    """Decides messages for one account at one instant."""

    __slots__ = ()

    def decide(
        self,
        message: Facts,
        customer: CustomerFacts,
        points: ContactPoints | None,
        preferred: tuple[str, str] | None = None,
    ) -> Decision:
        """The decision about ``message`` on the channel that it is on now.

        ``points`` is None when identity knows no such customer. ``preferred`` is the address (namespace,
        value) that the caller named.
        """
        if message.recipient_kind is not RecipientKind.CUSTOMER:
            case, order = Case(message, customer, [Address(self.namespace, message.entity_id, "")]), ENTITY_ORDER
        else:
            case = Case(self._as_it_counts(message, customer), customer, self._addresses(points, preferred))
            order = ORDER
        for check in order:
            decision = check(self, case)
            if decision is not None:
                return decision
        return self._grant(case)

    def _as_it_counts(self, message: Facts, customer: CustomerFacts) -> Facts:
        """With the tier that is known here where its caller named none, and an override only while it lasts."""
        if not message.tier and customer.tier:
            message = message._replace(tier=customer.tier)
        if message.message_class is MessageClass.MARKETING_OVERRIDE and message.override_end <= self.now:
            message = message._replace(message_class=MessageClass.MARKETING)
        return message

    def _addresses(self, points: ContactPoints | None, preferred: tuple[str, str] | None) -> Sequence[Address]:
        """The customer's addresses on this account, best first."""
        if points is None:
            return ()
        found = [address for address in points.addresses if address.namespace == self.namespace]
        if preferred is not None and len(found) > 1:
            found.sort(key=lambda address: (address.namespace, address.value) != preferred)
        return found

    def _grant(self, case: Case) -> Decision:
        message, is_customer = case.message, case.message.recipient_kind is RecipientKind.CUSTOMER
        return Decision(
            Verdict.GRANTED,
            self.now,
            message.channel,
            address=consent.open_address(case) if is_customer else case.addresses[0],
            tier=message.tier,
            counts=is_customer and message.message_class in COUNTED,
        )

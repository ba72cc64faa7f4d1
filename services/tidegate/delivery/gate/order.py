"""The order of the gate's checks: the first that says no decides."""

from collections.abc import Callable, Iterable, Sequence

from tidegate.delivery.gate import (
    address,
    consent,
    frequency,
    holdout,
    knowledge,
    others,
    ownership,
    passing,
    quiet,
    ranking,
    repeats,
    state,
)
from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.model import (
    COUNTED,
    NO_FACTS,
    Address,
    ContactPoints,
    CustomerFacts,
    Decision,
    Facts,
    MessageClass,
    RecipientKind,
    Verdict,
)

Check = Callable[[Terms, Facts, CustomerFacts, Sequence[Address]], Decision | None]
"""What a check is asked: the message, its customer, and the customer's addresses on the account, best first."""

ORDER: Sequence[Check] = (
    state.check,
    knowledge.check,
    ownership.check,
    consent.check,
    address.check,
    holdout.check,
    repeats.check,
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
        preferred: str = "",
    ) -> Decision:
        """The decision about ``message`` on the channel that it is on now.

        ``points`` is None when identity knows no such customer. ``preferred`` is the key of the
        address that the caller named.
        """
        addresses: Sequence[Address]
        if message.recipient_kind is RecipientKind.CUSTOMER:
            order, message = ORDER, self._as_it_counts(message, customer)
            addresses = self._addresses(points, preferred, message)
        else:
            order, addresses = ENTITY_ORDER, (Address(self.namespace, message.entity_id, ""),)
        for check in order:
            decision = check(self, message, customer, addresses)
            if decision is not None:
                return others.leave(self, message, decision, points) if self.others else decision
        return self._grant(message, customer, consent.open_address(message, customer, addresses))

    def gives_way(self, message: Facts, customer: CustomerFacts, better: Iterable[Facts]) -> bool:
        """Whether ``message``, which may go now, may not once the customer's ``better`` ones have gone, best first."""
        rivals = (self._as_it_counts(one, customer) for one in better)
        return ranking.gives_way(self, self._as_it_counts(message, customer), customer, rivals)

    def _as_it_counts(self, message: Facts, customer: CustomerFacts) -> Facts:
        """With the tier that is known here where its caller named none, and an override only while it lasts."""
        if not message.tier and customer.tier:
            message = message._replace(tier=customer.tier)
        if message.message_class is MessageClass.MARKETING_OVERRIDE:
            message = message._replace(message_class=message.class_at(self.now))
        return message

    def _addresses(self, points: ContactPoints | None, preferred: str, message: Facts) -> Sequence[Address]:
        """The customer's addresses on this account, best first; those that the platform closes come last."""
        if points is None:
            return ()
        found = [address for address in points.addresses if address.namespace == self.namespace]
        if preferred and len(found) > 1:
            found.sort(key=lambda address: address.key != preferred)
        if self.allowances is not None and len(found) > 1:
            refused = self.allowances.refused
            found.sort(key=lambda address: refused(message, address.key) is not None)
        return found

    def _grant(self, message: Facts, customer: CustomerFacts, address: Address | None) -> Decision:
        if message.recipient_kind is not RecipientKind.CUSTOMER:
            return Decision(Verdict.GRANTED, self.now, message.channel, address=address, tier=message.tier)
        counts = message.message_class in COUNTED
        facts = passing.facts(self, message, customer) if counts else NO_FACTS
        taken = None
        if self.allowances is not None and address is not None:
            taken = self.allowances.take(message, address.key)
            facts = {**facts, **self.allowances.facts(message, address.key)}
        return Decision(
            Verdict.GRANTED,
            self.now,
            message.channel,
            facts=facts,
            address=address,
            tier=message.tier,
            counts=counts,
            takes=taken,
        )

"""Asks the gate about the messages of a batch, one after the other."""

from collections.abc import Callable, Mapping, Sequence

from tidegate.delivery.gate import Gate
from tidegate.delivery.gate.others import refused
from tidegate.delivery.gate.ranking import taken
from tidegate.delivery.gatekeeper.batch import Batch
from tidegate.delivery.model import CustomerFacts, Decision, Facts, LedgerRow, Verdict

GivesWay = Callable[[Facts, CustomerFacts], bool]
"""Whether a message that the gate would grant a slot is set aside, since better ones are to have it."""


def decide_in_order(
    gate: Gate, messages: Sequence[Facts], customers: Mapping[int, CustomerFacts], batch: Batch, gives_way: GivesWay
) -> list[tuple[Facts, Decision]]:
    """Each decision sees what those before it have taken, and not the message's own slot from earlier calls.

    Messages that give way are left out: nothing is decided about them.
    """
    decided = []
    nobody = CustomerFacts(0)
    for message in messages:
        customer = customers.get(message.customer_id, nobody)
        points = batch.reached.points.get(message.customer_id)
        held = _take_out(message, customer) if message.attempts else ()
        claimed = batch.claimed[message.message_id]
        decision = gate.decide(message, customer, points, claimed.preferred)
        if claimed.refused_by:
            decision = refused(gate, message, decision, points, claimed.refused_by)
        if decision.counts and not held and gives_way(message, customer):
            continue
        if decision.counts:
            customer.rows.append(slot(message, decision))
        elif decision.verdict is Verdict.NEXT_CHANNEL or decision.goes_on:
            customer.rows += held
        if decision.takes and gate.allowances:
            gate.allowances.use(decision.takes, message.message_class)
        decided.append((message, decision))
    return decided


def _take_out(message: Facts, customer: CustomerFacts) -> Sequence[LedgerRow]:
    """The slot that the message holds since a provider refused it: it stands for the message itself."""
    held = [row for row in customer.rows if row.message_id == message.message_id]
    for row in held:
        customer.rows.remove(row)
    return held


def slot(message: Facts, decision: Decision) -> LedgerRow:
    """The slot that a granted message takes."""
    return taken(message, decision.time, decision.tier)

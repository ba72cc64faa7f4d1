"""Asks the gate about the messages of a batch, one after the other."""

from collections.abc import Mapping, Sequence

from tidegate.delivery.gate import Gate
from tidegate.delivery.gatekeeper.batch import Batch
from tidegate.delivery.model import CustomerFacts, Decision, Facts, LedgerRow


def decide_in_order(
    gate: Gate, messages: Sequence[Facts], customers: Mapping[int, CustomerFacts], batch: Batch
) -> list[tuple[Facts, Decision]]:
    """Each decision sees the slots and allowances that those before it have taken."""
    decided = []
    nobody = CustomerFacts(0)
    for message in messages:
        customer = customers.get(message.customer_id, nobody)
        points = batch.reached.points.get(message.customer_id)
        decision = gate.decide(message, customer, points, batch.claimed[message.message_id].preferred)
        if decision.counts:
            customer.rows.append(slot(message, decision))
        if decision.takes and gate.allowances:
            gate.allowances.use(decision.takes)
        decided.append((message, decision))
    return decided


def slot(message: Facts, decision: Decision) -> LedgerRow:
    """The slot that a granted message takes."""
    return LedgerRow(
        message.customer_id,
        message.message_id,
        decision.time,
        decision.channel,
        message.brand,
        message.campaign_id,
        message.phase_id,
        message.journey_id,
        message.caller,
        decision.tier,
    )

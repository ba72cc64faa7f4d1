"""Step 6, frequency: whether the customer was not just sent the same content, by whomever."""

from collections.abc import Sequence

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.gate.verdicts import drop
from tidegate.delivery.model import (
    Address,
    CustomerFacts,
    Decision,
    DropReason,
    Facts,
    GateCheck,
    LedgerRow,
    LedgerState,
    Verdict,
)

_FIRST_WAIT = 1_000_000
_LONGEST_WAIT = 3_600 * _FIRST_WAIT


def check(terms: Terms, message: Facts, customer: CustomerFacts, _addresses: Sequence[Address]) -> Decision | None:
    """Whether no slot within the window is taken for the same content, but by the message's own journey.

    A journey that says it again, say by another channel, does so on purpose. What was sent ends the message; while
    it is not known what becomes of the other, the message waits for it.
    """
    if not terms.repeat_window or not customer.rows or not message.content_key:
        return None
    since = terms.now - terms.repeat_window
    same = [
        row
        for row in customer.rows
        if row.content_key == message.content_key
        and row.counted_at > since
        and not (message.journey_id and (row.journey_id, row.caller) == (message.journey_id, message.caller))
    ]
    if not same:
        return None
    first = min(same, key=lambda row: (row.state != LedgerState.COMMITTED, row.counted_at))
    facts = {"first_message_id": first.message_id, "first_caller": first.caller}
    if first.state == LedgerState.COMMITTED:
        return drop(terms, message, GateCheck.FREQUENCY, DropReason.REPEATED, facts)
    return _wait(terms, message, first, facts)


def _wait(terms: Terms, message: Facts, first: LedgerRow, facts: dict[str, str]) -> Decision:
    """Asked again the later, the longer the other one's end is open; many of a batch at one time."""
    doublings = max((terms.now - first.counted_at) // _FIRST_WAIT, 1).bit_length() - 1
    retry_in = min(_FIRST_WAIT << doublings, _LONGEST_WAIT)
    reason = DropReason.REPEATED
    return Decision(
        Verdict.DEFERRED,
        terms.now,
        message.channel,
        GateCheck.FREQUENCY,
        reason,
        facts=facts,
        retry_in=retry_in,
    )

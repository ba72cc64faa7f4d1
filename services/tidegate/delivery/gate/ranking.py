"""Who of a customer's goes first: a message gives way to better ones, on whatever channel, that would take its slot.

Each channel's messages are decided by themselves, the best first; so the last slot of a customer could go to whichever
channel comes first. Of two messages the better one goes by class, priority, deadline and the time of its acceptance.
"""

from collections.abc import Sequence

from tidegate.delivery.gate import consent, holdout, knowledge, ownership, repeats, state
from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.model import CustomerFacts, Facts, LedgerRow

_WHOEVER_SENDS = (state.check, knowledge.check, ownership.check, consent.check, holdout.check, repeats.check)
"""The checks that ask nothing of the account that a message would go by."""
_FIRST_REST = 100_000
_LONGEST_REST = 60_000_000
MOST_TIMES = 14
"""So often a message gives way, for some six minutes in all: whom it waits for may never go."""


def place(message: Facts, rank: int) -> tuple[int, int, str]:
    """The less, the better. Messages are numbered as they are accepted."""
    return rank, message.expire_time, message.message_id


def rest(times: int) -> int:
    """For how many µs a message rests that has given way so often before."""
    return min(_FIRST_REST << times, _LONGEST_REST)


def gives_way(terms: Terms, message: Facts, customer: CustomerFacts, better: Sequence[Facts]) -> bool:
    """Whether ``message``, for which there is a slot, has none once the ``better`` ones have gone, best first."""
    rows = [*customer.rows]
    for rival in better:
        if _would_go(terms, rival, customer, rows):
            rows.append(taken(rival, terms.now, rival.tier))
    if len(rows) == len(customer.rows):
        return False
    return bool(terms.policies.rules.violations(message, customer, rows, terms.now, terms.inactive))


def _would_go(terms: Terms, message: Facts, customer: CustomerFacts, rows: Sequence[LedgerRow]) -> bool:
    if any(check(terms, message, customer, ()) for check in _WHOEVER_SENDS):
        return False
    if terms.policies.rules.violations(message, customer, rows, terms.now, terms.inactive):
        return False
    return terms.policies.quiet.next_allowed(terms.now, message, customer) == terms.now


def taken(message: Facts, time: int, tier: str) -> LedgerRow:
    """The slot that a message takes when it goes."""
    return LedgerRow(
        message.customer_id,
        message.message_id,
        time,
        message.channel,
        message.brand,
        message.campaign_id,
        message.phase_id,
        message.journey_id,
        message.caller,
        tier,
        content_key=message.content_key,
    )

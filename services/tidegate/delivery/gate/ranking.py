"""Who of a customer's goes first: a message gives way to better ones that would take its slot, whoever decides them.

Each worker decides what it has claimed of one channel, the best first; so the last slot of a customer could go to
whatever is decided first. Of two messages the better one goes by class, priority, deadline and the time of its
acceptance. That order is the same for all who decide, so no two messages ever give way to each other.
"""

from collections.abc import Iterable
from dataclasses import replace

from tidegate.delivery.gate import consent, holdout, knowledge, ownership, repeats, state
from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.model import CustomerFacts, Facts, LedgerRow

_WHOEVER_SENDS = (state.check, knowledge.check, ownership.check, consent.check, holdout.check, repeats.check)
"""The checks that ask nothing of the account that a message would go by."""
_FIRST_REST = 100_000
_LONGEST_REST = 60_000_000
MOST_TIMES = 14
"""So often a message gives way before it is decided, for some six minutes in all: whom it waits for may never go."""


def place(message: Facts, rank: int) -> tuple[int, int, str]:
    """The less, the better. Messages are numbered as they are accepted."""
    return rank, message.expire_time, message.message_id


def rest(times: int) -> int:
    """For how many µs a message rests that has given way so often before."""
    return min(_FIRST_REST << times, _LONGEST_REST)


def gives_way(terms: Terms, message: Facts, customer: CustomerFacts, better: Iterable[Facts]) -> bool:
    """Whether ``message``, which may go now, may not once those of the ``better`` ones have gone that would.

    They are given best first, and no more of them are asked than it takes to know.
    """
    then = replace(customer, rows=[*customer.rows])
    for rival in better:
        own = [row for row in then.rows if row.message_id == rival.message_id]
        then.rows = [row for row in then.rows if row.message_id != rival.message_id]
        if not _would_go(terms, rival, then):
            then.rows += own
            continue
        then.rows.append(taken(rival, terms.now, rival.tier))
        if _is_stopped(terms, message, then):
            return True
    return False


def _would_go(terms: Terms, rival: Facts, customer: CustomerFacts) -> bool:
    if any(check(terms, rival, customer, ()) for check in _WHOEVER_SENDS):
        return False
    if terms.policies.rules.violations(rival, customer, customer.rows, terms.now, terms.inactive):
        return False
    return terms.policies.quiet.next_allowed(terms.now, rival, customer) == terms.now


def _is_stopped(terms: Terms, message: Facts, customer: CustomerFacts) -> bool:
    """Whether the slots of others stop it: those that rules count, or one of the same content."""
    if repeats.check(terms, message, customer, ()):
        return True
    return bool(terms.policies.rules.violations(message, customer, customer.rows, terms.now, terms.inactive))


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

"""What grants take: each taker writes its part, in the transaction that decided, under the customers' locks.

Takers run in the order of TAKERS, and lock rows of their own sorted by key: so all workers lock in one order.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from tidegate.delivery.allowances import taking as allowances
from tidegate.delivery.gatekeeper.batch import Pairs
from tidegate.delivery.model import Decision, LedgerState, Verdict
from tidegate.delivery.store import calling, gating

Taker = Callable[[sa.Connection, Pairs], None]


def _slots(connection: sa.Connection, decided: Pairs) -> None:
    """Those that frequency rules count take a slot of the ledger, or keep theirs; what must wait or ends gives it back.

    A message holds one from earlier calls alone.
    """
    gating.reserve(connection, [pair for pair in decided if pair[1].counts])
    gone = [message.message_id for message, decision in decided if message.attempts and _gives_back(decision)]
    calling.move_slots(connection, gone, LedgerState.RELEASED)


def _gives_back(decision: Decision) -> bool:
    """One that is left to another account goes on at once, as one that goes by another channel does."""
    return decision.verdict in (Verdict.DEFERRED, Verdict.DROPPED) and not decision.goes_on


TAKERS: Sequence[Taker] = (_slots, allowances.take)
"""What is taken, in this order. A taker is given all decisions of the batch, and takes for the grants among them."""

"""The better messages of a batch's customers that others have claimed, or that are due: they are to go first."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import sqlalchemy as sa

from tidegate.delivery.gate import Gate, ranking
from tidegate.delivery.gatekeeper.batch import Batch
from tidegate.delivery.model import COUNTED, CustomerFacts, Facts
from tidegate.delivery.store import ranking as store
from tidegate.delivery.store.ranking import Rival


class Rivals:
    """Those of a batch that was claimed, read when the first of its messages is to take a slot.

    The customers' rows are locked by then: who has a better one under a lease grants it only after this transaction,
    and sees what it took; and what has been granted stands in the ledger already.
    """

    def __init__(self, connection: sa.Connection, gate: Gate, messages: Sequence[Facts], batch: Batch) -> None:
        self._connection = connection
        self._gate = gate
        self._messages = messages
        self._batch = batch

    def must_give_way(self, message: Facts, customer: CustomerFacts) -> bool:
        """Whether a message that the gate would grant is set aside, since better ones are to have its slot."""
        claimed = self._batch.claimed[message.message_id]
        if claimed.given_way >= ranking.MOST_TIMES:
            return False
        own = ranking.place(message, claimed.rank)
        found = self._by_customer.get(message.customer_id, ())
        better = [each.message for each in found if ranking.place(each.message, each.rank) < own]
        return bool(better) and self._gate.gives_way(message, customer, better)

    @cached_property
    def _by_customer(self) -> Mapping[int, Sequence[Rival]]:
        """By customer, best first; nobody is asked about where no slot can be the last."""
        if not self._gate.policies.rules.has_limits and not self._gate.repeat_window:
            return {}
        claimed = self._batch.claimed
        places = sorted(
            (ranking.place(one, claimed[one.message_id].rank), one.customer_id)
            for one in self._messages
            if one.message_class in COUNTED and one.customer_id
        )
        found = store.waiting(
            self._connection,
            {customer_id: place for place, customer_id in places},  # the worst of each
            token=self._batch.token,
            channels={self._batch.lane.channel, *(lane.channel for lane in self._batch.lanes)},
            last=places[-1][0],
            now=self._gate.now,
        )
        of: dict[int, list[Rival]] = {}
        for rival in sorted(found, key=lambda rival: ranking.place(rival.message, rival.rank)):
            if self._is_served(rival):
                of.setdefault(rival.message.customer_id, []).append(rival)
        return of

    def _is_served(self, rival: Rival) -> bool:
        """Whether an account sends by which it may go."""
        message = rival.message
        return any(
            lane.serves(message.channel, message.brand) and lane.account_id not in rival.closed_to
            for lane in self._batch.lanes
        )


def let_wait(connection: sa.Connection, messages: Collection[Facts], batch: Batch) -> None:
    """The longer each rests, the more often it has given way."""
    claimed = batch.claimed
    rests = [(one.message_id, ranking.rest(claimed[one.message_id].given_way)) for one in messages]
    store.let_wait(connection, rests, token=batch.token)

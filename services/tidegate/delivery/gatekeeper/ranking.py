"""Reads, for a batch, the better messages of its customers that are about to go by other lines."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from tidegate.delivery.gate import Gate, ranking
from tidegate.delivery.gatekeeper.batch import Batch
from tidegate.delivery.model import CustomerFacts, Facts, MessageClass
from tidegate.delivery.store import ranking as store
from tidegate.delivery.store.ranking import Rival

Rivals = Mapping[int, Sequence[Rival]]
"""By customer, best first."""


def rivals(connection: sa.Connection, gate: Gate, messages: Sequence[Facts], batch: Batch) -> Rivals:
    """Those of a batch's customers; asks for none unless a rule counts several channels and others send."""
    if not gate.policies.rules.spans_channels or all(lane.channel == batch.lane.channel for lane in batch.lanes):
        return {}
    limited = [one for one in messages if one.message_class is MessageClass.MARKETING and one.customer_id]
    if not limited:
        return {}
    found = store.waiting(
        connection,
        {one.customer_id for one in limited},
        token=batch.token,
        rank=max(batch.claimed[one.message_id].rank for one in limited),
        now=gate.now,
    )
    of: dict[int, list[Rival]] = {}
    for rival in sorted(found, key=lambda rival: ranking.place(*rival)):
        if any(lane.serves(rival.message.channel, rival.message.brand) for lane in batch.lanes):
            of.setdefault(rival.message.customer_id, []).append(rival)
    return of


def must_give_way(gate: Gate, message: Facts, customer: CustomerFacts, batch: Batch, rivals: Rivals) -> bool:
    """Whether a message that the gate would grant is set aside, since better ones are to have its slot."""
    claimed = batch.claimed[message.message_id]
    own = ranking.place(message, claimed.rank)
    better = [each.message for each in rivals.get(message.customer_id, ()) if ranking.place(*each) < own]
    return bool(better) and claimed.given_way < ranking.MOST_TIMES and gate.gives_way(message, customer, better)


def set_aside(connection: sa.Connection, messages: Collection[Facts], batch: Batch) -> None:
    """The longer each rests, the more often it has given way."""
    claimed = batch.claimed
    rests = [(one.message_id, ranking.rest(claimed[one.message_id].given_way)) for one in messages]
    store.set_aside(connection, rests, token=batch.token)

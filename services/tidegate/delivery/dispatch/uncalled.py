"""Messages whose call was prepared and surely not made go back to the queue."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from tidegate.delivery.dispatch.queue import Waiting
from tidegate.delivery.model import LedgerState, MessageState
from tidegate.delivery.store import calling, caps
from tidegate.delivery.store.calling import Progress, Stored
from tidegate.runtime.db import Database

_OURS = frozenset({MessageState.CLAIMED, MessageState.CALLING})


def put_back(database: Database, messages: Sequence[Waiting]) -> None:
    """Has the gate decide them again, their slots released. No adapter may have seen them, nor ever will.

    What is no longer under our lease belongs to somebody else.
    """
    tokens = {one.granted.message.message_id: one.granted.lease_token for one in messages}
    if tokens:
        database.run(lambda connection: caps.uncall(connection, calling.begun(put_back_in(connection, tokens))))


def put_back_in(connection: sa.Connection, tokens: Mapping[str, str]) -> Sequence[Stored]:
    """The same in a transaction that is open already, of messages by id with the tokens of their leases.

    Returns them as they were. What calls that are begun count of the account's caps stays as it is.
    """
    stored = calling.lock(connection, tokens, _OURS)
    ours = {key: one for key, one in stored.items() if one.lease_token == tokens[key]}
    calling.write(connection, [_accepted(one) for one in ours.values()])
    caps.leave(connection, calling.claims(ours.values()))
    return [*ours.values()]


def _accepted(stored: Stored) -> Progress:
    message = stored.message
    return Progress(
        message_id=message.message_id,
        state=MessageState.ACCEPTED,
        channel=message.channel,
        channel_index=message.channel_index,
        outcome=stored.outcome,
        drop_reason="",
        retry_in=None,
        settle_in=None,
        sent_time=stored.sent_time,
        final_time=None,
        slot=LedgerState.RELEASED,
    )

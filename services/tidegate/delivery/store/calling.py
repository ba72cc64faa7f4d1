"""Messages on their way to the provider and back: begun calls, outcomes, refusals, and what a crash left."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import Address, CallResult, Facts, LedgerState, MessageState
from tidegate.delivery.store.gating import MESSAGE_COLUMNS, facts_of, plan_for_batches
from tidegate.delivery.store.tables import ATTEMPTS, LEDGER, MESSAGES, STATES
from tidegate.runtime.db import bulk_upsert, real_now, row_source


class Progress(NamedTuple):
    """A change of a message's state after its claim; None leaves an instant empty."""

    message_id: str
    state: MessageState
    channel: str
    channel_index: int
    outcome: str
    drop_reason: str
    wake_time: int | None
    retry_in: int | None
    settle_in: int | None
    sent_time: int | None
    final_time: int | None


class Stored(NamedTuple):
    """A message with what its last call left in its state."""

    message: Facts
    call_time: int | None
    sent_time: int | None
    final_time: int | None
    outcome: str
    lease_token: str


def begin(connection: sa.Connection, message_ids: Sequence[str], *, token: str, now: int, lease: int) -> set[str]:
    """Notes that the provider is about to be called; returns those of the messages that are still ours.

    Once this is committed, a crash leaves the message uncertain.
    """
    plan_for_batches(connection)
    states = STATES.c
    given = row_source(connection, "given", [states.message_id], [(one,) for one in message_ids])
    begun = connection.execute(
        sa.update(STATES)
        .where(states.message_id == given.c.message_id)
        .where(states.lease_token == token, states.state == MessageState.CLAIMED)
        .where(states.lease_until_real > real_now())
        .values(
            state=MessageState.CALLING,
            attempts=states.attempts + 1,
            call_time=now,
            lease_until_real=real_now() + lease,
        )
        .returning(states.message_id)
    )
    return {row[0] for row in begun}


def lock(
    connection: sa.Connection, message_ids: Collection[str], states: Collection[MessageState]
) -> dict[str, Stored]:
    """Locks those of the messages that are in one of these states, in the order of their ids."""
    plan_for_batches(connection)
    given = row_source(connection, "given", [STATES.c.message_id], [(one,) for one in sorted(message_ids)])
    statement = (
        _stored()
        .join(given, given.c.message_id == STATES.c.message_id)
        .where(STATES.c.state.in_(sorted(states)))
        .order_by(STATES.c.message_id)
    )
    return _read_stored(connection, statement.with_for_update(of=STATES))


def lock_where(connection: sa.Connection, *conditions: sa.ColumnElement[bool], limit: int) -> dict[str, Stored]:
    """Locks up to ``limit`` messages whose states meet the conditions, passing over those locked by others."""
    statement = _stored().where(*conditions).limit(limit)
    return _read_stored(connection, statement.with_for_update(of=STATES, skip_locked=True))


def _stored() -> sa.Select[Any]:
    states = STATES.c
    return sa.select(
        *MESSAGE_COLUMNS,
        states.call_time,
        states.sent_time,
        states.final_time,
        states.outcome,
        states.lease_token,
    ).join(STATES, states.message_id == MESSAGES.c.message_id)


def _read_stored(connection: sa.Connection, statement: sa.Select[Any]) -> dict[str, Stored]:
    return {row[0]: Stored(facts_of(row[:-5]), *row[-5:]) for row in connection.execute(statement)}


def write(connection: sa.Connection, updates: Sequence[Progress]) -> None:
    """Moves messages. Retries and settling are counted from the database's clock."""
    if not updates:
        return
    states = STATES.c
    retry_in = sa.column("retry_in", sa.BigInteger)
    settle_in = sa.column("settle_in", sa.BigInteger)
    columns: list[Any] = [
        states.message_id,
        states.state,
        states.channel,
        states.channel_index,
        states.outcome,
        states.drop_reason,
        states.wake_time,
        sa.Column("retry_in", retry_in.type),
        sa.Column("settle_in", settle_in.type),
        states.sent_time,
        states.final_time,
    ]
    given = row_source(connection, "given", columns, updates)
    plain = [
        "state",
        "channel",
        "channel_index",
        "outcome",
        "drop_reason",
        "wake_time",
        "sent_time",
        "final_time",
    ]
    # what is on its way keeps its lease: the answer to its call may still come
    held = given.c.state == MessageState.UNCERTAIN
    connection.execute(
        sa.update(STATES)
        .where(states.message_id == given.c.message_id)
        .values(
            {name: given.c[name] for name in plain}
            | {
                "retry_real": real_now() + given.c.retry_in,
                "settle_real": real_now() + given.c.settle_in,
                "lease_token": sa.case((held, states.lease_token), else_=""),
                "lease_until_real": 0,
            }
        )
    )


def commit_slots(connection: sa.Connection, message_ids: Sequence[str]) -> None:
    """The provider has the messages: their slots are used."""
    _move_slots(connection, message_ids, LedgerState.COMMITTED)


def release_slots(connection: sa.Connection, message_ids: Sequence[str]) -> None:
    """The messages have surely not been sent: their slots are free again."""
    _move_slots(connection, message_ids, LedgerState.RELEASED)


def _move_slots(connection: sa.Connection, message_ids: Sequence[str], state: LedgerState) -> None:
    if not message_ids:
        return
    given = row_source(connection, "given", [LEDGER.c.message_id], [(one,) for one in message_ids])
    connection.execute(
        sa.update(LEDGER)
        .where(LEDGER.c.message_id == given.c.message_id)
        .where(LEDGER.c.state != state)
        .values(state=state)
    )


def write_attempts(connection: sa.Connection, results: Sequence[tuple[int, CallResult, Address | None]]) -> None:
    """Keeps what came of calls: (the attempt's number, the result, the address if it is known).

    An answer that comes late replaces what was assumed in its place.
    """
    rows = [
        {
            "message_id": result.message_id,
            "number": number,
            "channel": result.channel,
            "account_id": result.account_id,
            "start_time": result.started,
            "end_time": result.ended,
            "outcome": result.kind,
            "scope": result.scope,
            "provider_code": result.provider_code,
            "provider_message_id": result.provider_id,
            "detail": result.detail,
            "retry_after": result.retry_after,
            "address_namespace": address.namespace if address else "",
            "address_value": address.value if address else "",
        }
        for number, result, address in results
    ]
    update = [
        "end_time",
        "outcome",
        "scope",
        "provider_code",
        "provider_message_id",
        "detail",
        "retry_after",
        "address_namespace",
        "address_value",
    ]
    bulk_upsert(connection, ATTEMPTS, rows, key=["message_id", "number"], update=update)


def wake(connection: sa.Connection, *, now: int, limit: int) -> int:
    """Puts deferred messages whose time has come back in the queue; returns how many."""
    states = STATES.c
    count = 0
    for due, column in (
        (states.wake_time <= now, states.wake_time),
        (states.retry_real <= real_now(), states.retry_real),
    ):
        chosen = (
            sa.select(states.message_id)
            .where(states.state == MessageState.DEFERRED, column.is_not(None), due)
            .order_by(column)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        woken = connection.execute(
            sa.update(STATES)
            .where(states.message_id.in_(sa.select(chosen.c.message_id)))
            .values(state=MessageState.ACCEPTED, wake_time=None, retry_real=None)
            .returning(states.message_id)
        )
        count += len(woken.all())  # SQLite's driver does not count what begins with WITH
    return count


def overdue_claims() -> tuple[sa.ColumnElement[bool], ...]:
    """Claimed, and the lease has ended: whoever had them is gone, or too slow."""
    return STATES.c.state == MessageState.CLAIMED, STATES.c.lease_until_real < real_now()


def overdue_calls() -> tuple[sa.ColumnElement[bool], ...]:
    """Being called, and nobody has said for too long what came of it."""
    return STATES.c.state == MessageState.CALLING, STATES.c.lease_until_real < real_now()


def unsettled() -> tuple[sa.ColumnElement[bool], ...]:
    """Uncertain for so long that no receipt is expected any more."""
    return STATES.c.state == MessageState.UNCERTAIN, STATES.c.settle_real < real_now()


def expired(now: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Past their expiry, and nobody is deciding them at this moment."""
    return (
        STATES.c.state.in_([MessageState.ACCEPTED, MessageState.DEFERRED]),
        STATES.c.expire_time <= now,
        STATES.c.lease_until_real < real_now(),
    )


def last_addresses(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The address (namespace, value) that each message's last call named, where it is known."""
    given = row_source(connection, "given", [ATTEMPTS.c.message_id], [(one,) for one in message_ids])
    rows = connection.execute(
        sa.select(ATTEMPTS.c.message_id, ATTEMPTS.c.address_namespace, ATTEMPTS.c.address_value)
        .join(given, given.c.message_id == ATTEMPTS.c.message_id)
        .where(ATTEMPTS.c.address_namespace != "")
        .order_by(ATTEMPTS.c.message_id, ATTEMPTS.c.number)
    )
    return {message_id: (namespace, value) for message_id, namespace, value in rows}

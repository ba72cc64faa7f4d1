"""Messages on their way to the provider and back: begun calls, outcomes, refusals, and what a crash left."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.channels import Scope
from tidegate.delivery.model import Address, CallResult, Facts, LedgerState, MessageState
from tidegate.delivery.store import asking, granting
from tidegate.delivery.store.facts import CHANGING_COLUMNS, MESSAGE_COLUMNS, facts_now, facts_of
from tidegate.delivery.store.gating import plan_for_batches
from tidegate.delivery.store.tables import ATTEMPTS, LEDGER, MESSAGES, PART_IDS, STATES
from tidegate.runtime.db import OverRows, bulk_upsert, real_now

_LAST_CALL = [
    STATES.c.call_time,
    STATES.c.sent_time,
    STATES.c.final_time,
    STATES.c.outcome,
    STATES.c.lease_token,
]
"""The columns of Stored behind the message, in its order."""


class Progress(NamedTuple):
    """A change of a message's state after its claim; None leaves an instant empty.

    ``slot`` is what becomes of the slot that the message may hold; None: it stays as it is.
    """

    message_id: str
    retry_in: int | None
    sent_time: int | None
    final_time: int | None
    state: MessageState
    channel: str
    channel_index: int
    outcome: str
    drop_reason: str
    settle_in: int | None
    slot: LedgerState | None


class Stored(NamedTuple):
    """A message with what its last call left in its state."""

    message: Facts
    call_time: int | None
    sent_time: int | None
    final_time: int | None
    outcome: str
    lease_token: str


class Call(NamedTuple):
    """One call to a provider for a message; namespace and key are the address's, empty where it is not known.

    ``sealed`` are the address and the provider's words.
    """

    number: int
    channel: str
    account_id: str
    provider_message_id: str
    namespace: str
    key: str
    sealed: str
    cost_micros: int = 0
    parts: int = 0
    outcome: str = ""
    start_time: int = 0


class Answer(NamedTuple):
    """What came of a message's call of this number; the address is None where it is not known.

    ``sealed`` are the address and the provider's words.
    """

    number: int
    result: CallResult
    address: Address | None
    sealed: str


class Tries(NamedTuple):
    """How many calls there were on a channel, and how many of them were refused for the message's own sake."""

    calls: int
    own: int


def begin(connection: sa.Connection, message_ids: Sequence[str], *, token: str, now: int, lease: int) -> set[str]:
    """Notes that the provider is about to be called; returns those of the messages that are still ours.

    Once this is committed, a crash leaves the message uncertain.
    """
    plan_for_batches(connection)
    begun = _BEGIN.run(connection, [(one,) for one in message_ids], token=token, now=now, lease=lease)
    return {row[0] for row in begun.all()}


def lock(
    connection: sa.Connection, message_ids: Collection[str], states: Collection[MessageState]
) -> dict[str, Stored]:
    """Locks those of the messages that are in one of these states, in the order of their ids."""
    plan_for_batches(connection)
    return _stored_by_id(_LOCK.run(connection, [(one,) for one in sorted(message_ids)], states=sorted(states)))


def lock_known(
    connection: sa.Connection, messages: Mapping[str, Facts], states: Collection[MessageState]
) -> dict[str, Stored]:
    """Like lock(), of messages that were read before: only what may have changed since is read anew."""
    plan_for_batches(connection)
    asked = [(one,) for one in sorted(messages)]
    rows = _LOCK_KNOWN.run(connection, asked, states=sorted(states)).all()
    return {row[0]: Stored(facts_now(messages[row[0]], *row[1:-5]), *row[-5:]) for row in rows}


def lock_where(connection: sa.Connection, *conditions: sa.ColumnElement[bool], limit: int) -> dict[str, Stored]:
    """Locks up to ``limit`` messages whose states meet the conditions, passing over those locked by others."""
    statement = _stored().where(*conditions).limit(limit)
    return _stored_by_id(connection.execute(statement.with_for_update(of=STATES, skip_locked=True)))


def _stored() -> sa.Select[Any]:
    return sa.select(*MESSAGE_COLUMNS, *_LAST_CALL).join(STATES, STATES.c.message_id == MESSAGES.c.message_id)


def _stored_by_id(rows: Iterable[sa.Row[*tuple[Any, ...]]]) -> dict[str, Stored]:
    return {row[0]: Stored(facts_of([*row[:-5]]), *row[-5:]) for row in rows}


def claims(stored: Iterable[Stored]) -> list[tuple[str, str]]:
    """The claims, each as (account, lease's token), of those whose call is not begun."""
    return [(one.message.account_id, one.lease_token) for one in stored if one.message.state is MessageState.CLAIMED]


def begun(stored: Iterable[Stored]) -> list[tuple[str, int]]:
    """Those whose call is begun, each as (account, when it began)."""
    calling = [one for one in stored if one.message.state is MessageState.CALLING]
    return [(one.message.account_id, one.call_time) for one in calling if one.call_time is not None]


def write(connection: sa.Connection, updates: Sequence[Progress]) -> None:
    """Moves messages, and their slots with them. Retries and settling are counted from the database's clock.

    Messages that go the same way are moved by one statement, to which they bring only what is their own.
    """
    ways: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for update in updates:
        ways.setdefault(update[4:-1], []).append(update[:4])
    for way, several in ways.items():
        values = dict(zip(Progress._fields[4:-1], way, strict=True))
        # what is on its way keeps its lease: the answer to its call may still come
        _MOVE.run(connection, several, **values, keeps_token=values["state"] is MessageState.UNCERTAIN)
    for slot in (LedgerState.COMMITTED, LedgerState.RELEASED):
        move_slots(connection, [update.message_id for update in updates if update.slot is slot], slot)
    granting.give_back(connection, [update.message_id for update in updates if _is_unsent(update)])


def _is_unsent(update: Progress) -> bool:
    """Whether the message has surely not been sent by its last call: what its platform allowed for it is free again."""
    return update.state in _UNSENT or update.slot is LedgerState.RELEASED


_UNSENT = frozenset({MessageState.ACCEPTED, MessageState.DEFERRED, MessageState.DROPPED, MessageState.FAILED})


def move_slots(connection: sa.Connection, message_ids: Sequence[str], state: LedgerState) -> None:
    """The slots that the messages hold are used (COMMITTED), or free again (RELEASED)."""
    if message_ids:
        _MOVE_SLOTS.run(connection, [(one,) for one in message_ids], to=state)


def write_attempts(connection: sa.Connection, answers: Sequence[Answer]) -> None:
    """Keeps what came of calls.

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
            "outcome": result.kind.value,
            "scope": result.scope.value,
            "provider_code": result.provider_code,
            "provider_message_id": result.provider_id,
            "retry_after": result.retry_after,
            "cost_micros": result.charge.micros,
            "parts": result.charge.parts,
            "address_namespace": address.namespace if address else "",
            "address_key": address.key if address else "",
            "sealed": sealed,
        }
        for number, result, address, sealed in answers
    ]
    update = [
        "end_time",
        "outcome",
        "scope",
        "provider_code",
        "provider_message_id",
        "retry_after",
        "cost_micros",
        "parts",
        "address_namespace",
        "address_key",
        "sealed",
    ]
    bulk_upsert(connection, ATTEMPTS, rows, key=["message_id", "number"], update=update)
    _write_parts(connection, [result for _, result, _, _ in answers])


def _write_parts(connection: sa.Connection, results: Sequence[CallResult]) -> None:
    """Keeps what the provider calls further parts of messages."""
    parts = {(part, one.account_id, one.message_id) for one in results for part in one.part_ids}
    if parts:
        key = ["provider_message_id", "account_id", "message_id"]
        bulk_upsert(connection, PART_IDS, sorted(parts), key=key, update=[])


def uncharge(connection: sa.Connection, called: Collection[tuple[str, int]]) -> None:
    """The calls, each as (message, number), have cost nothing after all."""
    which = sa.tuple_(ATTEMPTS.c.message_id, ATTEMPTS.c.number).in_(sorted(called))
    connection.execute(sa.update(ATTEMPTS).where(which).values(cost_micros=0, parts=0))


def is_time(connection: sa.Connection, *, now: int) -> bool:
    """Whether there is anything to wake or to drop: a read, which keeps no writer out."""
    return connection.scalar(_IS_TIME, {"now": now}) is not None


def is_overdue(connection: sa.Connection) -> bool:
    """Whether anything was left lying or has to be settled: a read, which keeps no writer out."""
    return connection.scalar(_IS_OVERDUE) is not None


def wake(connection: sa.Connection, *, now: int, limit: int) -> int:
    """Puts deferred messages whose time has come back in the queue; returns how many."""
    states = STATES.c
    count = 0
    orders = (states.wake_time, states.rank), (states.retry_real,)  # of what wakes at one instant, the best first
    for due, order in zip(_deferred_until(now), orders, strict=True):
        chosen = (
            sa.select(states.message_id)
            .where(due)
            .order_by(*order)
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


def _deferred_until(now: int | sa.BindParameter[int]) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Deferred, and the business time or the real time at which it wakes has come."""
    states = STATES.c
    deferred = states.state == _DEFERRED
    return (
        sa.and_(deferred, states.wake_time.is_not(None), states.wake_time <= now),
        sa.and_(deferred, states.retry_real.is_not(None), states.retry_real <= real_now()),
    )


_HELD = STATES.c.state.in_([sa.literal_column("'claimed'"), sa.literal_column("'calling'")])
"""As the index over what is held says it, like the others here: SQLite would else read the whole table."""
_DEFERRED: sa.ColumnElement[str] = sa.literal_column("'deferred'")
_UNCERTAIN: sa.ColumnElement[str] = sa.literal_column("'uncertain'")
_UNDECIDED = STATES.c.state.in_([sa.literal_column("'accepted'"), _DEFERRED])


def overdue_claims() -> tuple[sa.ColumnElement[bool], ...]:
    """Claimed, and the lease has ended: whoever had them is gone, or too slow."""
    return _HELD, STATES.c.state == MessageState.CLAIMED, STATES.c.lease_until_real < real_now()


def overdue_calls() -> tuple[sa.ColumnElement[bool], ...]:
    """Being called, and nobody has said for too long what came of it."""
    return _HELD, STATES.c.state == MessageState.CALLING, STATES.c.lease_until_real < real_now()


def unsettled() -> tuple[sa.ColumnElement[bool], ...]:
    """Uncertain for so long that no receipt is expected any more."""
    return STATES.c.state == _UNCERTAIN, STATES.c.settle_real < real_now()


def expired(now: int | sa.BindParameter[int]) -> tuple[sa.ColumnElement[bool], ...]:
    """Past their expiry, and nobody is deciding them at this moment."""
    return (
        _UNDECIDED,
        STATES.c.expire_time <= now,
        STATES.c.lease_until_real < real_now(),
    )


def tries(connection: sa.Connection, message_ids: Collection[str], scopes: Collection[Scope]) -> dict[str, Tries]:
    """The calls for each message on the channel that it is on; those with an outcome of ``scopes`` are its own."""
    rows = _TRIES.run(connection, [(one,) for one in message_ids], scopes=sorted(scopes)).all()
    return {message_id: Tries(count, own) for message_id, count, own in rows}


def calls(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, list[Call]]:
    """The calls for each message whose answers are kept."""
    found: dict[str, list[Call]] = {}
    for message_id, *call in _CALLS.run(connection, [(one,) for one in message_ids]).all():
        found.setdefault(message_id, []).append(Call._make(call))
    return found


def _begin(given: sa.FromClause) -> sa.Executable:
    states = STATES.c
    return (
        sa.update(STATES)
        .where(states.message_id == given.c.message_id)
        .where(states.lease_token == sa.bindparam("token"), states.state == MessageState.CLAIMED)
        .where(states.lease_until_real > real_now())
        .values(
            state=MessageState.CALLING,
            attempts=states.attempts + 1,
            call_time=sa.bindparam("now"),
            lease_until_real=real_now() + sa.bindparam("lease", type_=sa.BigInteger),
        )
        .returning(states.message_id)
    )


def _lock(asked: sa.FromClause) -> sa.Select[Any]:
    return _locked(_stored(), asked)


def _lock_known(asked: sa.FromClause) -> sa.Select[Any]:
    states = STATES.c
    changing = sa.select(states.message_id, *CHANGING_COLUMNS, *_LAST_CALL)
    return _locked(changing.join(MESSAGES, MESSAGES.c.message_id == states.message_id), asked)


def _locked(selected: sa.Select[Any], asked: sa.FromClause) -> sa.Select[Any]:
    return (
        selected.join(asked, asked.c.message_id == STATES.c.message_id)
        .where(STATES.c.state.in_(sa.bindparam("states", expanding=True)))
        .order_by(STATES.c.message_id)
        .with_for_update(of=STATES)
    )


def _move(given: sa.FromClause) -> sa.Update:
    states = STATES.c
    settle_in = sa.bindparam("settle_in", type_=sa.BigInteger)
    keeps_token = sa.bindparam("keeps_token", type_=sa.Boolean)
    return (
        sa.update(STATES)
        .where(states.message_id == given.c.message_id)
        .values(
            {name: sa.bindparam(name) for name in ("state", "channel", "channel_index", "outcome", "drop_reason")}
            | {
                "wake_time": None,
                "retry_real": real_now() + given.c.retry_in,
                "settle_real": real_now() + settle_in,
                "ask_real": sa.case((keeps_token, real_now() + asking.FIRST_ASKED), else_=None),
                "sent_time": given.c.sent_time,
                "final_time": given.c.final_time,
                "lease_token": sa.case((keeps_token, states.lease_token), else_=""),
                "lease_until_real": 0,
            }
        )
    )


def _move_slots_of(given: sa.FromClause) -> sa.Update:
    state = sa.bindparam("to", type_=sa.Text)
    return (
        sa.update(LEDGER).where(LEDGER.c.message_id == given.c.message_id, LEDGER.c.state != state).values(state=state)
    )


def _tries(asked: sa.FromClause) -> sa.Select[Any]:
    own = ATTEMPTS.c.scope.in_(sa.bindparam("scopes", expanding=True))
    return (
        sa.select(ATTEMPTS.c.message_id, sa.func.count(), sa.func.sum(sa.case((own, 1), else_=0)))
        .join(asked, asked.c.message_id == ATTEMPTS.c.message_id)
        .join(STATES, sa.and_(STATES.c.message_id == ATTEMPTS.c.message_id, STATES.c.channel == ATTEMPTS.c.channel))
        .group_by(ATTEMPTS.c.message_id)
    )


def _calls(asked: sa.FromClause) -> sa.Select[Any]:
    attempts = ATTEMPTS.c
    return sa.select(
        attempts.message_id,
        attempts.number,
        attempts.channel,
        attempts.account_id,
        attempts.provider_message_id,
        attempts.address_namespace,
        attempts.address_key,
        attempts.sealed,
        attempts.cost_micros,
        attempts.parts,
        attempts.outcome,
        attempts.start_time,
    ).join(asked, asked.c.message_id == attempts.message_id)


_MESSAGE_ID = [STATES.c.message_id]
_OWN = [STATES.c.message_id, sa.Column("retry_in", sa.BigInteger), STATES.c.sent_time, STATES.c.final_time]
_BEGIN = OverRows(_MESSAGE_ID, _begin)
_LOCK = OverRows(_MESSAGE_ID, _lock)
_LOCK_KNOWN = OverRows(_MESSAGE_ID, _lock_known)
_MOVE = OverRows(_OWN, _move)
_MOVE_SLOTS = OverRows(_MESSAGE_ID, _move_slots_of)
_TRIES = OverRows(_MESSAGE_ID, _tries)
_CALLS = OverRows(_MESSAGE_ID, _calls)


def _any(*choices: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """One row if any of these (each found by an index of its own) holds for a message, else none."""
    return sa.select(sa.literal(1)).where(sa.or_(*(sa.exists().where(*conditions) for conditions in choices)))


_NOW: sa.BindParameter[int] = sa.bindparam("now", type_=sa.BigInteger)
_IS_TIME = _any(*((due,) for due in _deferred_until(_NOW)), expired(_NOW))
_IS_OVERDUE = _any(overdue_claims(), overdue_calls(), unsettled())

"""Claims due walks and stores what became of them: each any number of walks with one statement."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.journey.conditions import Signal
from tidegate.journey.mover import Mover
from tidegate.journey.store.rows import Claimed, claimed, memory_text
from tidegate.journey.store.tables import ENROLLMENTS, GUARDS, JOURNEYS, SIGNALS, STEPS, TALLIES
from tidegate.journey.walk import Step, WalkState
from tidegate.runtime.clock import micros
from tidegate.runtime.db import Instant, Json, OverRows, bulk_insert, real_now, row_source

_E = ENROLLMENTS.c
_CLAIMED = (
    _E.enrollment_id, _E.journey_id, _E.version, _E.customer_id, _E.entry_key, _E.entered_at, _E.node_id, _E.visit,
    _E.node_entered_at, _E.posture, _E.timer_at, _E.position, _E.memory, _E.message_id, _E.news_label,
    _E.news_reason, _E.signals, _E.attempts,
)  # fmt: skip


def _raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The column as the database has it: a batch has thousands of values, and a type's decorator costs for each."""
    if isinstance(column.type, Instant):
        return sa.type_coerce(column, sa.BigInteger).label(column.name)
    if isinstance(column.type, Json):
        return sa.cast(column, sa.Text).label(column.name)
    return column


_RAW = [_raw(column) for column in _CLAIMED]


def journeys_with_work(connection: sa.Connection, now: datetime) -> list[tuple[str, bool]]:
    """The journeys with walks to move, and whether the journey is archived; paused ones move nobody."""
    due = sa.exists().where(
        _E.journey_id == JOURNEYS.c.journey_id,
        _E.state == "open",
        sa.or_(_E.due_at <= now, JOURNEYS.c.state == "archived"),
    )
    query = sa.select(JOURNEYS.c.journey_id, JOURNEYS.c.state == "archived").where(
        JOURNEYS.c.state.in_(("active", "archived")), due
    )
    return [(journey_id, bool(archived)) for journey_id, archived in connection.execute(query)]


def claim(
    connection: sa.Connection,
    journey_id: str,
    *,
    until: datetime | None,
    token: str,
    lease: timedelta,
    limit: int,
) -> list[Claimed]:
    """Leases up to ``limit`` walks of the journey that are due by ``until`` (None: all open ones)."""
    query = (
        sa.select(_E.enrollment_id)
        .where(_E.journey_id == journey_id, _E.state == "open", _E.leased_until < real_now())
        .order_by(_E.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if until is not None:
        query = query.where(_E.due_at <= until)
    due = query.cte("due")
    if connection.dialect.name == "postgresql":
        due = due.prefix_with("MATERIALIZED", dialect="postgresql")
    statement = (
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == due.c.enrollment_id)
        .values(lease_token=token, leased_until=real_now() + lease // timedelta(microseconds=1))
        .returning(*_RAW)
    )
    return [claimed(row) for row in connection.execute(statement).all()]


def extend(connection: sa.Connection, enrollment_ids: Sequence[str], *, token: str, lease: timedelta) -> None:
    """Extends the leases that ``token`` still holds."""
    rows = [(each,) for each in enrollment_ids]
    _EXTEND.run(connection, rows, token=token, lease=lease // timedelta(microseconds=1))


_EXTEND = OverRows(
    [_E.enrollment_id],
    lambda given: (
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == given.c.enrollment_id, _E.lease_token == sa.bindparam("token", type_=sa.Text()))
        .values(leased_until=real_now() + sa.bindparam("lease", type_=sa.BigInteger()))
    ),
    name="given",
)


class Move(NamedTuple):
    """Where a claimed walk came to, and how many ``signals`` it had when claimed.

    Whether the worker ``goes_on`` with it and keeps the lease.
    """

    walk: Mover
    signals: int
    goes_on: bool


class Held(NamedTuple):
    """A walk that was stored: whether the worker still holds it, and whose it is now, after merges and splits."""

    goes_on: bool
    customer_id: int


class _Place(NamedTuple):
    """What walks that went the same way have in common: where they are now."""

    state: str
    end_reason: str
    node_id: str
    visit: int
    posture: str
    goes_on: bool


def store(
    connection: sa.Connection, moves: Sequence[Move], *, token: str, now: datetime, lease: timedelta
) -> dict[str, Held]:
    """Stores where walks came to. Returns those that were held, by id.

    A walk that a signal has reached since it was claimed is due at once, and nobody goes on with it before it has
    been claimed anew.
    """
    by_place: dict[_Place, list[tuple[Any, ...]]] = {}
    for move in moves:
        by_place.setdefault(_place(move), []).append(_row(move))
    instant = micros(now)
    held: dict[str, Held] = {}
    for place, rows in by_place.items():
        stored = _STORE.run(
            connection,
            rows,
            to_state=place.state,
            to_reason=place.end_reason,
            to_node=place.node_id,
            to_visit=place.visit,
            to_posture=place.posture,
            ended=None if place.state == WalkState.OPEN else instant,
            now=instant,
            kept=token if place.goes_on else "",
            token=token,
            lease=lease // timedelta(microseconds=1),
        )
        held.update((name, Held(bool(goes_on), customer_id)) for name, goes_on, customer_id in stored)
    return held


def _place(move: Move) -> _Place:
    walk = move.walk
    return _Place(walk.state.value, walk.end_reason, walk.node_id, walk.visit, walk.posture.value, move.goes_on)


def _row(move: Move) -> tuple[Any, ...]:
    walk = move.walk
    memory = None if walk.memory is walk.committed_memory else memory_text(walk.memory)
    return (
        walk.enrollment_id, micros(walk.node_entered), micros(walk.timer), walk.position, memory, walk.message_id,
        move.signals,
    )  # fmt: skip


_ROW = [
    _E.enrollment_id, sa.Column("node_entered_at", sa.BigInteger), sa.Column("timer_at", sa.BigInteger), _E.position,
    sa.Column("memory", sa.Text), _E.message_id, _E.signals,
]  # fmt: skip


def _storing(given: sa.FromClause) -> sa.Executable:
    texts = ("to_state", "to_reason", "to_node", "to_posture", "kept", "token")
    state, reason, node, posture, kept, token = (sa.bindparam(name, type_=sa.Text()) for name in texts)
    instants = ("ended", "now", "lease")
    ended, now, lease = (sa.bindparam(name, type_=sa.BigInteger()) for name in instants)
    visit = sa.bindparam("to_visit", type_=sa.Integer())
    same_visit = _E.visit == visit
    goes_on = sa.and_(kept != "", _E.signals == given.c.signals)
    due = sa.case(
        (state != "open", sa.null()),
        (sa.or_(posture == "ready", _E.signals > given.c.signals), now),
        else_=given.c.timer_at,
    )
    return (
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == given.c.enrollment_id, _E.lease_token == token)
        .values(
            state=state,
            ended_at=ended,
            end_reason=reason,
            node_id=node,
            visit=visit,
            node_entered_at=given.c.node_entered_at,
            posture=posture,
            timer_at=given.c.timer_at,
            due_at=due,
            position=given.c.position,
            memory=sa.func.coalesce(sa.cast(given.c.memory, Json), _E.memory),
            message_id=sa.case(
                (sa.and_(same_visit, given.c.message_id == ""), _E.message_id), else_=given.c.message_id
            ),
            news_label=sa.case((same_visit, _E.news_label), else_=""),
            news_reason=sa.case((same_visit, _E.news_reason), else_=""),
            lease_token=sa.case((goes_on, kept), else_=""),
            leased_until=sa.case((goes_on, real_now() + lease), else_=0),
            attempts=0,
            last_error="",
        )
        .returning(_E.enrollment_id, _E.lease_token != "", _E.customer_id)
    )


_STORE = OverRows(_ROW, _storing, name="given")


def release(connection: sa.Connection, failed: Mapping[str, tuple[str, timedelta]], *, token: str) -> None:
    """Gives walks back whose step failed: each with its error, and not before its delay, in real time, is over."""
    delay = sa.column("delay", sa.BigInteger)
    columns: list[Any] = [_E.enrollment_id, _E.last_error, delay]
    rows = [(name, error, wait // timedelta(microseconds=1)) for name, (error, wait) in failed.items()]
    given = row_source(connection, "given", columns, rows)
    connection.execute(
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == given.c.enrollment_id, _E.lease_token == token)
        .values(
            lease_token="",
            leased_until=real_now() + given.c.delay,
            attempts=_E.attempts + 1,
            last_error=given.c.last_error,
        )
    )


def note_messages(connection: sa.Connection, messages: Sequence[tuple[str, int, str]]) -> set[str]:
    """Notes messages, given as (walk, visit, message), that delivery has taken over and no step of their walks names.

    Returns the ids of those messages that are of use: their walks still stand open at the visit, where whoever ends
    it must know the message, or have gone on from it with the message. The walks' rows are held until the commit.
    """
    rows = sorted(messages)
    open_there = _NOTE_MESSAGES.run(connection, rows)
    useful = {message_id for (message_id,) in open_there}
    useful.update(message_id for (message_id,) in _WENT_ON.run(connection, rows))
    return useful


_P = STEPS.c
_MESSAGE = [_E.enrollment_id, _E.visit, _E.message_id]
_NOTE_MESSAGES = OverRows(
    _MESSAGE,
    lambda given: (
        sa.update(ENROLLMENTS)
        .where(
            _E.enrollment_id == given.c.enrollment_id,
            _E.visit == given.c.visit,
            _E.state == "open",
            _E.message_id.in_(("", given.c.message_id)),
        )
        .values(message_id=given.c.message_id)
        .returning(_E.message_id)
    ),
    name="given",
)
_WENT_ON = OverRows(
    _MESSAGE,
    lambda given: sa.select(given.c.message_id).join_from(
        given,
        STEPS,
        sa.and_(
            _P.enrollment_id == given.c.enrollment_id,
            _P.visit == given.c.visit,
            _P.message_id == given.c.message_id,
            _P.label != "",
        ),
    ),
    name="given",
)


def free_leases(connection: sa.Connection) -> None:
    """Gives up all leases, because nobody else can hold one. Delays after failures end as well."""
    connection.execute(
        sa.update(ENROLLMENTS).where(_E.state == "open", _E.leased_until > 0).values(lease_token="", leased_until=0)
    )


def add_steps(connection: sa.Connection, steps: Iterable[tuple[str, Step]]) -> None:
    """Writes visits that ended into the walks' history."""
    rows = [
        (
            enrollment_id, step.visit, step.node_id, micros(step.entered), micros(step.left), step.label, step.reason,
            step.message_id,
        )
        for enrollment_id, step in steps
    ]  # fmt: skip
    bulk_insert(connection, STEPS, rows)


def add_tallies(connection: sa.Connection, counts: Mapping[tuple[str, int, str, str, str, str], int]) -> None:
    """Adds counts by (journey, version, kind, node, label, reason)."""
    names = ("journey_id", "version", "kind", "node_id", "label", "reason")
    rows = [{**dict(zip(names, key, strict=True)), "count": count} for key, count in counts.items()]
    bulk_insert(connection, TALLIES, rows)


def close_guards(connection: sa.Connection, ended: Mapping[tuple[str, int, str], int]) -> None:
    """Takes walks that ended off the guards' counts, by (journey, customer, key)."""
    if not ended:
        return
    _CLOSE_GUARDS.run(connection, [(*key, count) for key, count in ended.items()])


_G = GUARDS.c
_CLOSE_GUARDS = OverRows(
    [_G.journey_id, _G.customer_id, _G.entry_key, _G.open],
    lambda given: (
        sa.update(GUARDS)
        .where(
            _G.journey_id == given.c.journey_id,
            _G.customer_id == given.c.customer_id,
            _G.entry_key == given.c.entry_key,
        )
        .values(open=_G.open - given.c.open)
    ),
    name="given",
)


def signals_of(connection: sa.Connection, enrollment_ids: Sequence[str]) -> dict[str, tuple[Signal, ...]]:
    """What happened to these walks' customers, in the order in which it became known."""
    if not enrollment_ids:
        return {}
    found: dict[str, list[Signal]] = {}
    for enrollment_id, *fields in _SIGNALS.run(connection, [(each,) for each in enrollment_ids]):
        found.setdefault(enrollment_id, []).append(Signal(*fields))
    return {name: tuple(signals) for name, signals in found.items()}


_S = SIGNALS.c
_SIGNALS = OverRows(
    [_E.enrollment_id],
    lambda asked: (
        sa.select(_S.enrollment_id, _S.key, _S.time, _S.position, _S.reference, _S.properties)
        .join_from(asked, SIGNALS, _S.enrollment_id == asked.c.enrollment_id)
        .order_by(_S.enrollment_id, _S.position)
    ),
)


def forget_signals(connection: sa.Connection, enrollment_ids: Collection[str]) -> None:
    """Deletes the signals of walks that ended."""
    if enrollment_ids:
        _FORGET.run(connection, [(each,) for each in enrollment_ids])


_FORGET = OverRows(
    [_E.enrollment_id],
    lambda ended: sa.delete(SIGNALS).where(_S.enrollment_id.in_(sa.select(ended.c.enrollment_id))),
    name="ended",
)

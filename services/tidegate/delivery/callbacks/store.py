"""Callbacks in the database: kept once each, taken under a lease, ended."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.callbacks.model import CallbackState, Taken
from tidegate.delivery.store.tables import CALLBACKS
from tidegate.runtime.db import OverRows, insert, real_now, row_source


class Kept(NamedTuple):
    """A callback as it is kept."""

    callback_id: str
    account_id: str
    key_digest: str
    sealed: str
    arrive_time: int


_GIVEN = [CALLBACKS.c[name] for name in Kept._fields]
_c = CALLBACKS.c
_WAITING = _c.state == sa.literal_column("'waiting'")  # as the index says it


def keep(connection: sa.Connection, callbacks: Sequence[Kept]) -> None:
    """Keeps callbacks by one statement; one that has been kept before stays as it is."""
    ordered = sorted(callbacks, key=lambda one: (one.account_id, one.key_digest))
    given = row_source(connection, "given", _GIVEN, ordered)
    now = real_now()
    columns = [*_GIVEN, _c.state, _c.arrived_real, _c.due_real]
    values = [*given.c, sa.literal(CallbackState.WAITING.value, sa.Text()), now, now]
    adding = insert(connection, CALLBACKS).from_select(columns, sa.select(*values).where(sa.true()))
    connection.execute(adding.on_conflict_do_nothing(index_elements=["account_id", "key_digest"]))


def is_due(connection: sa.Connection, *, without: Collection[str] = ()) -> bool:
    """Whether any is to be read of accounts but those: a read, which keeps no writer out."""
    return connection.scalar(sa.select(sa.exists().where(*_due(without)))) or False


def take(
    connection: sa.Connection, *, token: str, lease: int, limit: int, without: Collection[str] = ()
) -> list[Taken]:
    """Takes callbacks that are due of accounts but those, so that nobody else reads them for ``lease`` µs."""
    chosen = (
        sa.select(_c.callback_id)
        .where(*_due(without))
        .order_by(_c.due_real, _c.callback_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taking = (
        sa.update(CALLBACKS)
        .where(_c.callback_id.in_(sa.select(chosen.c.callback_id)))
        .values(due_real=real_now() + lease, lease_token=token, tries=_c.tries + 1)
        .returning(_c.callback_id, _c.account_id, _c.sealed, _c.tries, real_now() - _c.arrived_real)
    )
    return [Taken._make(row) for row in connection.execute(taking)]


def _due(without: Collection[str]) -> list[sa.ColumnElement[bool]]:
    others = [_c.account_id.not_in(sorted(without))] if without else []
    return [_WAITING, _c.due_real <= real_now(), *others]


def still_ours(connection: sa.Connection, callback_ids: Collection[str], *, token: str) -> set[str]:
    """Those that nobody else has taken since, locked until the transaction ends."""
    rows = _OURS.run(connection, [(one,) for one in sorted(callback_ids)], token=token).all()
    return {row[0] for row in rows}


def end(connection: sa.Connection, callback_ids: Collection[str], state: CallbackState, now: int) -> None:
    """They are over: what they say is forgotten."""
    if callback_ids:
        _END.run(connection, [(one,) for one in callback_ids], to=state.value, now=now)


def give_up(connection: sa.Connection, callback_ids: Collection[str], now: int, *, token: str) -> None:
    """Those that nobody else has taken since have failed for good."""
    end(connection, still_ours(connection, callback_ids, token=token), CallbackState.FAILED, now)


def put_off(connection: sa.Connection, pauses: Sequence[tuple[str, int]], *, token: str) -> None:
    """Callbacks that could not be read, each with the pause until it is tried again, in µs."""
    if pauses:
        _PUT_OFF.run(connection, pauses, token=token)


def _ours(asked: sa.FromClause) -> sa.Select[Any]:
    held = sa.select(_c.callback_id).join(asked, asked.c.callback_id == _c.callback_id)
    held = held.where(_WAITING, _c.lease_token == sa.bindparam("token"))
    return held.order_by(_c.callback_id).with_for_update(of=CALLBACKS)


def _end(asked: sa.FromClause) -> sa.Update:
    ending = sa.update(CALLBACKS).where(_c.callback_id == asked.c.callback_id, _WAITING)
    now = sa.bindparam("now", type_=sa.BigInteger)
    return ending.values(state=sa.bindparam("to"), end_time=now, sealed="", lease_token="")


def _put_off(asked: sa.FromClause) -> sa.Update:
    resting = sa.update(CALLBACKS).where(_c.callback_id == asked.c.callback_id, _WAITING)
    resting = resting.where(_c.lease_token == sa.bindparam("token"))
    return resting.values(due_real=real_now() + asked.c.due_real, lease_token="")


_OURS = OverRows([_c.callback_id], _ours)
_END = OverRows([_c.callback_id], _end)
_PUT_OFF = OverRows([_c.callback_id, _c.due_real], _put_off)

"""Which messages their providers are asked about, reminded of, or told to take back, and when."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import MessageState
from tidegate.delivery.store import tasks as of_staff
from tidegate.delivery.store.tables import FOLLOW_UPS, STATES, TURNS
from tidegate.runtime.db import OverRows, bulk_upsert, insert, real_now

_f = FOLLOW_UPS.c


class Due(NamedTuple):
    """A message whose provider is to be asked; it may have come further meanwhile."""

    message_id: str
    asked: int
    is_task: bool
    expire_time: int
    reminded: int


_DUE = [_f[name] for name in Due._fields]


class New(NamedTuple):
    """A message that was just sent; times in µs, ``first`` from now on."""

    message_id: str
    account_id: str
    first: int
    is_task: bool
    expire_time: int
    remind_time: int | None


def add(connection: sa.Connection, new: Sequence[New]) -> None:
    """From now on their providers are asked about them."""
    now = connection.scalar(sa.select(real_now())) or 0
    rows = [
        {
            "message_id": one.message_id,
            "account_id": one.account_id,
            "due_real": now + one.first,
            "is_task": one.is_task,
            "expire_time": one.expire_time,
            "remind_time": one.remind_time,
            "withdraw_real": 0 if one.is_task else None,
        }
        for one in sorted(new)
    ]
    bulk_upsert(connection, FOLLOW_UPS, rows, key=["message_id"], update=[*rows[0]][1:])


def any_due(connection: sa.Connection, account_id: str, now: int) -> bool:
    """Whether there is anything to do for the account: a read, which keeps no writer out."""
    several = (_asking(account_id), _reminding(account_id, now), _withdrawing(account_id, now))
    query = sa.or_(*(sa.exists(sa.select(_f.message_id).where(*each)) for each in several))
    return bool(connection.scalar(sa.select(query)))


def take_asking(connection: sa.Connection, account_id: str, *, lease: int, limit: int) -> list[Due]:
    """Those that are to be asked about; nobody else asks about them for ``lease`` µs."""
    some = sa.select(_f.message_id).where(*_asking(account_id)).order_by(_f.due_real).limit(limit)
    return _take(connection, some.with_for_update(skip_locked=True), {"due_real": real_now() + lease})


def take_withdrawing(connection: sa.Connection, account_id: str, now: int, *, again: int, limit: int) -> list[Due]:
    """Tasks that are past their expiry, with all their messages; nobody else withdraws them for ``again`` µs."""
    some = _whole(account_id, _withdrawing(account_id, now), _f.expire_time, limit)
    return _take(connection, some, {"withdraw_real": real_now() + again})


def take_reminding(connection: sa.Connection, account_id: str, now: int, *, limit: int) -> list[Due]:
    """Tasks of which staff are to be reminded, with all their messages; again only when that is said anew."""
    some = _whole(account_id, _reminding(account_id, now), _f.remind_time, limit)
    return _take(connection, some, {"remind_time": None})


def _asking(account_id: str) -> list[sa.ColumnElement[bool]]:
    return [_f.account_id == account_id, _f.due_real <= real_now()]


def _withdrawing(account_id: str, now: int) -> list[sa.ColumnElement[bool]]:
    tried = sa.and_(_f.withdraw_real.is_not(None), _f.withdraw_real <= real_now())
    return [_f.account_id == account_id, _f.expire_time <= now, tried]


def _reminding(account_id: str, now: int) -> list[sa.ColumnElement[bool]]:
    return [_f.account_id == account_id, _f.remind_time.is_not(None), _f.remind_time <= now]


def _whole(
    account_id: str, which: Sequence[sa.ColumnElement[bool]], order: sa.ColumnElement[int], limit: int
) -> sa.Select[Any]:
    """The messages of whole tasks, of ``limit`` at most.

    They are locked in one order: of two processes the later one finds that the other has taken them.
    """
    first = sa.select(_f.message_id).where(*which).order_by(order).limit(limit).cte("first")
    chosen = sa.select(first.c.message_id)
    in_task = sa.or_(_f.message_id.in_(chosen), _f.message_id.in_(of_staff.mates(account_id, chosen)))
    return sa.select(_f.message_id).where(*which, in_task).order_by(_f.message_id).with_for_update()


def _take(connection: sa.Connection, some: sa.Select[Any], values: dict[str, Any]) -> list[Due]:
    chosen = some.cte("due")
    taking = sa.update(FOLLOW_UPS).where(_f.message_id.in_(sa.select(chosen.c.message_id))).values(**values)
    return [Due._make(row) for row in connection.execute(taking.returning(*_DUE))]


def prolong(connection: sa.Connection, deadlines: Sequence[tuple[str, int, int | None]]) -> None:
    """Their tasks expire at these times, and staff are reminded at those."""
    if deadlines:
        _PROLONG.run(connection, deadlines)


def put_off(connection: sa.Connection, pauses: Sequence[tuple[str, int]]) -> None:
    """They are asked about again after pauses, in µs."""
    if pauses:
        _PUT_OFF.run(connection, pauses)


def ask_now(connection: sa.Connection, message_ids: Collection[str]) -> None:
    """They are asked about as soon as may be."""
    if message_ids:
        _ASK.run(connection, [(one,) for one in message_ids])


def remind_again(connection: sa.Connection, times: Sequence[tuple[str, int | None]]) -> None:
    """Staff were reminded of them, and are reminded again at these times."""
    if times:
        _REMIND.run(connection, times)


def stop_withdrawing(connection: sa.Connection, message_ids: Collection[str]) -> None:
    """They are not tried to be taken back any more."""
    if message_ids:
        _STOP.run(connection, [(one,) for one in message_ids])


def forget(connection: sa.Connection, message_ids: Collection[str]) -> None:
    """Nobody asks about them any more."""
    if message_ids:
        _FORGET.run(connection, [(one,) for one in message_ids])


def still_sent(connection: sa.Connection, message_ids: Collection[str]) -> set[str]:
    """Those of which nothing more has become known."""
    rows = _SENT.run(connection, [(one,) for one in message_ids], sent=MessageState.SENT.value).all()
    return {row[0] for row in rows}


def tasks(connection: sa.Connection, message_ids: Collection[str]) -> set[str]:
    """Those that are tasks of staff."""
    rows = _TASKS.run(connection, [(one,) for one in message_ids]).all()
    return {row[0] for row in rows}


def take_turn(connection: sa.Connection, account_id: str, *, lasting: int) -> bool:
    """Whether it is ours to collect for the account; then nobody else does for ``lasting`` µs."""
    until = real_now() + lasting
    taking = insert(connection, TURNS).values(account_id=account_id, until_real=until)
    taking = taking.on_conflict_do_update(
        index_elements=["account_id"], set_={"until_real": until}, where=TURNS.c.until_real <= real_now()
    )
    return connection.execute(taking.returning(TURNS.c.account_id)).first() is not None


def resting(connection: sa.Connection) -> set[str]:
    """The accounts for which nobody is to collect now: a read, which keeps no writer out."""
    return set(connection.scalars(sa.select(TURNS.c.account_id).where(TURNS.c.until_real > real_now())))


def end_turn(connection: sa.Connection, account_id: str, *, pause: int) -> None:
    """The next one may take its turn after ``pause`` µs."""
    ending = sa.update(TURNS).where(TURNS.c.account_id == account_id).values(until_real=real_now() + pause)
    connection.execute(ending)


def _of(asked: sa.FromClause) -> sa.ColumnElement[bool]:
    return _f.message_id == asked.c.message_id


def _put_off(asked: sa.FromClause) -> sa.Update:
    values = {"due_real": real_now() + asked.c.due_real, "asked": _f.asked + sa.literal_column("1")}
    return sa.update(FOLLOW_UPS).where(_of(asked)).values(values)


def _remind(asked: sa.FromClause) -> sa.Update:
    values = {"remind_time": asked.c.remind_time, "reminded": _f.reminded + 1}
    return sa.update(FOLLOW_UPS).where(_of(asked)).values(values)


def _prolong(asked: sa.FromClause) -> sa.Update:
    values = {"expire_time": asked.c.expire_time, "remind_time": asked.c.remind_time}
    return sa.update(FOLLOW_UPS).where(_of(asked)).values(values)


def _sent(asked: sa.FromClause) -> sa.Select[Any]:
    found = sa.select(STATES.c.message_id).join(asked, asked.c.message_id == STATES.c.message_id)
    return found.where(STATES.c.state == sa.bindparam("sent"))


def _tasks(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(_f.message_id).join(asked, _of(asked)).where(_f.is_task)


def _forget(asked: sa.FromClause) -> sa.Delete:
    return sa.delete(FOLLOW_UPS).where(_f.message_id.in_(sa.select(asked.c.message_id)))


_PUT_OFF = OverRows([_f.message_id, _f.due_real], _put_off)
_REMIND = OverRows([_f.message_id, _f.remind_time], _remind)
_PROLONG = OverRows([_f.message_id, _f.expire_time, _f.remind_time], _prolong)
_ASK = OverRows([_f.message_id], lambda asked: sa.update(FOLLOW_UPS).where(_of(asked)).values(due_real=real_now()))
_STOP = OverRows([_f.message_id], lambda asked: sa.update(FOLLOW_UPS).where(_of(asked)).values(withdraw_real=None))
_SENT = OverRows([_f.message_id], _sent)
_TASKS = OverRows([_f.message_id], _tasks)
_FORGET = OverRows([_f.message_id], _forget)

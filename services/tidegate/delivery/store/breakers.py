"""The circuit breakers of accounts, which stand beside their token buckets."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.breaker import Breaker
from tidegate.delivery.store.tables import RATES
from tidegate.runtime.db import insert, real_now

COLUMNS = [
    RATES.c.breaker_failures,
    RATES.c.breaker_opens,
    RATES.c.breaker_since_real,
    RATES.c.breaker_until_real,
    RATES.c.breaker_probing_real,
]
"""The columns of Breaker, in its order."""

_NEVER = Breaker()


def lock(connection: sa.Connection, account_ids: Collection[str]) -> tuple[dict[str, Breaker], int]:
    """The accounts' breakers, held until the transaction ends, and the real time."""
    now = connection.scalars(sa.select(real_now())).one()
    rows = [{"account_id": one, "tokens": 0.0, "filled_real": now} for one in sorted(account_ids)]
    connection.execute(insert(connection, RATES).values(rows).on_conflict_do_nothing())
    locked = _select(account_ids).order_by(RATES.c.account_id).with_for_update()
    return _by_id(connection.execute(locked)), now


def write(connection: sa.Connection, breakers: Mapping[str, Breaker]) -> None:
    """Puts breakers that are locked in the place of what they were."""
    for account_id, breaker in breakers.items():
        values = dict(zip((one.name for one in COLUMNS), breaker, strict=True))
        connection.execute(sa.update(RATES).where(RATES.c.account_id == account_id).values(values))


def read(connection: sa.Connection, account_ids: Collection[str]) -> tuple[dict[str, Breaker], int]:
    """The breakers of those accounts that ever had a call fail, and the real time."""
    now = connection.scalars(sa.select(real_now())).one()
    return _by_id(connection.execute(_select(account_ids))), now


def standing(connection: sa.Connection, account_id: str) -> tuple[Breaker, bool, int]:
    """The account's breaker, whether the account rests at this moment, and the real time."""
    query = sa.select(*COLUMNS, RATES.c.resting_until_real, real_now()).where(RATES.c.account_id == account_id)
    row = connection.execute(query).one_or_none()
    return (_NEVER, False, 0) if row is None else (Breaker._make(row[:5]), row[5] > row[6], row[6])


def open_accounts(connection: sa.Connection) -> frozenset[str]:
    """The accounts through which nothing may go at this moment."""
    return frozenset(connection.scalars(sa.select(RATES.c.account_id).where(RATES.c.breaker_until_real > real_now())))


def begin_probe(connection: sa.Connection, account_id: str, *, lasting: int) -> bool:
    """Takes the one call that a breaker lets through, for ``lasting`` µs; False when it is not to be had."""
    breakers, now = lock(connection, [account_id])
    if not breakers[account_id].awaits_probe(now):
        return False
    write(connection, {account_id: breakers[account_id]._replace(probing=now + lasting)})
    return True


def end_probe(connection: sa.Connection, account_id: str) -> None:
    """Gives the probe back: no call was made."""
    connection.execute(sa.update(RATES).where(RATES.c.account_id == account_id).values(breaker_probing_real=0))


def close(connection: sa.Connection, account_id: str) -> bool:
    """Has the account begin anew; False when nothing was known against it."""
    closed = connection.execute(
        sa.update(RATES)
        .where(RATES.c.account_id == account_id, RATES.c.breaker_failures > 0)
        .values(breaker_failures=0, breaker_opens=0, breaker_until_real=0, breaker_probing_real=0)
        .returning(RATES.c.account_id)
    )
    return closed.first() is not None


def _select(account_ids: Collection[str]) -> sa.Select[Any]:
    return sa.select(RATES.c.account_id, *COLUMNS).where(RATES.c.account_id.in_(sorted(account_ids)))


def _by_id(rows: sa.CursorResult[Any]) -> dict[str, Breaker]:
    return {row[0]: Breaker._make(row[1:]) for row in rows}

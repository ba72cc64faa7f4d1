"""What an account may send in a day or month: leased in slices before the gate, as its rate is.

So no message waits on another's lock for it, and none holds a slot while it waits; what has no room stays in the queue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.channels import Limit
from tidegate.delivery.allowances.rules import Platform, Used, caps_in_force, period_of
from tidegate.delivery.store.tables import CAPS
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database, bulk_upsert


@dataclass(slots=True)
class Slice:
    """What was leased of an account's caps; what is not used of it goes back."""

    count: int
    used: int = 0


class Caps:
    """Leases slices; all replicas share what an account may send."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def lease(self, account_id: str, platform: Platform, wanted: int) -> Iterator[Slice]:
        """Leases up to ``wanted`` messages for the block, which says how many it used."""
        now = micros(self._clock.now())
        caps = caps_in_force(platform, now)
        if not caps:
            yield Slice(wanted)
            return
        leased = Slice(self._database.run(lambda connection: _take(connection, account_id, caps, wanted, now)))
        try:
            yield leased
        finally:
            back = leased.count - leased.used
            if back:
                self._database.run(lambda connection: _give_back(connection, account_id, caps, back, now))


def used(connection: sa.Connection, account_id: str, now: int) -> Used:
    """What is used of the periods that have not ended."""
    query = sa.select(CAPS.c.name, CAPS.c.starts, CAPS.c.used).where(CAPS.c.account_id == account_id, CAPS.c.ends > now)
    return {(name, starts): count for name, starts, count in connection.execute(query)}


def full_on(connection: sa.Connection, channel_accounts: sa.Select[str], now: int) -> list[tuple[str, str, int]]:
    """The accounts that have no room now: (account, name of the cap, when there is room again)."""
    query = sa.select(CAPS.c.account_id, CAPS.c.name, CAPS.c.ends).where(
        CAPS.c.account_id.in_(channel_accounts), CAPS.c.starts <= now, CAPS.c.ends > now, CAPS.c.used >= CAPS.c.most
    )
    return [(account_id, name, ends) for account_id, name, ends in connection.execute(query)]


def _take(connection: sa.Connection, account_id: str, caps: Sequence[Limit], wanted: int, now: int) -> int:
    periods = sorted((cap.name, *period_of(cap, now), cap.most) for cap in caps)
    names = ("account_id", "name", "starts", "ends", "most")
    rows = [
        dict(zip(names, (account_id, name, starts, ends, most), strict=True)) for name, starts, ends, most in periods
    ]
    bulk_upsert(connection, CAPS, rows, key=names[:3], update=("most",))
    held = _of(account_id, caps, now)
    left = connection.scalars(sa.select(CAPS.c.most - CAPS.c.used).where(held).order_by(CAPS.c.name).with_for_update())
    count: int = max(min(wanted, *left), 0)
    if count:
        connection.execute(sa.update(CAPS).where(held).values(used=CAPS.c.used + count))
    return count


def _give_back(connection: sa.Connection, account_id: str, caps: Sequence[Limit], count: int, now: int) -> None:
    connection.execute(sa.update(CAPS).where(_of(account_id, caps, now)).values(used=CAPS.c.used - count))


def _of(account_id: str, caps: Sequence[Limit], now: int) -> sa.ColumnElement[bool]:
    periods = [sa.and_(CAPS.c.name == cap.name, CAPS.c.starts == period_of(cap, now)[0]) for cap in caps]
    return sa.and_(CAPS.c.account_id == account_id, sa.or_(*periods))

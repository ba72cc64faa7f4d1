"""What accounts have sent in periods of the calendar, of the most that their platforms take: leased in slices.

A period is known by its account, what kind of period it is, and when it starts: so what was sent in it counts on when
the platform's number changes.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.store.tables import CAPS
from tidegate.runtime.db import bulk_upsert


class Span(NamedTuple):
    """A period, and the most that may be sent in it; ``name`` is its kind, such as `day`."""

    name: str
    starts: int
    ends: int
    most: int


def take(connection: sa.Connection, account_id: str, spans: Sequence[Span], wanted: int) -> int:
    """Takes up to ``wanted``, as many as each of the periods has room for."""
    rows = [{"account_id": account_id, **one._asdict()} for one in spans]
    bulk_upsert(connection, CAPS, rows, key=["account_id", "name", "starts"], update=["most"])
    held = _of(account_id, spans)
    left = connection.scalars(sa.select(CAPS.c.most - CAPS.c.used).where(held).order_by(CAPS.c.name).with_for_update())
    count: int = max(min(wanted, *left), 0)
    if count:
        connection.execute(sa.update(CAPS).where(held).values(used=CAPS.c.used + count))
    return count


def give_back(connection: sa.Connection, account_id: str, spans: Sequence[Span], count: int) -> None:
    """What was taken and not used."""
    connection.execute(sa.update(CAPS).where(_of(account_id, spans)).values(used=CAPS.c.used - count))


def used(connection: sa.Connection, account_id: str, now: int) -> Mapping[tuple[str, int], int]:
    """What is used of the periods that have not ended."""
    query = sa.select(CAPS.c.name, CAPS.c.starts, CAPS.c.used).where(CAPS.c.account_id == account_id, CAPS.c.ends > now)
    return {(name, starts): count for name, starts, count in connection.execute(query)}


def full_on(connection: sa.Connection, accounts: sa.Select[str], now: int) -> list[tuple[str, str, int]]:
    """The accounts that have no room now: (account, the cap in words, when there is room again)."""
    query = sa.select(CAPS.c.account_id, CAPS.c.name, CAPS.c.most, CAPS.c.ends).where(
        CAPS.c.account_id.in_(accounts), CAPS.c.starts <= now, CAPS.c.ends > now, CAPS.c.used >= CAPS.c.most
    )
    rows = connection.execute(query).all()
    return [
        (account_id, f"platform: {most} per account within a {name}", ends) for account_id, name, most, ends in rows
    ]


def _of(account_id: str, spans: Sequence[Span]) -> sa.ColumnElement[bool]:
    periods = [sa.and_(CAPS.c.name == one.name, CAPS.c.starts == one.starts) for one in spans]
    return sa.and_(CAPS.c.account_id == account_id, sa.or_(*periods))

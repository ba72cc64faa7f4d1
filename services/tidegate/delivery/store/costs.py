"""What accounts have cost, summed by day."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.store.tables import COSTS
from tidegate.runtime.db import insert


class Place(NamedTuple):
    """Where costs are summed: a day in the company's zone, an account, a currency."""

    day: str
    account_id: str
    currency: str


class Amount(NamedTuple):
    """What is added to a sum."""

    cost_micros: int
    messages: int
    parts: int


class Cost(NamedTuple):
    """A sum."""

    day: str
    account_id: str
    currency: str
    cost_micros: int
    messages: int
    parts: int


_KEY = [COSTS.c[name] for name in Place._fields]
_SUMS = Amount._fields


def add(connection: sa.Connection, amounts: Mapping[Place, Amount]) -> None:
    """Adds to the sums, in the order of their keys."""
    rows = [{**place._asdict(), **amount._asdict()} for place, amount in sorted(amounts.items())]
    statement = insert(connection, COSTS).values(rows)
    added = {name: COSTS.c[name] + statement.excluded[name] for name in _SUMS}
    connection.execute(statement.on_conflict_do_update(index_elements=Place._fields, set_=added))


def find(
    connection: sa.Connection,
    *,
    account_id: str,
    first_day: str,
    last_day: str,
    behind: Sequence[str] | None,
    limit: int,
) -> list[Cost]:
    """Sums by day, account and currency, behind such a place."""
    query = sa.select(*(COSTS.c[name] for name in Cost._fields)).order_by(*_KEY).limit(limit)
    if account_id:
        query = query.where(COSTS.c.account_id == account_id)
    if first_day:
        query = query.where(COSTS.c.day >= first_day)
    if last_day:
        query = query.where(COSTS.c.day <= last_day)
    if behind is not None:
        query = query.where(sa.tuple_(*_KEY) > sa.tuple_(*map(sa.literal, behind)))
    return [Cost._make(row) for row in connection.execute(query)]

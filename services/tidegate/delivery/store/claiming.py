"""What is due on a channel, and the leases under which it is claimed."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.store import failovers
from tidegate.delivery.store.facts import MESSAGE_COLUMNS, facts_of
from tidegate.delivery.store.gating import Claimed
from tidegate.delivery.store.tables import CONTENTS, MESSAGES, STATES
from tidegate.runtime.db import OverRows, real_now

_NUMBERS_OF_BRANDS = 16


def is_due(connection: sa.Connection, *, channel: str, brands: Collection[str], account_id: str, among: str) -> bool:
    """Whether there is anything to claim: a read, which keeps no writer out."""
    asked = _asked(channel, brands, account_id, among)
    return connection.scalar(_any_due(len(brands)), asked) is not None


def claim(
    connection: sa.Connection,
    *,
    channel: str,
    brands: Collection[str],
    limit: int,
    account_id: str,
    among: str,
    token: str,
    lease: int,
) -> list[Claimed]:
    """Takes a lease of ``lease`` µs on up to ``limit`` messages that are due on ``channel``, best first.

    Messages that another worker is claiming at this moment are passed over, and so are those that the account's
    provider has refused, or for which it lacks something as the channel's accounts stand ``among`` each other: other
    accounts are to have them.
    """
    asked = _asked(channel, brands, account_id, among) | {"limit": limit}
    rows = connection.execute(_due(len(brands)), asked).all()
    if not rows:
        return []
    claimed = [(row[0],) for row in rows]
    _LEASE.run(connection, claimed, token=token, lease=lease, account_id=account_id)
    return [
        Claimed(facts_of(facts), rank, content, preferred, given_way, failovers.refusers_of(tried))
        for *facts, rank, content, preferred, given_way, tried in rows
    ]


def _asked(channel: str, brands: Collection[str], account_id: str, among: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"channel": channel, "account": failovers.pattern_of(account_id), "among": among}
    return asked | {_brand(place): brand for place, brand in enumerate(sorted(brands))}


@lru_cache(maxsize=_NUMBERS_OF_BRANDS)
def _due(brands: int) -> sa.Select[Any]:
    """What is due, locked, with all that is known of it: it is read once, here."""
    first = _best(_waits()) if not brands else _best_of_brands(brands)
    columns = [first.c[column.name] if column.table is STATES else column for column in MESSAGE_COLUMNS]
    personal = CONTENTS.c.sealed, CONTENTS.c.address_key
    return (
        sa.select(*columns, first.c.rank, *personal, first.c.given_way, first.c.tried)
        .join(first, first.c.message_id == MESSAGES.c.message_id)
        .join(CONTENTS, CONTENTS.c.message_id == MESSAGES.c.message_id)
    )


def _best(waits: Sequence[sa.ColumnElement[bool]], name: str = "due") -> sa.Subquery:
    best = _in_order(sa.select(STATES).where(*waits), STATES.c)
    return best.with_for_update(skip_locked=True).subquery(name)


def _best_of_brands(brands: int) -> sa.Subquery:
    """Of each brand as many as are asked for, found by its own index, and of these the best."""
    several = [_best(_waits_of(place), f"due_{place}") for place in range(brands)]
    if brands == 1:
        return several[0]
    together = sa.union_all(*(sa.select(one) for one in several)).subquery("together")
    return _in_order(sa.select(together), together.c).subquery("due")


def _in_order(query: sa.Select[Any], columns: Any) -> sa.Select[Any]:
    ordered = query.order_by(columns.rank, columns.expire_time, columns.message_id)
    return ordered.limit(sa.bindparam("limit", type_=sa.Integer))


@lru_cache(maxsize=_NUMBERS_OF_BRANDS)
def _any_due(brands: int) -> sa.Select[Any]:
    if not brands:
        return sa.select(STATES.c.message_id).where(*_waits()).limit(1)
    any_of = (sa.exists(sa.select(STATES.c.message_id).where(*_waits_of(place))) for place in range(brands))
    return sa.select(sa.literal(1)).where(sa.or_(*any_of))


def _waits() -> list[sa.ColumnElement[bool]]:
    states = STATES.c
    return [
        states.channel == sa.bindparam("channel"),
        states.state == sa.literal_column("'accepted'"),  # as the index over what is due says it
        states.lease_until_real <= real_now(),
        failovers.may_claim(sa.bindparam("account", type_=sa.Text), sa.bindparam("among", type_=sa.Text)),
    ]


def _waits_of(place: int) -> list[sa.ColumnElement[bool]]:
    brand = STATES.c.brand
    return [*_waits(), brand == sa.bindparam(_brand(place)), brand != sa.literal_column("''")]


def _brand(place: int) -> str:
    return f"brand_{place}"


def _lease(given: sa.FromClause) -> sa.Update:
    return (
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id)
        .values(
            lease_token=sa.bindparam("token"),
            lease_until_real=real_now() + sa.bindparam("lease", type_=sa.BigInteger),
            account_id=sa.bindparam("account_id"),
        )
    )


_LEASE = OverRows([STATES.c.message_id], _lease)

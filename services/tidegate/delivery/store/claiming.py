"""What is due on a channel, and the leases under which it is claimed."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.model import FIRST_COUNTED, RANKS
from tidegate.delivery.store import failovers, sections
from tidegate.delivery.store.facts import MESSAGE_COLUMNS, facts_of
from tidegate.delivery.store.gating import Claimed
from tidegate.delivery.store.sections import Due, Kind
from tidegate.delivery.store.tables import CONTENTS, MESSAGES, STATES
from tidegate.runtime.db import OverRows, real_now

_SHAPES = 64


def claim(
    connection: sa.Connection,
    due: Due,
    *,
    channel: str,
    limit: int,
    account_id: str,
    token: str,
    lease: int,
) -> list[Claimed]:
    """Takes a lease of ``lease`` µs on up to ``limit`` messages that are due, best first; of urgent ones no others.

    Messages that another worker is claiming at this moment are passed over.
    """
    asked = {**sections.parameters(channel, due.sections), "limit": limit}
    asked["before"] = FIRST_COUNTED if due.is_urgent else RANKS
    rows = connection.execute(_due(sections.kinds(due.sections)), asked).all()
    if not rows:
        return []
    claimed = [(row[0],) for row in rows]
    _LEASE.run(connection, claimed, token=token, lease=lease, account_id=account_id)
    return [
        Claimed(facts_of(facts), rank, content, preferred, given_way, failovers.refusers_of(tried))
        for *facts, rank, content, preferred, given_way, tried in rows
    ]


@lru_cache(maxsize=_SHAPES)
def _due(kinds: Sequence[Kind]) -> sa.Select[Any]:
    """What is due, locked, with all that is known of it: it is read once, here."""
    first = _best(kinds)
    columns = [first.c[column.name] if column.table is STATES else column for column in MESSAGE_COLUMNS]
    personal = CONTENTS.c.sealed, CONTENTS.c.address_key
    return (
        sa.select(*columns, first.c.rank, *personal, first.c.given_way, first.c.tried)
        .join(first, first.c.message_id == MESSAGES.c.message_id)
        .join(CONTENTS, CONTENTS.c.message_id == MESSAGES.c.message_id)
    )


def _best(kinds: Sequence[Kind]) -> sa.Subquery:
    """Of each section as many as are asked for, found by its own index, and of these the best."""
    several = [_best_of(kind, place) for place, kind in enumerate(kinds)]
    if len(several) == 1:
        return several[0]
    together = sa.union_all(*(sa.select(one) for one in several)).subquery("together")
    return _first(sa.select(together), *_order(together.c)).subquery("due")


def _best_of(kind: Kind, place: int) -> sa.Subquery:
    order = (STATES.c.tried_until_real,) if kind.again else _order(STATES.c)
    before = STATES.c.rank < sa.bindparam("before", type_=sa.Integer)
    best = _first(sa.select(STATES).where(*sections.conditions(kind, place), before), *order)
    return best.with_for_update(skip_locked=True).subquery(f"due_{place}")


def _order(columns: Any) -> Sequence[sa.ColumnElement[Any]]:
    return columns.rank, columns.expire_time, columns.message_id


def _first(query: sa.Select[Any], *order: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return query.order_by(*order).limit(sa.bindparam("limit", type_=sa.Integer))


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

"""Whom the ids of merged customers mean now.

Who acts on that keeps merges and splits waiting until the commit: a walk that began under an id which is merged away
at the same moment would belong to nobody. Acts do not keep each other waiting.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from tidegate.journey.store.tables import ALIASES, CURSORS
from tidegate.runtime.db import OverRows, bulk_upsert, row_source

_TURNS = "identity.turns"
"""The row that is held; it stands among the cursors and none is stored in it."""


def hold(connection: sa.Connection) -> None:
    """Keeps everybody else from asking whom ids mean, until the commit: they are about to mean others."""
    _ensure(connection)
    connection.execute(_ROW.with_for_update())


def canonical(connection: sa.Connection, customer_ids: Sequence[int]) -> dict[int, int]:
    """The customers that these ids mean, and will mean until the commit; those never merged away are left out."""
    if not customer_ids:
        return {}
    shared = _ROW.with_for_update(read=True)
    if connection.execute(shared).one_or_none() is None:
        _ensure(connection)
        connection.execute(shared)
    return current(connection, customer_ids)


def current(connection: sa.Connection, customer_ids: Sequence[int]) -> dict[int, int]:
    """The customers that these ids mean at this moment; those never merged away are left out."""
    if not customer_ids:
        return {}
    found = _CANONICAL.run(connection, [(each,) for each in customer_ids])
    return dict(map(tuple, found))


_CANONICAL = OverRows(
    [ALIASES.c.alias_id],
    lambda asked: sa.select(ALIASES.c.alias_id, ALIASES.c.customer_id).join_from(
        asked, ALIASES, ALIASES.c.alias_id == asked.c.alias_id
    ),
)
_ROW = sa.select(CURSORS.c.position).where(CURSORS.c.source == _TURNS)


def _ensure(connection: sa.Connection) -> None:
    bulk_upsert(connection, CURSORS, [{"source": _TURNS, "position": 0}], key=["source"], update=[])


def add(connection: sa.Connection, merged: Sequence[tuple[int, int]]) -> None:
    """From now on each merged customer, and what led to it, means its survivor; in the order of the merges."""
    survivors = dict(merged)
    last = {merged_id: _last(survivors, merged_id) for merged_id in survivors}
    given = row_source(connection, "given", [ALIASES.c.alias_id, ALIASES.c.customer_id], list(last.items()))
    survivor = sa.select(given.c.customer_id).where(given.c.alias_id == ALIASES.c.customer_id).scalar_subquery()
    connection.execute(
        sa.update(ALIASES).where(ALIASES.c.customer_id.in_(sa.select(given.c.alias_id))).values(customer_id=survivor)
    )
    rows = [{"alias_id": merged_id, "customer_id": survivor_id} for merged_id, survivor_id in last.items()]
    bulk_upsert(connection, ALIASES, rows, key=["alias_id"], update=["customer_id"])


def _last(survivors: Mapping[int, int], customer_id: int) -> int:
    while customer_id in survivors:
        customer_id = survivors[customer_id]
    return customer_id


def separate(connection: sa.Connection, owners: Mapping[int, int]) -> None:
    """From now on the original ids (the keys) mean the customers of the values: of themselves, too.

    An event that was on its way when a customer left still names whom it had been merged into.
    """
    rows = [{"alias_id": original, "customer_id": customer_id} for original, customer_id in owners.items()]
    bulk_upsert(connection, ALIASES, rows, key=["alias_id"], update=["customer_id"])

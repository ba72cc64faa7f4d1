"""Tombstones: what is left of persons who were erased, keyed hashes that no value can be had from."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.store.tables import ERASURE, TOMBSTONE
from tidegate.runtime.db import OverRows, bulk_upsert
from tidegate.runtime.db.holds import be_alone, share

_RETURNED = sa.type_coerce(TOMBSTONE.c.returned, sa.BigInteger)
_CREATED = sa.type_coerce(ERASURE.c.created, sa.BigInteger)
_ERASURES = "erasures"


class Tombstone(NamedTuple):
    """An identifier of a person who was erased; ``returned``: since when the person is known again."""

    lookup: str
    erasure_id: str
    returned: int | None
    created: int
    is_done: bool


def hold_off_erasures(connection: sa.Connection) -> None:
    """Lets no erasure in before the transaction ends, and lets one under way end first.

    So whatever is recorded is seen by the erasure, or sees its tombstone. Recording waits for no other recording. On
    SQLite the transaction is the only one that writes.
    """
    share(connection, _ERASURES)


def erase_alone(connection: sa.Connection) -> None:
    """Waits until nothing is being recorded, and lets nothing be before the transaction ends."""
    be_alone(connection, _ERASURES)


def find(connection: sa.Connection, lookups: Collection[str]) -> dict[str, Tombstone]:
    """The tombstones among identifiers, by lookup."""
    if not lookups:
        return {}
    return {row[0]: Tombstone._make(row) for row in _FIND.run(connection, [(lookup,) for lookup in lookups]).all()}


def put(connection: sa.Connection, lookups: Collection[str], erasure_id: str) -> None:
    """Leaves the identifiers of a person; who had come back and is erased again has not come back any more."""
    rows = [{"lookup": lookup, "erasure_id": erasure_id, "returned": None} for lookup in sorted(lookups)]
    bulk_upsert(connection, TOMBSTONE, rows, key=["lookup"], update=["erasure_id", "returned"])


def of_erasures(connection: sa.Connection, erasure_ids: Collection[str]) -> dict[str, str]:
    """The lookups that erasures left, each with its erasure."""
    rows = _OF_ERASURES.run(connection, [(each,) for each in erasure_ids]).all()
    return {row.lookup: row.erasure_id for row in rows}


def lift(connection: sa.Connection, returned: Mapping[str, int]) -> None:
    """Notes since when the persons of identifiers are known again."""
    if returned:
        _LIFT.run(connection, sorted(returned.items()))


def count_dropped(connection: sa.Connection, counts: Sequence[tuple[str, int]]) -> None:
    """Adds to how many items were dropped, by erasure."""
    if counts:
        _COUNT.run(connection, sorted(counts))


def _find(asked: sa.FromClause) -> sa.Select[Any]:
    return (
        sa.select(TOMBSTONE.c.lookup, TOMBSTONE.c.erasure_id, _RETURNED, _CREATED, ERASURE.c.done.is_not(None))
        .join_from(asked, TOMBSTONE, TOMBSTONE.c.lookup == asked.c.lookup)
        .join(ERASURE, ERASURE.c.id == TOMBSTONE.c.erasure_id)
    )


def _of_erasures(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(TOMBSTONE.c.lookup, TOMBSTONE.c.erasure_id).join_from(
        asked, TOMBSTONE, TOMBSTONE.c.erasure_id == asked.c.erasure_id
    )


def _lift(given: sa.FromClause) -> sa.Update:
    return sa.update(TOMBSTONE).where(TOMBSTONE.c.lookup == given.c.lookup).values(returned=given.c.returned)


def _count(given: sa.FromClause) -> sa.Update:
    counted = sa.update(ERASURE).where(ERASURE.c.id == given.c.id)
    return counted.values(dropped=ERASURE.c.dropped + given.c.dropped)


_FIND = OverRows([TOMBSTONE.c.lookup], _find)
_OF_ERASURES = OverRows([TOMBSTONE.c.erasure_id], _of_erasures)
_LIFT = OverRows([TOMBSTONE.c.lookup, TOMBSTONE.c.returned], _lift, name="given")
_COUNT = OverRows([ERASURE.c.id, ERASURE.c.dropped], _count, name="given")

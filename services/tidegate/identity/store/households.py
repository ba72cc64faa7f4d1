"""Households and accounts."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.store.tables import HOUSEHOLD
from tidegate.runtime.db import OverRows, bulk_upsert


class HouseholdRow(NamedTuple):
    """One as it is stored; the attributes are sealed."""

    kind: str
    id: str
    attributes: str
    created: int
    updated: int


_H = HOUSEHOLD.c
_COLUMNS = (
    _H.kind,
    _H.id,
    _H.attributes,
    sa.type_coerce(_H.created, sa.BigInteger),
    sa.type_coerce(_H.updated, sa.BigInteger),
)


def find(connection: sa.Connection, keys: Collection[tuple[str, str]]) -> list[HouseholdRow]:
    """Those of ``keys``, (kind, id), that are known."""
    return [HouseholdRow._make(row) for row in _FIND.run(connection, list(keys)).all()]


def page(connection: sa.Connection, kind: str, *, after: str, limit: int) -> list[HouseholdRow]:
    """Those of a kind behind the id ``after``, by id."""
    query = sa.select(*_COLUMNS).where(_H.kind == kind, _H.id > after).order_by(_H.id).limit(limit)
    return [HouseholdRow._make(row) for row in connection.execute(query)]


def put(connection: sa.Connection, attributes: Mapping[tuple[str, str], str], *, now: int) -> None:
    """Stores them with all their attributes, by (kind, id)."""
    rows = [(*key, text, now, now) for key, text in sorted(attributes.items())]
    bulk_upsert(connection, HOUSEHOLD, rows, key=["kind", "id"], update=["attributes", "updated"])


def _find(asked: sa.FromClause) -> sa.Select[Any]:
    same = sa.and_(_H.kind == asked.c.kind, _H.id == asked.c.id)
    return sa.select(*_COLUMNS).join_from(asked, HOUSEHOLD, same)


_FIND = OverRows([_H.kind, _H.id], _find)

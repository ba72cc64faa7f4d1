"""Relations, and the inviters above customers."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from tidegate.identity.relations import Relation, RelationKind
from tidegate.identity.store.tables import CUSTOMER, RELATION
from tidegate.runtime.db import OverRows, bulk_upsert

_INVITERS = 0x69_6E_76_69  # the number of the lock; the schema's makes it this installation's own
_KEY = ("original_id", "kind", "target", "started")
_INVITER = CUSTOMER.alias("inviter")


def hold_inviters(connection: sa.Connection) -> None:
    """Lets one transaction at a time decide who invited whom: circles may close far from the customers concerned.

    SQLite has one writer anyway. To be called when the customers are locked, by all in that order.
    """
    if connection.dialect.name == "postgresql":
        schema = sa.func.hashtext(sa.func.current_schema())
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(_INVITERS, sa.Integer), schema)))


def hold_inviters_of(connection: sa.Connection, customer_ids: Collection[int]) -> None:
    """The same for those who change whom relations belong to, where inviters are among them.

    Whoever has no inviter is on no circle, and can't get one while locked.
    """
    if connection.dialect.name == "postgresql" and any(
        each.kind is RelationKind.INVITER for each in around(connection, customer_ids)
    ):
        hold_inviters(connection)


def around(connection: sa.Connection, customer_ids: Collection[int]) -> list[Relation]:
    """All relations of customers, ended ones too, and of all inviters above them."""
    if not customer_ids:
        return []
    return [_relation(row) for row in _AROUND.run(connection, [(i,) for i in customer_ids]).all()]


def of_customers(connection: sa.Connection, customer_ids: Collection[int]) -> list[Relation]:
    """All relations of customers, ended ones too."""
    if not customer_ids:
        return []
    return [_relation(row) for row in _OF_CUSTOMERS.run(connection, [(i,) for i in customer_ids]).all()]


def target_page(
    connection: sa.Connection,
    target: str,
    *,
    kind: RelationKind | None,
    before: tuple[int, str] | None,
    limit: int,
) -> list[Relation]:
    """Relations to a target that is no customer, the newest first, behind ``before`` (begin, relation's id)."""
    r = RELATION.c
    query = _select().where(r.target == target, r.related_id.is_(None)).order_by(r.started.desc(), r.id.desc())
    if kind is not None:
        query = query.where(r.kind == kind)
    if before is not None:
        query = query.where(sa.tuple_(r.started, r.id) < sa.tuple_(*map(sa.literal, before)))
    return [_relation(row) for row in connection.execute(query.limit(limit))]


def put(connection: sa.Connection, relations: Collection[Relation]) -> None:
    """Stores relations; of one that is stored with the same begin, what else is told of it is replaced."""
    rows = [
        (
            each.original_id,
            each.kind.value,
            each.target,
            each.started,
            each.relation_id,
            each.related_id or None,
            each.role,
            each.source,
            each.ended,
        )
        for each in relations
    ]
    bulk_upsert(connection, RELATION, sorted(rows), key=_KEY, update=["role", "source", "ended"])


def _relation(row: Any) -> Relation:
    customer_id, inviter_id, original_id, kind, *others = row
    return Relation(customer_id, inviter_id or 0, original_id, RelationKind(kind), *others)


def _columns() -> list[sa.ColumnElement[Any]]:
    r = RELATION.c
    return [
        CUSTOMER.c.canonical_id.label("customer_id"),
        _INVITER.c.canonical_id.label("inviter_id"),
        r.original_id,
        r.kind,
        r.target,
        sa.type_coerce(r.started, sa.BigInteger).label("started"),
        r.id,
        sa.func.coalesce(r.related_id, 0).label("related_id"),
        r.role,
        r.source,
        sa.type_coerce(r.ended, sa.BigInteger).label("ended"),
    ]


def _select() -> sa.Select[Any]:
    return (
        sa.select(*_columns())
        .select_from(RELATION)
        .join(CUSTOMER, CUSTOMER.c.id == RELATION.c.original_id)
        .outerjoin(_INVITER, _INVITER.c.id == RELATION.c.related_id)
    )


def _of(asked: sa.FromClause) -> sa.Select[Any]:
    """The relations of the customers that ``asked`` has in its only column."""
    (customer_id,) = asked.c
    return (
        sa.select(*_columns())
        .join_from(asked, CUSTOMER, CUSTOMER.c.canonical_id == customer_id)
        .join(RELATION, RELATION.c.original_id == CUSTOMER.c.id)
        .outerjoin(_INVITER, _INVITER.c.id == RELATION.c.related_id)
    )


def _around(asked: sa.FromClause) -> sa.Select[Any]:
    reached = sa.select(asked.c.canonical_id).cte("reached", recursive=True)
    invited, relation, inviter = CUSTOMER.alias("invited"), RELATION.alias("invitation"), CUSTOMER.alias("inviting")
    further = (
        sa.select(inviter.c.canonical_id)
        .join_from(reached, invited, invited.c.canonical_id == reached.c.canonical_id)
        .join(relation, relation.c.original_id == invited.c.id)
        .join(inviter, inviter.c.id == relation.c.related_id)
        .where(relation.c.kind == RelationKind.INVITER.value, relation.c.ended.is_(None))
    )
    return _of(reached.union(further))


_AROUND = OverRows([CUSTOMER.c.canonical_id], _around)
_OF_CUSTOMERS = OverRows([CUSTOMER.c.canonical_id], _of)

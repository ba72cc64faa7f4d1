"""Suppressions: one row each, looked up by customer and by the digest of the address; those of segments as policies."""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.model import Suppressed
from tidegate.delivery.policy.model import Suppression, SuppressionCause
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables import CUSTOMERS
from tidegate.delivery.store.tables.columns import number
from tidegate.runtime.db import OverRows, insert, row_source

SUPPRESSIONS = sa.Table(
    "suppressions",
    METADATA,
    sa.Column("suppression_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("original_customer_id", sa.BigInteger, nullable=False),
    sa.Column("address_key", sa.Text, nullable=False),
    sa.Column("namespace", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("channels", sa.Text, nullable=False),  # sorted, by commas
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("expire_time", sa.BigInteger),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("create_time", sa.BigInteger, nullable=False),
    sa.Column("segment_id", sa.Text, nullable=False, server_default=""),
    number("holder_id"),
    sa.CheckConstraint("(customer_id <> 0) <> (address_key <> '')", name="one_target"),
    sa.UniqueConstraint("original_customer_id", "address_key", "channels", "purpose", "brand"),
    sa.Index("ix_suppressions_customer", "customer_id"),
    sa.Index("ix_suppressions_address", "address_key"),
    sa.Index(
        "ix_suppressions_segment",
        "segment_id",
        postgresql_where=sa.text("segment_id <> ''"),
        sqlite_where=sa.text("segment_id <> ''"),
    ),
)
"""Who is sent nothing. The original customer is the one it was made for, before any merge. The key of a segment says
that it is one, and which. The holder of an address may be an alias, and is 0 where nobody was written to there."""

_CHANGEABLE = ("channels", "purpose", "brand", "cause", "note", "expire_time", "version")
_RENEWED = ("cause", "note", "expire_time")
_UNIQUE = ("original_customer_id", "address_key", "channels", "purpose", "brand")


def matching(
    connection: sa.Connection, customer_ids: Collection[int], address_keys: Collection[str], now: int
) -> list[Suppressed]:
    """The suppressions at ``now`` of any of these customers or addresses."""
    of_customers = _OF_CUSTOMERS.run(connection, [(one,) for one in customer_ids]).all()
    of_addresses = _OF_ADDRESSES.run(connection, [(one,) for one in address_keys]).all()
    return [
        Suppressed(
            row.suppression_id,
            row.customer_id,
            row.address_key,
            _channel_set(row.channels),
            row.purpose,
            row.brand,
            row.cause,
            row.expire_time,
        )
        for row in (*of_customers, *of_addresses)
        if row.expire_time is None or row.expire_time > now
    ]


def add(connection: sa.Connection, new: Sequence[tuple[Suppression, str]]) -> None:
    """Adds suppressions, each with its address's key (empty for a customer's).

    One that exists is renewed by one that holds longer, with its cause and note, and otherwise left alone.
    """
    rows: dict[tuple[object, ...], dict[str, Any]] = {}
    for one, key in sorted(new, key=lambda pair: _lasts(pair[0]), reverse=True):
        rows.setdefault(scope(one, key), _row(one, key))
    table = SUPPRESSIONS.c
    given = row_source(connection, "given", list(table), [list(row.values()) for row in rows.values()])
    adding = insert(connection, SUPPRESSIONS).from_select(table.keys(), sa.select(*given.c).where(sa.true()))
    offered = adding.excluded.expire_time
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=_UNIQUE,
            set_={name: adding.excluded[name] for name in _RENEWED} | {"version": table.version + 1},
            where=sa.and_(table.expire_time.is_not(None), sa.or_(offered.is_(None), offered > table.expire_time)),
        )
    )


def holding(
    connection: sa.Connection, wanted: Sequence[tuple[Suppression, str]]
) -> dict[tuple[object, ...], Suppression]:
    """The suppressions of the same targets, channels, purposes and brands, by `scope`."""
    table = SUPPRESSIONS.c
    columns = [table.customer_id, table.address_key, table.channels, table.purpose, table.brand]
    given = row_source(connection, "given", columns, [scope(one, key) for one, key in wanted])
    same = sa.and_(*(given.c[column.name] == column for column in columns))
    longest_last = (table.expire_time.is_(None), table.expire_time)  # after a merge there may be several
    rows = connection.execute(sa.select(SUPPRESSIONS).join(given, same).order_by(*longest_last)).all()
    return {tuple(getattr(row, column.name) for column in columns): _suppression(row) for row in rows}


def scope(suppression: Suppression, key: str) -> tuple[object, ...]:
    """What two suppressions may not have in common: target, channels, purpose and brand."""
    channels = _channel_text(suppression.channels)
    return suppression.customer_id, key, channels, suppression.purpose, suppression.brand


def get(connection: sa.Connection, suppression_id: str) -> Suppression | None:
    """The suppression, if there is one."""
    query = sa.select(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == suppression_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _suppression(row)


def of_segments(connection: sa.Connection) -> list[Suppression]:
    """All suppressions of segments, by segment."""
    table = SUPPRESSIONS.c
    query = sa.select(SUPPRESSIONS).where(table.segment_id != "").order_by(table.segment_id, table.suppression_id)
    return [_suppression(row) for row in connection.execute(query)]


def page(
    connection: sa.Connection,
    *,
    after: str,
    limit: int,
    customer_id: int = 0,
    cause: SuppressionCause | None = None,
) -> list[Suppression]:
    """Up to ``limit`` suppressions behind an id."""
    table = SUPPRESSIONS.c
    query = sa.select(SUPPRESSIONS).where(table.suppression_id > after)
    if customer_id:
        query = query.where(table.customer_id == customer_id)
    if cause is not None:
        query = query.where(table.cause == cause)
    rows = connection.execute(query.order_by(table.suppression_id).limit(limit))
    return [_suppression(row) for row in rows]


def replace(connection: sa.Connection, changed: Suppression) -> None:
    """Puts ``changed`` in the place of the suppression with its id; the target stays."""
    row = _row(changed, "")
    table = SUPPRESSIONS.c
    connection.execute(
        sa.update(SUPPRESSIONS)
        .where(table.suppression_id == changed.suppression_id)
        .values({name: row[name] for name in _CHANGEABLE})
    )


def delete(connection: sa.Connection, suppression_id: str) -> None:
    """Deletes the suppression."""
    connection.execute(sa.delete(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == suppression_id))


def canonical(connection: sa.Connection, customer_ids: Iterable[int]) -> dict[int, int]:
    """The survivor of each of the customers that were merged away."""
    table = CUSTOMERS.c
    given = row_source(connection, "given", [table.customer_id], [(one,) for one in customer_ids])
    query = sa.select(table.customer_id, table.merged_into).join(given, given.c.customer_id == table.customer_id)
    return {row.customer_id: row.merged_into for row in connection.execute(query.where(table.merged_into != 0))}


def move(connection: sa.Connection, survivors: Collection[tuple[int, int]]) -> None:
    """Gives the suppressions of merged customers to their survivors; pairs of (merged, survivor)."""
    _reassign(connection, SUPPRESSIONS.c.customer_id, survivors)


def give_back(connection: sa.Connection, owners: Collection[tuple[int, int]]) -> None:
    """After a split: suppressions made for an original customer belong to another now; (original, owner)."""
    _reassign(connection, SUPPRESSIONS.c.original_customer_id, owners)


def _reassign(connection: sa.Connection, by: sa.Column[Any], pairs: Collection[tuple[int, int]]) -> None:
    columns = [sa.Column("known", sa.BigInteger), sa.Column("owner", sa.BigInteger)]
    given = row_source(connection, "given", columns, list(pairs))
    owner = sa.select(given.c.owner).where(given.c.known == by).scalar_subquery()
    connection.execute(sa.update(SUPPRESSIONS).where(by.in_(sa.select(given.c.known))).values(customer_id=owner))


def _by(column: sa.Column[Any]) -> OverRows:
    def matching(asked: sa.FromClause) -> sa.Select[Any]:
        return sa.select(SUPPRESSIONS).join(asked, asked.c[column.name] == column)

    return OverRows([column], matching)


_OF_CUSTOMERS = _by(SUPPRESSIONS.c.customer_id)
_OF_ADDRESSES = _by(SUPPRESSIONS.c.address_key)


def _row(suppression: Suppression, key: str) -> dict[str, Any]:
    return {
        "suppression_id": suppression.suppression_id,
        "customer_id": suppression.customer_id,
        "original_customer_id": suppression.customer_id,
        "address_key": key,
        "namespace": suppression.namespace,
        "value": suppression.value,
        "channels": _channel_text(suppression.channels),
        "purpose": suppression.purpose,
        "brand": suppression.brand,
        "cause": suppression.cause.value,
        "note": suppression.note,
        "expire_time": suppression.expire_time,
        "version": suppression.version,
        "create_time": suppression.create_time,
        "segment_id": suppression.segment_id,
        "holder_id": suppression.holder_id,
    }


def _suppression(row: Any) -> Suppression:
    return Suppression(
        suppression_id=row.suppression_id,
        customer_id=row.customer_id,
        namespace=row.namespace,
        value=row.value,
        channels=_channel_set(row.channels),
        purpose=row.purpose,
        brand=row.brand,
        cause=SuppressionCause(row.cause),
        note=row.note,
        expire_time=row.expire_time,
        version=row.version,
        create_time=row.create_time,
        segment_id=row.segment_id,
        holder_id=row.holder_id,
    )


def _lasts(suppression: Suppression) -> float:
    return math.inf if suppression.expire_time is None else suppression.expire_time


def _channel_text(channels: frozenset[str]) -> str:
    return ",".join(sorted(channels))


def _channel_set(text: str) -> frozenset[str]:
    return frozenset(text.split(",")) if text else frozenset()

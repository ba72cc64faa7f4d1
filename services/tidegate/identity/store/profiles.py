"""Attributes, tags, and consents: what arrived, for ever, and the projection by customer."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import Consent, Decision, TagMark
from tidegate.identity.store.tables import (
    ATTRIBUTE,
    ATTRIBUTE_VALUE,
    CONSENT,
    CONSENT_DECISION,
    CUSTOMER,
    TAG,
    TAG_MARK,
)
from tidegate.runtime.db import bulk_insert, bulk_upsert, row_source

Row = Mapping[str, Any]
Names = Collection[tuple[int, str]]
"""(customer id, attribute or tag)."""


def decisions_page(
    connection: sa.Connection, customer_id: int, *, before: tuple[Any, ...] | None, limit: int
) -> list[Consent]:
    """All decisions ever recorded of a customer and its aliases, newest first, behind ``before``."""
    c = CONSENT_DECISION.c
    order = (c.time, c.purpose, c.channel, c.brand, c.source, c.decision)
    query = (
        sa.select(*_consent_columns(CONSENT_DECISION))
        .join_from(CUSTOMER, CONSENT_DECISION, c.original_id == CUSTOMER.c.id)
        .where(CUSTOMER.c.canonical_id == customer_id)
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if before is not None:
        query = query.where(sa.tuple_(*order) < sa.tuple_(*map(sa.literal, before)))
    return [consent_of(row) for row in connection.execute(query).mappings()]


def tags_page(connection: sa.Connection, *, group: str, after: str, limit: int) -> list[tuple[str, int]]:
    """Tags in use behind ``after``, of ``group`` (empty: of all), with how many customers have each."""
    count = sa.func.count()
    query = (
        sa.select(TAG.c.tag, count)
        .where(TAG.c.present, TAG.c.tag > after)
        .group_by(TAG.c.tag)
        .order_by(TAG.c.tag)
        .limit(limit)
    )
    if group:
        query = query.where(TAG.c.tag.startswith(f"{group}=", autoescape=True))
    return [(tag, customers) for tag, customers in connection.execute(query)]


def unknown_values(connection: sa.Connection, rows: Sequence[Row]) -> list[Row]:
    """Those of ``rows``, shaped like ATTRIBUTE_VALUE, that are not stored."""
    return _unknown(connection, ATTRIBUTE_VALUE, rows)


def unknown_marks(connection: sa.Connection, rows: Sequence[Row]) -> list[Row]:
    """Those of ``rows``, shaped like TAG_MARK, that are not stored."""
    return _unknown(connection, TAG_MARK, rows)


def unknown_decisions(connection: sa.Connection, rows: Sequence[Row]) -> list[Row]:
    """Those of ``rows``, shaped like CONSENT_DECISION, that are not stored."""
    return _unknown(connection, CONSENT_DECISION, rows)


def add_history(
    connection: sa.Connection, *, values: Sequence[Row], marks: Sequence[Row], decisions: Sequence[Row]
) -> None:
    """Keeps what arrived."""
    bulk_insert(connection, ATTRIBUTE_VALUE, values)
    bulk_insert(connection, TAG_MARK, marks)
    bulk_insert(connection, CONSENT_DECISION, decisions)


def attributes(
    connection: sa.Connection, customer_ids: Collection[int], *, names: Collection[str] = ()
) -> list[tuple[int, str, str, str, int]]:
    """(customer, name, sealed value, source, time) of attributes of customers; of all, when no names are given."""
    time = sa.type_coerce(ATTRIBUTE.c.time, sa.BigInteger)
    query = sa.select(ATTRIBUTE.c.customer_id, ATTRIBUTE.c.name, ATTRIBUTE.c.value, ATTRIBUTE.c.source, time)
    if names:
        query = query.where(ATTRIBUTE.c.name.in_(names))
    rows = _of_customers(connection, ATTRIBUTE, query, customer_ids=customer_ids)
    return [tuple(row) for row in rows]


def tag_marks(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, dict[str, TagMark]]:
    """The newest mark of every tag that customers have or had."""
    time = sa.type_coerce(TAG.c.time, sa.BigInteger).label("time")
    query = sa.select(TAG.c.customer_id, TAG.c.tag, TAG.c.present, time, TAG.c.source)
    found: dict[int, dict[str, TagMark]] = {}
    for row in _of_customers(connection, TAG, query, customer_ids=customer_ids):
        found.setdefault(row.customer_id, {})[row.tag] = TagMark(row.present, row.time, row.source)
    return found


def consents(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, list[Consent]]:
    """The decisions in force of customers."""
    query = sa.select(CONSENT.c.customer_id, *_consent_columns(CONSENT))
    found: dict[int, list[Consent]] = {}
    for row in _of_customers(connection, CONSENT, query, customer_ids=customer_ids).mappings():
        found.setdefault(row["customer_id"], []).append(consent_of(row))
    return found


def put_attributes(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Sets values in force; rows are shaped like ATTRIBUTE."""
    update = ("value", "lookup", "source", "time")
    bulk_upsert(connection, ATTRIBUTE, rows, key=("customer_id", "name"), update=update)


def put_tags(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Sets tags' newest marks; rows are shaped like TAG."""
    bulk_upsert(connection, TAG, rows, key=("customer_id", "tag"), update=("present", "source", "time"))


def put_consents(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Sets decisions in force; rows are shaped like CONSENT."""
    bulk_upsert(
        connection,
        CONSENT,
        rows,
        key=("customer_id", "purpose", "channel", "brand"),
        update=("decision", "time", "source", "proof"),
    )


def drop_projections(connection: sa.Connection, customer_ids: Collection[int]) -> None:
    """Takes away what customers that were merged away had; it lives on with their survivors."""
    if not customer_ids:
        return
    for table in (ATTRIBUTE, TAG, CONSENT):
        gone = row_source(connection, "gone", [table.c.customer_id], [(i,) for i in customer_ids])
        connection.execute(sa.delete(table).where(table.c.customer_id.in_(sa.select(gone.c.customer_id))))


def _consent_columns(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    c = table.c
    time = sa.type_coerce(c.time, sa.BigInteger).label("time")
    return [c.purpose, c.channel, c.brand, c.decision, time, c.source, c.proof]


def consent_of(row: Row | sa.RowMapping) -> Consent:
    """The decision of a row shaped like CONSENT_DECISION."""
    return Consent(
        purpose=row["purpose"],
        channel=row["channel"],
        brand=row["brand"],
        decision=Decision(row["decision"]),
        time=row["time"],
        source=row["source"],
        proof=row["proof"],
    )


def _of_customers(
    connection: sa.Connection, table: sa.Table, query: sa.Select[Any], *, customer_ids: Collection[int]
) -> sa.CursorResult[Any]:
    asked = row_source(connection, "asked", [table.c.customer_id], [(i,) for i in customer_ids])
    return connection.execute(query.join_from(asked, table, table.c.customer_id == asked.c.customer_id))


def _unknown(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> list[Row]:
    """Those of ``rows`` whose primary key is not stored; of several with the same key the first."""
    if not rows:
        return []
    columns = list(table.primary_key.columns)
    once = {tuple(row[column.name] for column in columns): row for row in reversed(rows)}
    asked = row_source(connection, "asked", columns, list(once))
    same = sa.and_(*(column == asked.c[column.name] for column in columns))
    plain = [sa.type_coerce(c, sa.BigInteger) if c.name == "time" else c for c in columns]
    stored = {tuple(row) for row in connection.execute(sa.select(*plain).join_from(asked, table, same))}
    return [row for key, row in reversed(once.items()) if key not in stored]

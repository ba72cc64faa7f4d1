"""Events: known ones, new ones, and a customer's pages of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.identity.store.tables import CUSTOMER, EVENT, IDENTIFIER
from tidegate.runtime.db import bulk_insert, row_source

EventKey = tuple[str, str]
"""(source, event id)."""

_TIME = sa.type_coerce(EVENT.c.time, sa.BigInteger)
_RECEIVED = sa.type_coerce(EVENT.c.received, sa.BigInteger)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is stored; ``others`` are its identifiers but the highest, sealed."""

    source: str
    event_id: str
    original_id: int
    name: str
    time: int
    received: int
    identifier: str
    others: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event as it is read back; ``highest`` is its highest identifier, None when that was taken off."""

    row: EventRow
    highest: tuple[str, str] | None


def known(connection: sa.Connection, keys: Collection[EventKey]) -> dict[EventKey, int]:
    """Those of ``keys`` that are stored, with the customer they belong to now."""
    if not keys:
        return {}
    asked = row_source(connection, "asked", [EVENT.c.source, EVENT.c.event_id], list(keys))
    rows = connection.execute(
        sa.select(EVENT.c.source, EVENT.c.event_id, CUSTOMER.c.canonical_id)
        .join_from(
            asked,
            EVENT,
            sa.and_(EVENT.c.source == asked.c.source, EVENT.c.event_id == asked.c.event_id),
        )
        .join(CUSTOMER, CUSTOMER.c.id == EVENT.c.original_id)
    )
    return {(source, event_id): customer_id for source, event_id, customer_id in rows}


def add(connection: sa.Connection, events: Sequence[EventRow]) -> None:
    """Stores events. One that another transaction stored meanwhile is an IntegrityError."""
    bulk_insert(
        connection,
        EVENT,
        [
            {
                "source": event.source,
                "event_id": event.event_id,
                "original_id": event.original_id,
                "name": event.name,
                "time": event.time,
                "received": event.received,
                "identifier": event.identifier,
                "others": event.others,
                "body": event.body,
            }
            for event in sorted(events, key=lambda event: (event.source, event.event_id))
        ],
    )


def page(
    connection: sa.Connection,
    customer_id: int,
    *,
    names: Sequence[str],
    start: int | None,
    end: int | None,
    before: tuple[int, str, str] | None,
    limit: int,
) -> list[FoundEvent]:
    """Events of a customer and its aliases, newest first, behind ``before`` (time, source, event id)."""
    e = EVENT.c
    query = (
        sa.select(
            e.source,
            e.event_id,
            e.original_id,
            e.name,
            _TIME,
            _RECEIVED,
            e.identifier,
            e.others,
            e.body,
            IDENTIFIER.c.namespace,
            IDENTIFIER.c.value,
        )
        .join_from(CUSTOMER, EVENT, e.original_id == CUSTOMER.c.id)
        .outerjoin(IDENTIFIER, IDENTIFIER.c.lookup == e.identifier)
        .where(CUSTOMER.c.canonical_id == customer_id)
        .order_by(e.time.desc(), e.source.desc(), e.event_id.desc())
        .limit(limit)
    )
    if names:
        query = query.where(e.name.in_(names))
    if start is not None:
        query = query.where(e.time >= start)
    if end is not None:
        query = query.where(e.time < end)
    if before is not None:
        query = query.where(sa.tuple_(e.time, e.source, e.event_id) < sa.tuple_(*map(sa.literal, before)))
    return [
        FoundEvent(EventRow(*columns), None if namespace is None else (namespace, value))
        for *columns, namespace, value in connection.execute(query)
    ]

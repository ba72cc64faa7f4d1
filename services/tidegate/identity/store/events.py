"""Events: known ones, new ones, and a customer's pages of them."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.store.tables import CUSTOMER, EVENT, IDENTIFIER
from tidegate.runtime.db import OverRows, bulk_insert

EventKey = tuple[str, str]
"""(source, event id)."""

_TIME = sa.type_coerce(EVENT.c.time, sa.BigInteger)
_RECEIVED = sa.type_coerce(EVENT.c.received, sa.BigInteger)


class EventRow(NamedTuple):
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


class FoundEvent(NamedTuple):
    """An event as it is read back; ``highest`` is its highest identifier, None when that was taken off."""

    row: EventRow
    highest: tuple[str, str] | None


def known(connection: sa.Connection, keys: Sequence[EventKey]) -> dict[EventKey, int]:
    """Those of ``keys`` that are stored, with the customer they belong to now."""
    if not keys:
        return {}
    return {(source, event_id): customer_id for source, event_id, customer_id in _KNOWN.run(connection, keys).all()}


def add(connection: sa.Connection, events: Iterable[EventRow]) -> None:
    """Stores events. One that another transaction stored meanwhile is an IntegrityError."""
    bulk_insert(connection, EVENT, sorted(events, key=itemgetter(0, 1)))


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


def _known(asked: sa.FromClause) -> sa.Select[Any]:
    same = sa.and_(EVENT.c.source == asked.c.source, EVENT.c.event_id == asked.c.event_id)
    return (
        sa.select(EVENT.c.source, EVENT.c.event_id, CUSTOMER.c.canonical_id)
        .join_from(asked, EVENT, same)
        .join(CUSTOMER, CUSTOMER.c.id == EVENT.c.original_id)
    )


_KNOWN = OverRows([EVENT.c.source, EVENT.c.event_id], _known)

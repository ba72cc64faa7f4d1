"""Events of entities: known ones, new ones, and an entity's pages of them."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.entity import EntityKey
from tidegate.identity.store.events import EventKey
from tidegate.identity.store.tables import ENTITY_EVENT
from tidegate.runtime.db import OverRows, bulk_insert


class EntityEventRow(NamedTuple):
    """An event of an entity as it is stored; ``personal`` is sealed."""

    source: str
    event_id: str
    kind: str
    entity_id: str
    time: int
    body: bytes
    personal: str | None


def known(connection: sa.Connection, keys: Sequence[EventKey]) -> set[EventKey]:
    """Those of ``keys`` that are stored."""
    return {(source, event_id) for source, event_id in _KNOWN.run(connection, keys).all()} if keys else set()


def add(connection: sa.Connection, rows: Iterable[EntityEventRow]) -> None:
    """Stores events. One that another transaction stored meanwhile is an IntegrityError."""
    bulk_insert(connection, ENTITY_EVENT, sorted(rows, key=itemgetter(0, 1)))


def page(
    connection: sa.Connection,
    key: EntityKey,
    *,
    start: int | None,
    end: int | None,
    before: tuple[int, str, str] | None,
    limit: int,
) -> list[EntityEventRow]:
    """Events of an entity, newest first, behind ``before`` (time, source, event id)."""
    e = ENTITY_EVENT.c
    time = sa.type_coerce(e.time, sa.BigInteger)
    query = (
        sa.select(e.source, e.event_id, e.kind, e.entity_id, time, e.body, e.personal)
        .where(e.kind == key.kind, e.entity_id == key.entity_id)
        .order_by(e.time.desc(), e.source.desc(), e.event_id.desc())
        .limit(limit)
    )
    if start is not None:
        query = query.where(e.time >= start)
    if end is not None:
        query = query.where(e.time < end)
    if before is not None:
        query = query.where(sa.tuple_(e.time, e.source, e.event_id) < sa.tuple_(*map(sa.literal, before)))
    return [EntityEventRow(*columns) for columns in connection.execute(query)]


def _known(asked: sa.FromClause) -> sa.Select[Any]:
    e = ENTITY_EVENT.c
    same = sa.and_(e.source == asked.c.source, e.event_id == asked.c.event_id)
    return sa.select(e.source, e.event_id).join_from(asked, ENTITY_EVENT, same)


_KNOWN = OverRows([ENTITY_EVENT.c.source, ENTITY_EVENT.c.event_id], _known)

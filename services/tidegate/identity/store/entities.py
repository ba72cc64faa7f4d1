"""Entities: who is held while a batch changes them, what is known of them, and what becomes of it.

Entities are never deleted: what was found once stays.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.entity import EntityKey, EntityKind
from tidegate.identity.store.tables import ENTITY, ENTITY_ADDRESS, ENTITY_ATTRIBUTE
from tidegate.runtime.db import OverRows, bulk_insert, bulk_upsert

_KEY = ("kind", "entity_id")


class EntityRow(NamedTuple):
    """An entity as it is stored; its display name is sealed."""

    kind: str
    entity_id: str
    display_name: str
    store_id: str
    archived: bool
    created: int
    updated: int
    position: int

    @property
    def key(self) -> EntityKey:
        """Names it."""
        return EntityKey(EntityKind(self.kind), self.entity_id)


class AttributeRow(NamedTuple):
    """An attribute of an entity; its value is sealed."""

    kind: str
    entity_id: str
    name: str
    value: str


class AddressRow(NamedTuple):
    """An address of an entity; its value is sealed."""

    kind: str
    entity_id: str
    lookup: str
    place: int
    namespace: str
    value: str


def hold(connection: sa.Connection, keys: Collection[EntityKey], *, now: int) -> list[EntityRow]:
    """Holds entities until the transaction ends, those that are new created empty, at position 0.

    First the new ones are stored, then all are locked, both in an order that all transactions share. Who stores waits
    only for others that store, and who locks only for others that lock, so nobody deadlocks.
    """
    ordered = sorted(keys)
    empty = [EntityRow(kind, entity_id, "", "", False, now, now, 0) for kind, entity_id in ordered]  # noqa: FBT003
    bulk_upsert(connection, ENTITY, empty, key=_KEY, update=())
    return _rows(connection, _LOCK, ordered)


def find(connection: sa.Connection, keys: Collection[EntityKey]) -> list[EntityRow]:
    """Those of the entities that exist."""
    return _rows(connection, _FIND, keys)


def page(connection: sa.Connection, kind: EntityKind, *, store_id: str, after: str, limit: int) -> list[EntityRow]:
    """Entities of a kind behind the id ``after``, those of a store (empty: all)."""
    query = (
        sa.select(*_COLUMNS)
        .where(ENTITY.c.kind == kind, ENTITY.c.entity_id > after)
        .order_by(ENTITY.c.entity_id)
        .limit(limit)
    )
    if store_id:
        query = query.where(ENTITY.c.store_id == store_id)
    return [EntityRow(*columns) for columns in connection.execute(query)]


def attributes(connection: sa.Connection, keys: Collection[EntityKey]) -> list[AttributeRow]:
    """All attributes of entities."""
    return [AttributeRow(*columns) for columns in _ATTRIBUTES.run(connection, list(keys)).all()] if keys else []


def addresses(connection: sa.Connection, keys: Collection[EntityKey]) -> list[AddressRow]:
    """All addresses of entities, each one's in their order."""
    return [AddressRow(*columns) for columns in _ADDRESSES.run(connection, list(keys)).all()] if keys else []


def put(connection: sa.Connection, rows: Sequence[EntityRow]) -> None:
    """Sets what is known of entities that are held."""
    update = [column.name for column in ENTITY.c if not column.primary_key]
    bulk_upsert(connection, ENTITY, rows, key=_KEY, update=update)


def put_attributes(connection: sa.Connection, rows: Sequence[AttributeRow]) -> None:
    """Sets attributes of entities that are held."""
    bulk_upsert(connection, ENTITY_ATTRIBUTE, rows, key=(*_KEY, "name"), update=("value",))


def clear_attributes(connection: sa.Connection, names: Sequence[tuple[str, str, str]]) -> None:
    """Takes attributes, each by kind, entity id, and name, off entities that are held."""
    if names:
        _CLEAR.run(connection, names)


def replace_addresses(connection: sa.Connection, keys: Collection[EntityKey], rows: Iterable[AddressRow]) -> None:
    """Gives entities that are held the addresses of ``rows`` in place of those they had."""
    if keys:
        _FORGET.run(connection, list(keys))
        bulk_insert(connection, ENTITY_ADDRESS, list(rows))


def _rows(connection: sa.Connection, statement: OverRows, keys: Collection[EntityKey]) -> list[EntityRow]:
    return [EntityRow(*columns) for columns in statement.run(connection, list(keys)).all()] if keys else []


def _plain(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Instants as the microseconds they are stored as."""
    return sa.type_coerce(column, sa.BigInteger) if column.name in ("created", "updated") else column


_COLUMNS = [_plain(ENTITY.c[name]) for name in EntityRow._fields]
_KEYS = [ENTITY.c[name] for name in _KEY]


def _same(table: sa.Table, asked: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == asked.c[name] for name in _KEY))


def _found(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).join_from(asked, ENTITY, _same(ENTITY, asked)).order_by(*_KEYS)


def _attributes(asked: sa.FromClause) -> sa.Select[Any]:
    columns = [ENTITY_ATTRIBUTE.c[name] for name in AttributeRow._fields]
    return sa.select(*columns).join_from(asked, ENTITY_ATTRIBUTE, _same(ENTITY_ATTRIBUTE, asked))


def _addresses(asked: sa.FromClause) -> sa.Select[Any]:
    columns = [ENTITY_ADDRESS.c[name] for name in AddressRow._fields]
    found = sa.select(*columns).join_from(asked, ENTITY_ADDRESS, _same(ENTITY_ADDRESS, asked))
    return found.order_by(ENTITY_ADDRESS.c.place)


def _gone(table: sa.Table, names: Sequence[str], gone: sa.FromClause) -> sa.Delete:
    named = sa.select(*(gone.c[name] for name in names))
    return sa.delete(table).where(sa.tuple_(*(table.c[name] for name in names)).in_(named))


_NAME = (*_KEY, "name")
_FIND = OverRows(_KEYS, _found)
_LOCK = OverRows(_KEYS, lambda asked: _found(asked).with_for_update(of=ENTITY, key_share=True))
_ATTRIBUTES = OverRows(_KEYS, _attributes)
_ADDRESSES = OverRows(_KEYS, _addresses)
_CLEAR = OverRows(
    [ENTITY_ATTRIBUTE.c[name] for name in _NAME],
    lambda gone: _gone(ENTITY_ATTRIBUTE, _NAME, gone),
    name="gone",
)
_FORGET = OverRows(_KEYS, lambda gone: _gone(ENTITY_ADDRESS, _KEY, gone), name="gone")

"""All columns whose values are sealed, and the statements that put them under another key, a stretch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.store.tables import (
    ATTRIBUTE,
    ATTRIBUTE_VALUE,
    CONFLICT,
    ENTITY,
    ENTITY_ADDRESS,
    ENTITY_ATTRIBUTE,
    ENTITY_EVENT,
    EVENT,
    HOUSEHOLD,
    IDENTIFIER,
    RESEALING,
    UNLINKING,
)
from tidegate.runtime.cipher import BYTES_MARK, ID_LENGTH, TEXT_MARK
from tidegate.runtime.db import Instant, OverRows, bulk_upsert

Key = Sequence[Any]
"""The primary key of a row, instants as microseconds."""


@dataclass(frozen=True)
class Part:
    """A column of sealed values. They are bound to ``about``, with what the column ``by`` of their row has behind."""

    column: sa.Column[Any]
    about: str
    by: sa.Column[Any] | None = None

    @property
    def name(self) -> str:
        """`identifier.value`."""
        return f"{self.column.table.name}.{self.column.name}"

    @property
    def key(self) -> list[sa.Column[Any]]:
        """The primary key of the rows."""
        return list(self.table.primary_key.columns)

    @property
    def table(self) -> sa.Table:
        """The table that has the column."""
        table = self.column.table
        assert isinstance(table, sa.Table)
        return table

    def bound_to(self, by: str | None) -> str:
        """What a value is bound to; ``by`` is what the row has in that column."""
        return self.about if by is None else f"{self.about}.{by}"


# What is copied from one column into another stands behind it.
PARTS = (
    Part(IDENTIFIER.c.value, "identifier", by=IDENTIFIER.c.namespace),
    Part(UNLINKING.c.value, "identifier", by=UNLINKING.c.namespace),
    Part(ATTRIBUTE_VALUE.c.value, "attribute", by=ATTRIBUTE_VALUE.c.name),
    Part(ATTRIBUTE.c.value, "attribute", by=ATTRIBUTE.c.name),
    Part(CONFLICT.c.identifiers, "conflict"),
    Part(EVENT.c.others, "event"),
    Part(EVENT.c.body, "event"),
    Part(ENTITY.c.display_name, "entity"),
    Part(ENTITY_ATTRIBUTE.c.value, "entity"),
    Part(ENTITY_ADDRESS.c.value, "entity"),
    Part(ENTITY_EVENT.c.personal, "entity"),
    Part(HOUSEHOLD.c.attributes, "household"),
)
BY_NAME = {part.name: part for part in PARTS}


class Standing(NamedTuple):
    """How far a part is under a key; ``reached`` is None before the first row."""

    part: str
    reached: Key | None
    changed: bool
    seen: int
    resealed: int
    finished: bool


class SealedRow(NamedTuple):
    """A value as it is stored, with the key of its row and what completes that to which it is bound."""

    key: Key
    by: str | None
    value: Any


def begin(connection: sa.Connection, key_id: str) -> None:
    """Notes that everything is to come under a key; what is noted already stays."""
    rows = [
        {"key_id": key_id, "part": part.name, "changed": False, "seen": 0, "resealed": 0, "finished": False}
        for part in PARTS
    ]
    bulk_upsert(connection, RESEALING, rows, key=["key_id", "part"], update=[])


def begin_again(connection: sa.Connection, key_id: str) -> None:
    """Has all parts that were finished under a key be looked through once more."""
    r = RESEALING.c
    again = {r.reached: sa.null(), r.changed: False, r.finished: False}
    connection.execute(sa.update(RESEALING).where(r.key_id == key_id, r.finished).values(again))


def standing(connection: sa.Connection, key_id: str) -> list[Standing]:
    """How far the parts are, those that were begun."""
    return [Standing(*row) for row in connection.execute(_standing(key_id))]


def claim(connection: sa.Connection, key_id: str) -> Standing | None:
    """A part that is not finished, and is nobody else's until the transaction ends; None when there is none."""
    r = RESEALING.c
    open_parts = _standing(key_id).where(r.finished.is_(False), r.part.in_(list(BY_NAME))).limit(1)
    row = connection.execute(open_parts.with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else Standing(*row)


def note(connection: sa.Connection, key_id: str, now: Standing) -> None:
    """Notes how far a part is."""
    r = RESEALING.c
    reached = sa.null() if now.reached is None else list(now.reached)
    connection.execute(
        sa.update(RESEALING).where(r.key_id == key_id, r.part == now.part).values({**now._asdict(), "reached": reached})
    )


def forget(connection: sa.Connection, key_id: str) -> None:
    """Forgets how far the parts were under a key."""
    connection.execute(sa.delete(RESEALING).where(RESEALING.c.key_id == key_id))


def stretch(
    connection: sa.Connection, part: Part, head: str | bytes, *, after: Key | None, limit: int
) -> list[tuple[Key, bool]]:
    """The keys of the next rows in their order, and whether each value is under another key than ``head`` begins."""
    column = part.column
    stale = sa.and_(column.is_not(None), sa.func.substr(column, 1, len(head)) != head)
    query = sa.select(*_keys(part), stale).order_by(*part.key).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(*part.key) > sa.tuple_(*map(sa.literal, after)))
    return [(tuple(key), is_stale) for *key, is_stale in connection.execute(query)]


def lock(connection: sa.Connection, part: Part, keys: Sequence[Key]) -> list[SealedRow]:
    """The rows of these keys as they are now, held until the transaction ends.

    Rows that somebody else holds are left out: who waits for nobody is in nobody's way.
    """
    return [SealedRow(tuple(key), by, value) for *key, by, value in _lock(part).run(connection, keys)]


def store(connection: sa.Connection, part: Part, rows: Sequence[tuple[Key, Any]]) -> None:
    """Sets the values of rows that are held."""
    if connection.dialect.name == "postgresql":
        _store(part).run(connection, [(*key, value) for key, value in rows])
        return
    # Bytes travel in no set to SQLite, which has no round trips to save either.
    names = [column.name for column in part.key]
    where = [
        column
        == sa.bindparam(
            f"key_{column.name}", type_=sa.BigInteger() if isinstance(column.type, Instant) else column.type
        )
        for column in part.key
    ]
    statement = sa.update(part.table).where(*where).values({part.column: sa.bindparam("sealed")})
    connection.execute(
        statement,
        [
            {"sealed": value, **{f"key_{name}": each for name, each in zip(names, key, strict=True)}}
            for key, value in rows
        ],
    )


def counts(connection: sa.Connection, part: Part) -> dict[str, int]:
    """How many values of the part each key seals; under the empty id those that are plain."""
    column = part.column
    mark: str | bytes = BYTES_MARK if isinstance(column.type, sa.LargeBinary) else TEXT_MARK
    is_sealed = sa.func.substr(column, 1, 1) == mark
    key_id = sa.case((is_sealed, sa.func.substr(column, 2, ID_LENGTH)), else_=sa.null())
    query = sa.select(key_id, sa.func.count()).where(column.is_not(None)).group_by(key_id)
    return {_text(found): count for found, count in connection.execute(query)}


def _text(key_id: str | bytes | None) -> str:
    if key_id is None:
        return ""
    return key_id if isinstance(key_id, str) else bytes(key_id).decode(errors="replace")


def _standing(key_id: str) -> sa.Select[Any]:
    r = RESEALING.c
    columns = (r.part, r.reached, r.changed, r.seen, r.resealed, r.finished)
    places = {part.name: place for place, part in enumerate(PARTS)}
    return sa.select(*columns).where(r.key_id == key_id).order_by(sa.case(places, value=r.part, else_=len(places)))


def _keys(part: Part) -> list[sa.ColumnElement[Any]]:
    """The key's columns, instants as the microseconds they are stored as."""
    return [sa.type_coerce(c, sa.BigInteger) if isinstance(c.type, Instant) else c for c in part.key]


@lru_cache(len(PARTS))
def _lock(part: Part) -> OverRows:
    by: sa.ColumnElement[Any] = sa.null() if part.by is None else part.by

    def make(asked: sa.FromClause) -> sa.Select[Any]:
        same = sa.and_(*(column == asked.c[column.name] for column in part.key))
        found = sa.select(*_keys(part), by, part.column).join_from(asked, part.table, same)
        return found.with_for_update(skip_locked=True, of=part.table)

    return OverRows(part.key, make)


@lru_cache(len(PARTS))
def _store(part: Part) -> OverRows:
    def make(given: sa.FromClause) -> sa.Update:
        same = sa.and_(*(column == given.c[column.name] for column in part.key))
        return sa.update(part.table).where(same).values({part.column: given.c[part.column.name]})

    return OverRows([*part.key, part.column], make, name="given")

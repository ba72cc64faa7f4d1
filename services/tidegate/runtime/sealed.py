"""The columns of a service whose values are sealed, and the statements that put them under another key.

What is empty is not sealed: it tells nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.runtime.cipher import BYTES_MARK, ID_LENGTH, TEXT_MARK
from tidegate.runtime.db import Instant, Json, OverRows, bulk_upsert

_REMEMBERED = 64

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


def resealing_table(metadata: sa.MetaData) -> sa.Table:
    """Declares where a service keeps how far a part of what is sealed is under a key: see resealing.py."""
    return sa.Table(
        "resealing",
        metadata,
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("part", sa.Text, primary_key=True),
        # The key of the last row that was looked at; null before the first.
        sa.Column("reached", Json),
        # Whether this time through anything was found that was not under the key yet.
        sa.Column("changed", sa.Boolean, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("resealed", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
    )


@dataclass(frozen=True)
class Sealed:
    """All parts of a service, in the order in which they are re-sealed, and the table of how far they are."""

    table: sa.Table
    parts: Sequence[Part]

    def part(self, name: str) -> Part:
        """The part of this name."""
        return next(part for part in self.parts if part.name == name)

    def begin(self, connection: sa.Connection, key_id: str) -> None:
        """Notes that everything is to come under a key; what is noted already stays."""
        rows = [
            {"key_id": key_id, "part": part.name, "changed": False, "seen": 0, "resealed": 0, "finished": False}
            for part in self.parts
        ]
        bulk_upsert(connection, self.table, rows, key=["key_id", "part"], update=[])

    def begin_again(self, connection: sa.Connection, key_id: str) -> None:
        """Has all parts that were finished under a key be looked through once more."""
        r = self.table.c
        again = {r.reached: sa.null(), r.changed: False, r.finished: False}
        connection.execute(sa.update(self.table).where(r.key_id == key_id, r.finished).values(again))

    def standing(self, connection: sa.Connection, key_id: str) -> list[Standing]:
        """How far the parts are, those that were begun."""
        return [Standing(*row) for row in connection.execute(self._standing(key_id))]

    def is_begun(self, connection: sa.Connection, key_id: str) -> bool:
        """Whether all parts were begun under a key."""
        return self._names <= {each.part for each in self.standing(connection, key_id)}

    def is_finished(self, connection: sa.Connection, key_id: str) -> bool:
        """Whether everything is under a key."""
        return self._names <= {each.part for each in self.standing(connection, key_id) if each.finished}

    def claim(self, connection: sa.Connection, key_id: str) -> Standing | None:
        """A part that is not finished, and is nobody else's until the transaction ends; None when there is none."""
        r = self.table.c
        open_parts = self._standing(key_id).where(r.finished.is_(False), r.part.in_(sorted(self._names))).limit(1)
        row = connection.execute(open_parts.with_for_update(skip_locked=True)).one_or_none()
        return None if row is None else Standing(*row)

    def note(self, connection: sa.Connection, key_id: str, now: Standing) -> None:
        """Notes how far a part is."""
        r = self.table.c
        reached = sa.null() if now.reached is None else list(now.reached)
        changed = sa.update(self.table).where(r.key_id == key_id, r.part == now.part)
        connection.execute(changed.values({**now._asdict(), "reached": reached}))

    def forget(self, connection: sa.Connection, key_id: str) -> None:
        """Forgets how far the parts were under a key."""
        connection.execute(sa.delete(self.table).where(self.table.c.key_id == key_id))

    @property
    def _names(self) -> set[str]:
        return {part.name for part in self.parts}

    def _standing(self, key_id: str) -> sa.Select[Any]:
        r = self.table.c
        columns = (r.part, r.reached, r.changed, r.seen, r.resealed, r.finished)
        places = {part.name: place for place, part in enumerate(self.parts)}
        return sa.select(*columns).where(r.key_id == key_id).order_by(sa.case(places, value=r.part, else_=len(places)))


def stretch(
    connection: sa.Connection, part: Part, head: str | bytes, *, after: Key | None, limit: int
) -> list[tuple[Key, bool]]:
    """The keys of the next rows in their order, and whether each value is under another key than ``head`` begins."""
    column = part.column
    stale = sa.and_(_is_filled(column), sa.func.substr(column, 1, len(head)) != head)
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
    query = sa.select(key_id, sa.func.count()).where(_is_filled(column)).group_by(key_id)
    return {_text(found): count for found, count in connection.execute(query)}


def _is_filled(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(column.is_not(None), sa.func.length(column) > 0)


def _text(key_id: str | bytes | None) -> str:
    if key_id is None:
        return ""
    return key_id if isinstance(key_id, str) else bytes(key_id).decode(errors="replace")


def _keys(part: Part) -> list[sa.ColumnElement[Any]]:
    """The key's columns, instants as the microseconds they are stored as."""
    return [sa.type_coerce(c, sa.BigInteger) if isinstance(c.type, Instant) else c for c in part.key]


@lru_cache(_REMEMBERED)
def _lock(part: Part) -> OverRows:
    by: sa.ColumnElement[Any] = sa.null() if part.by is None else part.by

    def make(asked: sa.FromClause) -> sa.Select[Any]:
        same = sa.and_(*(column == asked.c[column.name] for column in part.key))
        found = sa.select(*_keys(part), by, part.column).join_from(asked, part.table, same)
        return found.with_for_update(skip_locked=True, of=part.table)

    return OverRows(part.key, make)


@lru_cache(_REMEMBERED)
def _store(part: Part) -> OverRows:
    def make(given: sa.FromClause) -> sa.Update:
        same = sa.and_(*(column == given.c[column.name] for column in part.key))
        return sa.update(part.table).where(same).values({part.column: given.c[part.column.name]})

    return OverRows([*part.key, part.column], make, name="given")

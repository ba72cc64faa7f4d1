"""Any number of rows with one statement, alike on both databases.

PostgreSQL takes the columns as arrays (`unnest`), SQLite takes the rows as one JSON text (`json_each`), so
the statement's text, and with it its plan, does not depend on the number of rows. Where many rows are inserted and
no conflict is foreseen, PostgreSQL takes them by COPY. What costs is to put a
statement together, many times as much as to run it with a few rows: one that is known beforehand is made once
(`OverRows`), and what is inserted is looked up by its table.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from types import NoneType
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tidegate.runtime.clock import micros
from tidegate.runtime.db.copying import FEWEST, Copy
from tidegate.runtime.db.types import Instant, Json

Values = Sequence[Any]
"""One column of several rows."""

Processor = Callable[[Values], Values]
Rows = Sequence[Mapping[str, Any]] | Sequence[Sequence[Any]]
Result: TypeAlias = "sa.CursorResult[*tuple[Any, ...]]"

_REMEMBERED = 512
_TOGETHER = 50


class OverRows:
    """A statement over a set of rows, made once for each database and run with any rows.

    ``make`` is given the rows as something to select from or join with, under ``name``, its columns named like
    ``columns``. The statement may have further parameters (``bindparam``).
    """

    def __init__(
        self, columns: Sequence[sa.Column[Any]], make: Callable[[sa.FromClause], sa.Executable], *, name: str = "asked"
    ) -> None:
        self._columns = columns
        self._make = make
        self._name = name
        self._made: dict[str, tuple[_Travel, sa.Executable]] = {}

    def run(self, connection: sa.Connection, rows: Sequence[Sequence[Any]], **parameters: Any) -> Result:
        """Runs the statement with ``rows``, whose values are bound by the columns' types."""
        travel, statement = self._made.get(connection.dialect.name) or self._for(connection.dialect)
        for place, text in enumerate(travel.texts(rows)):
            parameters[self._parameter(place)] = text
        return connection.execute(statement, parameters)

    def _for(self, dialect: sa.Dialect) -> "tuple[_Travel, sa.Executable]":
        travel = _travel(dialect, self._columns)
        given = [sa.bindparam(self._parameter(place), type_=sa.Text()) for place in range(travel.count)]
        made = self._made[dialect.name] = travel, self._make(travel.source(self._name, given))
        return made

    def _parameter(self, place: int) -> str:
        return f"{self._name}_{place}"


def row_source(
    connection: sa.Connection,
    name: str,
    columns: Sequence[sa.Column[Any]],
    rows: Sequence[Sequence[Any]],
) -> sa.FromClause:
    """``rows`` as something to select from or join with, under ``name``, its columns named like ``columns``.

    Values are bound by the columns' types: an Instant may be a datetime or microseconds. Bytes travel only
    to PostgreSQL (JSON has none); insert them with bulk_insert.
    """
    travel = _travel(connection.dialect, columns)
    return travel.source(name, [sa.literal(text, sa.Text()) for text in travel.texts(rows)])


def insert(connection: sa.Connection, table: sa.Table) -> Any:
    """The dialect's INSERT, which has on_conflict_do_nothing, on_conflict_do_update, and returning."""
    return _insert(connection.dialect, table)


def bulk_insert(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Inserts ``rows``; a conflict is an error.

    A row is a mapping, all with the same keys, or has a value for every column of the table, in their order.
    """
    _bulk(connection, table, rows, None)


def bulk_upsert(
    connection: sa.Connection,
    table: sa.Table,
    rows: Rows,
    *,
    key: Sequence[str],
    update: Collection[str],
) -> None:
    """Inserts ``rows``; where ``key`` exists, sets the columns of ``update`` (none: leaves the row alone).

    No two rows may have the same key: neither database can tell which should win.
    """
    _bulk(connection, table, rows, (tuple(key), tuple(update)))


Settled = tuple[tuple[str, ...], tuple[str, ...]] | None
"""What becomes of conflicts: the key they are about and the columns to update; None: they are errors."""


def _bulk(connection: sa.Connection, table: sa.Table, rows: Rows, settled: Settled) -> None:
    if not rows:
        return
    first, names = rows[0], tuple(table.c.keys())
    if isinstance(first, Mapping):
        names = tuple(name for name in names if name in first)
        rows = _tuples(rows, names)
    _insertion(_Kind.of(connection.dialect), table, names, settled).run(connection, rows)


def _tuples(rows: Sequence[Any], names: Sequence[str]) -> list[tuple[Any, ...]]:
    if len(names) == 1:  # itemgetter would give the value itself
        return [(row[names[0]],) for row in rows]
    return list(map(itemgetter(*names), rows))


class _Insertion(ABC):
    """The insertion of rows, which have values for ``columns`` in their order, into one table."""

    @abstractmethod
    def run(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        """Inserts ``rows``."""


class _Copied(_Insertion):
    """Few rows go from arrays all the same."""

    def __init__(
        self, dialect: sa.Dialect, table: sa.Table, columns: Sequence[sa.Column[Any]], few: _Insertion
    ) -> None:
        self._copy = Copy(dialect, table, columns)
        self._processors = _processors(dialect, columns)
        self._few = few

    def run(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        if len(rows) < FEWEST:
            self._few.run(connection, rows)
        else:
            self._copy.run(connection, _processed(list(zip(*rows, strict=True)), self._processors))


class _FromArrays(_Insertion):
    def __init__(self, columns: Sequence[sa.Column[Any]], statement: Any, settled: Settled) -> None:
        def make(given: sa.FromClause) -> sa.Executable:
            settling: sa.Executable = _settling(statement.from_select(columns, sa.select(*given.c)), settled)
            return settling

        self._statement = OverRows(columns, make, name="given")

    def run(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        self._statement.run(connection, rows)


class _FromParameters(_Insertion):
    """SQLite has no round trips to save: the driver's executemany is faster than any set.

    To run a statement costs it about as much as a row does: most rows go ``_TOGETHER`` at a time, and those left over
    one by one.
    """

    def __init__(
        self, dialect: sa.Dialect, columns: Sequence[sa.Column[Any]], statement: Any, settled: Settled
    ) -> None:
        names = [column.name for column in columns]
        compiled = _settling(statement, settled).compile(dialect=dialect, column_keys=names)
        assert compiled.positiontup == names
        row = f"({', '.join('?' * len(names))})"
        self._single = str(compiled)
        self._several = self._single.replace(row, ", ".join([row] * _TOGETHER), 1)
        self._processors = _processors(dialect, columns)

    def run(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        processed = _processed_rows(rows, self._processors)
        left = len(processed) - len(processed) % _TOGETHER
        together = [
            tuple(chain.from_iterable(processed[start : start + _TOGETHER])) for start in range(0, left, _TOGETHER)
        ]
        if together:
            connection.exec_driver_sql(self._several, together)
        if left < len(processed):
            connection.exec_driver_sql(self._single, processed[left:])


@dataclass(frozen=True, slots=True)
class _Kind:
    """A dialect, the same as any other of its name: every engine has one of its own."""

    name: str
    dialect: sa.Dialect = field(compare=False)

    @classmethod
    def of(cls, dialect: sa.Dialect) -> "_Kind":
        return cls(dialect.name, dialect)


@lru_cache(_REMEMBERED)
def _insertion(kind: _Kind, table: sa.Table, names: Sequence[str], settled: Settled) -> _Insertion:
    dialect = kind.dialect
    columns = [table.c[name] for name in names]
    statement = _insert(dialect, table)
    if dialect.name == "postgresql":
        arrays = _FromArrays(columns, statement, settled)
        return arrays if settled else _Copied(dialect, table, columns, arrays)
    return _FromParameters(dialect, columns, statement, settled)


def _insert(dialect: sa.Dialect, table: sa.Table) -> Any:
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def _settling(statement: Any, settled: Settled) -> Any:
    if settled is None:
        return statement
    key, update = settled
    if not update:
        return statement.on_conflict_do_nothing(index_elements=key)
    changes = {name: statement.excluded[name] for name in update}
    return statement.on_conflict_do_update(index_elements=key, set_=changes)


def _processors(dialect: sa.Dialect, columns: Sequence[sa.Column[Any]]) -> list[Processor | None]:
    """What each column's type does to its values before they travel; bytes travel as they are."""
    return [_processor(dialect, column.type) for column in columns]


def _processor(dialect: sa.Dialect, type_: sa.types.TypeEngine[Any]) -> Processor | None:
    if isinstance(type_, sa.LargeBinary):
        return None
    if isinstance(type_, Instant):  # a set has many: a decorator's way costs ten times as much, of JSON twice
        return _microseconds
    if isinstance(type_, Json):
        return _documents
    process = type_.dialect_impl(dialect).bind_processor(dialect)
    return None if process is None else lambda values: [process(value) for value in values]


def _microseconds(values: Values) -> Values:
    if datetime not in set(map(type, values)):
        return values
    return [micros(value) if isinstance(value, datetime) else value for value in values]


def _processed(by_column: Sequence[Values], processors: Sequence[Processor | None]) -> list[Values]:
    return [
        values if process is None else process(values) for values, process in zip(by_column, processors, strict=True)
    ]


def _processed_rows(rows: Sequence[Any], processors: Sequence[Processor | None]) -> Sequence[Any]:
    if not rows or not any(processors):
        return rows
    columns = list(zip(*rows, strict=True))
    processed = _processed(columns, processors)
    if all(after is before for after, before in zip(processed, columns, strict=True)):
        return rows
    return list(zip(*processed, strict=True))


class _Travel(ABC):
    """How rows of some columns travel to one kind of database: as ``count`` texts."""

    count: int

    @abstractmethod
    def texts(self, rows: Sequence[Sequence[Any]]) -> Sequence[str]:
        """``rows`` as the texts that are sent."""

    @abstractmethod
    def source(self, name: str, texts: Sequence[sa.ColumnElement[str]]) -> sa.FromClause:
        """What the texts, as they arrive, are selected from."""


class _Arrays(_Travel):
    """To PostgreSQL: an array for each column."""

    def __init__(self, dialect: sa.Dialect, columns: Sequence[sa.Column[Any]]) -> None:
        self.count = len(columns)
        self._columns = columns
        self._processors = _processors(dialect, columns)
        self._types = [postgresql.ARRAY(_travelling(column.type, dialect)) for column in columns]

    def texts(self, rows: Sequence[Sequence[Any]]) -> Sequence[str]:
        by_column = list(zip(*rows, strict=True)) or [()] * self.count
        return [_array_literal(values) for values in _processed(by_column, self._processors)]

    def source(self, name: str, texts: Sequence[sa.ColumnElement[str]]) -> sa.FromClause:
        arrays = [sa.cast(text, type_) for text, type_ in zip(texts, self._types, strict=True)]
        given = [sa.column(column.name, _selected_type(column)) for column in self._columns]
        table = sa.func.unnest(*arrays).table_valued(*given, name=name).render_derived()
        if not any(isinstance(column.type, Json) for column in self._columns):
            return table
        selected = (_arriving(table.c[column.name], column) for column in self._columns)
        return sa.select(*selected).subquery(f"{name}_rows")


class _Document(_Travel):
    """To SQLite: one JSON text, a list of rows, or of values where there is one column."""

    count = 1

    def __init__(self, dialect: sa.Dialect, columns: Sequence[sa.Column[Any]]) -> None:
        self._columns = columns
        self._processors = _processors(dialect, columns)

    def texts(self, rows: Sequence[Sequence[Any]]) -> Sequence[str]:
        processed = _processed_rows(rows, self._processors)
        return [_document([row[0] for row in processed] if len(self._columns) == 1 else processed)]

    def source(self, name: str, texts: Sequence[sa.ColumnElement[str]]) -> sa.FromClause:
        each = sa.func.json_each(*texts).table_valued("value", name=f"{name}_each")
        values: list[sa.ColumnElement[Any]] = [each.c.value]
        if len(self._columns) > 1:
            values = [sa.func.json_extract(each.c.value, f"$[{place}]") for place in range(len(self._columns))]
        return sa.select(
            *(
                sa.type_coerce(value, column.type).label(column.name)
                for value, column in zip(values, self._columns, strict=True)
            )
        ).subquery(name)


def _travel(dialect: sa.Dialect, columns: Sequence[sa.Column[Any]]) -> _Travel:
    return _Arrays(dialect, columns) if dialect.name == "postgresql" else _Document(dialect, columns)


def _travelling(type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
    """The plain type an array of such values has on its way: decorators have done their part already."""
    if isinstance(type_, Json):
        return sa.Text()
    if isinstance(type_, sa.types.TypeDecorator):
        return type_.load_dialect_impl(dialect)
    return type_


def _selected_type(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    return sa.Text() if isinstance(column.type, Json) else column.type


def _arriving(value: sa.ColumnElement[Any], column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, Json):
        return sa.cast(value, postgresql.JSONB).label(column.name)
    return value


def _array_literal(values: Values) -> str:
    """PostgreSQL's text form of an array; the driver's own way there takes ten times as long."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {NoneType}:
        return "{" + ",".join(["NULL"] * len(values)) + "}"
    if kinds == {bytes}:
        return '{"\\\\x' + '","\\\\x'.join([value.hex() for value in values]) + '"}'
    if kinds == {str}:
        escaped = "\0".join(values).replace("\\", "\\\\").replace('"', '\\"')
        if escaped.count("\0") == len(values) - 1:
            return '{"' + escaped.replace("\0", '","') + '"}'
    return "{" + ",".join([_element(value) for value in values]) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bytes):
        return '"\\\\x' + value.hex() + '"'
    return str(value)


def _documents(values: Values) -> Values:
    return [None if value is None else _document(value) for value in values]


_document = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=list).encode

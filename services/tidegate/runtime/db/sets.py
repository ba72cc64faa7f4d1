"""Any number of rows with one statement, alike on both databases.

PostgreSQL takes the columns as arrays (`unnest`), SQLite takes the rows as one JSON text (`json_each`), so
the statement's text, and with it its plan, does not depend on the number of rows.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tidegate.runtime.clock import micros
from tidegate.runtime.db.types import Instant, Json

Processor = Callable[[Any], Any]


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
    if connection.dialect.name == "postgresql":
        by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
        return _unnest(connection.dialect, name, columns, by_column)
    return _json_each(connection.dialect, name, columns, rows)


def insert(connection: sa.Connection, table: sa.Table) -> Any:
    """The dialect's INSERT, which has on_conflict_do_nothing, on_conflict_do_update, and returning."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def bulk_insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts ``rows``, which all have the same keys; a conflict is an error."""
    _bulk(connection, table, rows, lambda statement: statement)


def bulk_upsert(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    update: Collection[str],
) -> None:
    """Inserts ``rows``; where ``key`` exists, sets the columns of ``update`` (none: leaves the row alone).

    No two rows may have the same key: neither database can tell which should win.
    """

    def settled(statement: Any) -> Any:
        if not update:
            return statement.on_conflict_do_nothing(index_elements=list(key))
        changes = {name: statement.excluded[name] for name in update}
        return statement.on_conflict_do_update(index_elements=list(key), set_=changes)

    _bulk(connection, table, rows, settled)


def _bulk(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    settled: Callable[[Any], Any],
) -> None:
    """Inserts ``rows``; ``settled`` adds to the statement what becomes of conflicts."""
    if not rows:
        return
    columns = [column for column in table.c if column.name in rows[0]]  # in the order SQL is compiled in
    statement = insert(connection, table)
    if connection.dialect.name == "postgresql":
        source = _given(connection, columns, rows)
        connection.execute(settled(statement.from_select(columns, sa.select(*source.c))))
        return
    # SQLite has no round trips to save: the driver's executemany is faster than any set
    named = [column.name for column in columns]
    compiled = settled(statement).compile(dialect=connection.dialect, column_keys=named)
    ordered = [table.c[name] for name in compiled.positiontup]
    connection.exec_driver_sql(str(compiled), _driver_rows(connection.dialect, ordered, rows))


def _driver_rows(
    dialect: sa.Dialect, columns: Sequence[sa.Column[Any]], rows: Sequence[Mapping[str, Any]]
) -> list[tuple[Any, ...]]:
    by_column = [
        [row[column.name] if process is None else process(row[column.name]) for row in rows]
        for column, process in zip(columns, _processors(dialect, columns), strict=True)
    ]
    return list(zip(*by_column, strict=True))


def _given(
    connection: sa.Connection, columns: Sequence[sa.Column[Any]], rows: Sequence[Mapping[str, Any]]
) -> sa.FromClause:
    """``rows`` on PostgreSQL, as something to select from."""
    names = [column.name for column in columns]
    by_column = [[row[name] for row in rows] for name in names]
    return _unnest(connection.dialect, "given", columns, by_column)


def _processors(dialect: sa.Dialect, columns: Sequence[sa.Column[Any]]) -> list[Processor | None]:
    """What each column's type does to a value before it travels; bytes travel as they are."""
    return [_processor(dialect, column.type) for column in columns]


def _processor(dialect: sa.Dialect, type_: sa.types.TypeEngine[Any]) -> Processor | None:
    if isinstance(type_, sa.LargeBinary):
        return None
    if isinstance(type_, Instant):  # a set has many: a decorator's way costs ten times as much
        return _microseconds
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _microseconds(value: Any) -> Any:
    return micros(value) if isinstance(value, datetime) else value


def _unnest(
    dialect: sa.Dialect, name: str, columns: Sequence[sa.Column[Any]], by_column: Sequence[Sequence[Any]]
) -> sa.FromClause:
    arrays = []
    for column, values, process in zip(columns, by_column, _processors(dialect, columns), strict=True):
        if isinstance(column.type, Json):
            values = [None if value is None else _document(value) for value in values]
        elif process is not None:
            values = [process(value) for value in values]
        array = postgresql.ARRAY(_travelling(column.type, dialect))
        arrays.append(sa.cast(sa.literal(_array_literal(values), sa.Text()), array))
    given = [sa.column(column.name, _selected_type(column)) for column in columns]
    table = sa.func.unnest(*arrays).table_valued(*given, name=name).render_derived()
    selected = (_arriving(table.c[column.name], column) for column in columns)
    return sa.select(*selected).subquery(f"{name}_rows") if _any_json(columns) else table


def _json_each(
    dialect: sa.Dialect, name: str, columns: Sequence[sa.Column[Any]], rows: Sequence[Sequence[Any]]
) -> sa.FromClause:
    processors = _processors(dialect, columns)
    if any(process is not None for process in processors):
        rows = [
            [process(value) if process else value for value, process in zip(row, processors, strict=True)]
            for row in rows
        ]
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False, default=list)
    each = sa.func.json_each(sa.literal(text, sa.Text())).table_valued("value", name=f"{name}_each")
    return sa.select(
        *(
            sa.type_coerce(sa.func.json_extract(each.c.value, f"$[{index}]"), column.type).label(column.name)
            for index, column in enumerate(columns)
        )
    ).subquery(name)


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


def _any_json(columns: Sequence[sa.Column[Any]]) -> bool:
    return any(isinstance(column.type, Json) for column in columns)


def _array_literal(values: Sequence[Any]) -> str:
    """PostgreSQL's text form of an array; the driver's own way there takes ten times as long."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
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


_document = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

"""What SQLite's planner is told about tables, so that it plans for the sizes that matter.

Without statistics SQLite takes it that ten rows share the first columns of an index. It then prefers to walk all
of a caller's keys, or all of an experiment's assignments, and to look each up in the thousand that were asked for,
over looking up the thousand: a batch's cost grows with the table. Statistics of a large table, filled in beforehand,
keep the plans fixed (https://sqlite.org/optoverview.html, "prepopulated sqlite_stat1").
"""

from collections.abc import Iterator

import sqlalchemy as sa

_ROWS = 1_000_000
_PARTIAL_ROWS = 10_000
_ROWS_OF_PREFIX = 10_000
_ROWS_OF_KEY = 100


def expect_large_tables(connection: sa.Connection) -> None:
    """Fills in SQLite's statistics for every index there is; on PostgreSQL autovacuum gathers true ones."""
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql("ANALYZE")  # makes the table of statistics
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", list(_statistics(connection)))
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # reads it back


def _statistics(connection: sa.Connection) -> Iterator[tuple[str, str, str]]:
    """Table, index, and how many rows there are and share each prefix of its columns."""
    indexes = connection.exec_driver_sql(
        """
        SELECT tables.name, indexes.name, indexes."unique", indexes.partial,
               (SELECT count(*) FROM pragma_index_info(indexes.name))
        FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS indexes
        WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite!_%' ESCAPE '!'
        """
    )
    for table, index, unique, partial, columns in indexes.all():
        rows = _PARTIAL_ROWS if partial else _ROWS
        prefix = min(_ROWS_OF_PREFIX, rows // 100)
        shared = [*[prefix] * (columns - 1), 1 if unique else min(_ROWS_OF_KEY, prefix)]
        yield table, index, " ".join(map(str, [rows, *shared]))

"""Many rows into a table of PostgreSQL by COPY, which costs the server a third less than an INSERT of the same rows.

It goes through SQLAlchemy like any statement, so that errors, lost connections, and those who count statements see
it as one. The format is PostgreSQL's text format (documentation of COPY, "File Formats").
"""

import re
from collections.abc import Sequence
from types import NoneType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

FEWEST = 100
"""Rows for which COPY, a round trip more than INSERT, is worth it."""

_NULL = "\\N"
_BYTES = "\\\\x"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PARAMETER = "rows"


def enable(engine: sa.Engine) -> None:
    """Lets connections of ``engine``, one to PostgreSQL, run what Copy sends."""
    event.listen(engine, "do_execute", _copy)


class Copy:
    """COPY into columns of one table."""

    def __init__(self, dialect: sa.Dialect, table: sa.Table, columns: Sequence[sa.Column[Any]]) -> None:
        name = dialect.identifier_preparer.format_table(table)
        names = ", ".join(map(dialect.identifier_preparer.format_column, columns))
        self._statement = f"COPY {name} ({names}) FROM STDIN"

    def run(self, connection: sa.Connection, by_column: Sequence[Sequence[Any]]) -> None:
        """Inserts rows, given by column, each value as it travels. A conflict is an error."""
        lines = map("\t".join, zip(*map(_texts, by_column), strict=True))
        connection.exec_driver_sql(self._statement, {_PARAMETER: "\n".join(lines)})


def _copy(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool | None:
    """Runs a COPY by the driver's own call; True: it has been run."""
    if not statement.startswith("COPY "):
        return None
    with cursor.copy(statement) as copy:
        copy.write(parameters[_PARAMETER])
    return True


def _texts(values: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds == {int}:
        return list(map(str, values))
    if kinds == {NoneType}:
        return [_NULL] * len(values)
    if kinds == {bytes}:
        return [_BYTES + value.hex() for value in values]
    if kinds == {str} and not _SPECIAL.search("\0".join(values)):
        return values
    return list(map(_text, values))


def _text(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    return _BYTES + value.hex() if isinstance(value, bytes) else str(value)

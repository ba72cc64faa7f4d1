"""Opens the DuckDB file; one writer at a time, readers beside it with snapshots of their own."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tidegate.runtime.config import ConfigError
from tidegate.segmentation.analytic_store.schema import ADDED, SCHEMA, VERSION

Connection = duckdb.DuckDBPyConnection
QueryError = duckdb.Error
"""A query that the analytic store could not answer."""


class AnalyticStoreError(ConfigError):
    """The analytic store can't be opened; the message says what to do."""


class Analytics:
    """The DuckDB file of this process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._write_lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, *, owner: str) -> "Analytics":
        """Opens the file, or makes it for the database whose name for itself is ``owner``.

        Raises AnalyticStoreError when another process has it, or when it belongs to another database.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = duckdb.connect(str(path), config={"preserve_insertion_order": "false"})
        except duckdb.IOException as error:
            raise AnalyticStoreError(
                f"{path} is open in another process. The analytic store belongs to one segmentation process: "
                "stop the other one. Several replicas need an analytic store that is a server (ClickHouse)."
            ) from error
        try:
            _prepare(connection, path, owner)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    @contextmanager
    def reader(self, *, now: int = 0) -> Iterator[Connection]:
        """A connection for queries, with temporary tables and variables of its own; ``now`` in microseconds."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(f"SET VARIABLE now = {int(now)}::BIGINT")
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def snapshot(self, *, now: int = 0) -> Iterator[Connection]:
        """A reader that sees one state throughout."""
        with self.reader(now=now) as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            finally:
                cursor.execute("ROLLBACK")

    def turn(self) -> AbstractContextManager[object]:
        """The right to write, held by one thread at a time, as often as it likes; writer() takes it too.

        What is numbered in the order of the commits is numbered under it, and by no lock of its own: a second lock
        would be taken in one order here and in the other there.
        """
        return self._write_lock

    @contextmanager
    def writer(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or leaves nothing when an exception leaves it."""
        with self.turn():
            cursor = self._connection.cursor()
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            else:
                cursor.execute("COMMIT")
            finally:
                cursor.close()

    def close(self) -> None:
        """Writes everything into the file and gives it up."""
        with self._write_lock:
            self._connection.close()


def one(connection: Connection, text: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row of a query, None without one. The result is read to its end, as DuckDB wants it."""
    rows = connection.execute(text, list(values)).fetchall()
    return rows[0] if rows else None


def execute_with(connection: Connection, text: str, given: pa.Table, values: Sequence[Any] = ()) -> Connection:
    """Executes ``text``, which selects from the table `given`.

    DuckDB finds it among the variables of its caller; to register it would make a view first, at twice the cost.
    """
    return connection.execute(text, list(values))


def _prepare(connection: Connection, path: Path, owner: str) -> None:
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE IF NOT EXISTS origin (version BIGINT NOT NULL, owner VARCHAR NOT NULL)")
    found = one(connection, "SELECT version, owner FROM origin")
    if found is None:
        connection.execute("INSERT INTO origin VALUES (?, ?)", [VERSION, owner])
        for statement in SCHEMA:
            connection.execute(statement)
    for statement in ADDED:
        connection.execute(statement)
    connection.execute("COMMIT")
    if found is not None and found != (VERSION, owner):
        raise AnalyticStoreError(
            f"{path} was made for another database or by another version of tidegate. "
            "Move it away: it is built again from the feeds, as far back as they are kept. What has been pruned "
            "from them is not in it then, and segments lose the members whom only that made members."
        )

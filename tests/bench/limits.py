"""What a database can do with the very rows that a service has stored, when nobody thinks about them."""

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from bench.measure import Median, Plan, median_of, rate


def copy_rate(url: str, schema: str, *, items: int, plan: Plan) -> Median:
    """Items per second by which COPY takes all rows of ``schema`` into tables with the same indexes."""
    with psycopg.connect(url) as connection:
        stored = [_Stored.read(connection, schema, name) for name in _tables(connection, schema)]
        connection.execute("CREATE SCHEMA plain")
        for each in stored:
            connection.execute(each.definition(schema))
        connection.commit()

        def work() -> None:
            for each in stored:
                each.write(connection)
            connection.commit()

        def run() -> float:
            for each in stored:
                connection.execute(f"TRUNCATE plain.{each.name}".encode())
            connection.commit()
            return rate(items, work)

        return median_of(run, plan)


@dataclass(frozen=True, slots=True)
class _Stored:
    name: str
    rows: bytes

    @classmethod
    def read(cls, connection: psycopg.Connection[tuple[object, ...]], schema: str, name: str) -> "_Stored":
        with connection.cursor().copy(f"COPY {schema}.{name} TO STDOUT".encode()) as copy:
            return cls(name, b"".join(bytes(part) for part in copy))

    def definition(self, schema: str) -> bytes:
        return f"CREATE TABLE plain.{self.name} (LIKE {schema}.{self.name} INCLUDING ALL)".encode()

    def write(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        with connection.cursor().copy(f"COPY plain.{self.name} FROM STDIN".encode()) as copy:
            copy.write(self.rows)


def _tables(connection: psycopg.Connection[tuple[object, ...]], schema: str) -> list[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,))
    return [str(name) for (name,) in found.fetchall()]


def insert_rate(file: Path, *, items: int, plan: Plan) -> Median:
    """Items per second by which SQLite takes all rows of ``file`` into the same tables at once."""
    with closing(sqlite3.connect(file)) as stored:
        definitions = [sql for (sql,) in stored.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        names = [name for (name,) in stored.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: stored.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    return median_of(lambda: _insert_rate(definitions, rows, items), plan)


def _insert_rate(definitions: Sequence[str], rows: dict[str, list[tuple[object, ...]]], items: int) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        for sql in definitions:
            if "sqlite_" not in sql:
                connection.execute(sql)
        return rate(items, lambda: _insert(connection, rows))


def _insert(connection: sqlite3.Connection, rows: dict[str, list[tuple[object, ...]]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for name, values in rows.items():
        if values and not name.startswith("sqlite_"):
            places = ", ".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", values)
    connection.execute("COMMIT")

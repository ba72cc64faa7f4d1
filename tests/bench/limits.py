"""What the databases can do with the same rows when nobody thinks about them."""

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg
from bench.measure import Median, Plan, median_of, rate

Row = Sequence[object]

_TABLE = """
    CREATE TABLE plain_events (
        number BIGINT PRIMARY KEY, source TEXT NOT NULL, event_id TEXT NOT NULL, name TEXT NOT NULL,
        time BIGINT NOT NULL, identifiers {json} NOT NULL, properties {json} NOT NULL,
        UNIQUE (source, event_id)
    )
"""


def copy_rate(database_url: str, rows: Sequence[Row], plan: Plan) -> Median:
    """Rows per second by which PostgreSQL's COPY takes ``rows`` into a table with two unique keys."""
    with psycopg.connect(database_url) as connection:
        connection.execute(_TABLE.format(json="JSONB").encode())
        connection.commit()

        def run() -> float:
            connection.execute("TRUNCATE plain_events")
            connection.commit()
            return rate(len(rows), lambda: _copy(connection, rows))

        return median_of(run, plan)


def insert_rate(rows: Sequence[Row], plan: Plan) -> Median:
    """Rows per second by which SQLite takes ``rows`` into the same table, in one transaction."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(_TABLE.format(json="TEXT"))

        def run() -> float:
            connection.execute("DELETE FROM plain_events")
            return rate(len(rows), lambda: _insert(connection, rows))

        return median_of(run, plan)


def _copy(connection: psycopg.Connection[tuple[object, ...]], rows: Sequence[Row]) -> None:
    with connection.cursor().copy("COPY plain_events FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    connection.commit()


def _insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO plain_events VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")

"""Sets of rows mean the same on both databases, and transactions commit whole or not at all."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, OperationalError
from support.patience import at_once
from tidegate.runtime.clock import FileClock, ManualClock, from_micros, micros
from tidegate.runtime.db import (
    NAMING,
    Database,
    Instant,
    Json,
    OverRows,
    after_commit,
    bulk_insert,
    bulk_upsert,
    real_now,
    row_source,
)
from tidegate.runtime.db import database as database_module
from tidegate.runtime.db.copying import FEWEST
from tidegate.runtime.db.migrations import upgrade

METADATA = sa.MetaData(naming_convention=NAMING)
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time", Instant),
    sa.Column("document", Json),
    sa.Column("text", sa.Text),
    sa.Column("number", sa.Double),
    sa.Column("flag", sa.Boolean),
    sa.Column("body", sa.LargeBinary),
)
TRAVELLING = [column for column in THINGS.c if column.name != "body"]
NOON = datetime(2026, 11, 11, 12, 0, 0, 123456, tzinfo=UTC)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
instants = st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
things = st.fixed_dictionaries(
    {
        "time": st.none() | instants,
        "document": st.dictionaries(texts, documents, max_size=3),
        "text": st.none() | texts,
        "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.none() | st.booleans(),
        "body": st.none() | st.binary(),
    }
)


@pytest.fixture
def database(open_database: Callable[[sa.MetaData], Database]) -> Database:
    return open_database(METADATA)


EVERYTHING = OverRows(
    TRAVELLING,
    lambda asked: (
        sa.select(asked.c.id)
        .join_from(asked, THINGS, asked.c.id == THINGS.c.id)
        .where(asked.c.id >= sa.bindparam("least"))
        .order_by(asked.c.id)
    ),
)


def stored(database: Database) -> list[dict[str, Any]]:
    with database.read() as connection:
        return stored_by(connection)


def stored_by(connection: sa.Connection) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(sa.select(THINGS).order_by(THINGS.c.id))]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(things, max_size=5))
def test_any_value_comes_back_as_it_went(database: Database, rows: list[dict[str, Any]]) -> None:
    given_rows = [{"id": number, **row} for number, row in enumerate(rows)]
    with database.write() as connection:
        connection.execute(sa.delete(THINGS))
        bulk_insert(connection, THINGS, given_rows)
    assert stored(database) == given_rows
    with database.read() as connection:
        source = row_source(connection, "source", TRAVELLING, [[row[c.name] for c in TRAVELLING] for row in given_rows])
        selected = [dict(row._mapping) for row in connection.execute(sa.select(source).order_by(source.c.id))]
    assert selected == [{key: value for key, value in row.items() if key != "body"} for row in given_rows]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(things, min_size=1, max_size=5))
def test_any_value_comes_back_among_many(database: Database, rows: list[dict[str, Any]]) -> None:
    """So many rows travel in another way, in columns of one kind and of several."""
    given_rows = [{"id": number, **row} for number, row in enumerate(rows * FEWEST)]
    with database.write() as connection:
        connection.execute(sa.delete(THINGS))
        bulk_insert(connection, THINGS, given_rows)
    assert stored(database) == given_rows


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(things, max_size=5), st.sampled_from(TRAVELLING))
def test_any_row_may_come_without_names_and_alone(
    database: Database, rows: list[dict[str, Any]], column: sa.Column[Any]
) -> None:
    """Rows as tuples of all columns, in a statement that is made once, also over one column."""
    given_rows = [{"id": number, **row} for number, row in enumerate(rows)]
    with database.write() as connection:
        connection.execute(sa.delete(THINGS))
        bulk_insert(connection, THINGS, [[row[c.name] for c in THINGS.c] for row in given_rows])
        assert stored_by(connection) == given_rows
        whole = EVERYTHING.run(connection, [[row[c.name] for c in TRAVELLING] for row in given_rows], least=0)
        assert [row.id for row in whole] == [row["id"] for row in given_rows]
        alone = OverRows([column], lambda asked: sa.select(asked))
        for _ in range(2):
            missed = [row[column.name] for row in given_rows]
            for value in alone.run(connection, [(row[column.name],) for row in given_rows]).scalars():
                missed.remove(value)
            assert missed == []


def test_an_upsert_changes_what_it_names_and_nothing_else(database: Database) -> None:
    first = {
        "id": 1,
        "time": NOON,
        "document": {"a": 1},
        "text": "old",
        "number": 1.5,
        "flag": True,
        "body": b"x",
    }
    second = {**first, "text": "new", "number": 2.5}
    with database.write() as connection:
        bulk_upsert(connection, THINGS, [first], key=["id"], update=["text"])
        bulk_upsert(connection, THINGS, [second], key=["id"], update=["text"])
    assert stored(database) == [{**first, "text": "new"}]
    with database.write() as connection:
        bulk_upsert(connection, THINGS, [first], key=["id"], update=[])
    assert stored(database) == [{**first, "text": "new"}]


def test_a_set_is_one_statement(database: Database) -> None:
    statements: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    rows = [{"id": number, "text": str(number)} for number in range(500)]
    with database.write() as connection:
        statements.clear()
        bulk_upsert(connection, THINGS, rows, key=["id"], update=["text"])
    assert len(statements) == 1
    assert len(stored(database)) == 500


@pytest.mark.parametrize("count", [1, 49, 50, 51, 99, 100, 123])
def test_sets_of_any_size_are_stored_whole_and_in_order(database: Database, count: int) -> None:
    rows = [{"id": number, "text": str(number), "number": 0.5} for number in range(count)]
    changed = [{**row, "text": f"new {row['id']}", "number": 1.5} for row in rows]
    with database.write() as connection:
        bulk_insert(connection, THINGS, rows)
        bulk_upsert(connection, THINGS, changed, key=["id"], update=["text"])
    found = [(row["id"], row["text"], row["number"]) for row in stored(database)]
    assert found == [(number, f"new {number}", 0.5) for number in range(count)]


def test_many_rows_of_which_one_is_there_are_refused_whole(database: Database) -> None:
    statements: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    rows = [{"id": number, "text": str(number)} for number in range(FEWEST)]
    with database.write() as connection:
        bulk_insert(connection, THINGS, rows[-1:])
        statements.clear()
    with pytest.raises(IntegrityError), database.write() as connection:
        bulk_insert(connection, THINGS, rows)
    assert [row["id"] for row in stored(database)] == [FEWEST - 1]
    assert database.dialect == "sqlite" or statements[0] == "COPY things (id, text) FROM STDIN"


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_connection_lost_before_many_rows_is_an_error_like_any_and_goes(database: Database) -> None:
    rows = [{"id": number, "text": str(number)} for number in range(FEWEST)]

    def end_the_connection(connection: sa.Connection) -> None:
        own = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with database.engine.connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})

    with pytest.raises(OperationalError) as caught, database.write() as connection:
        end_the_connection(connection)
        bulk_insert(connection, THINGS, rows)
    assert caught.value.connection_invalidated
    with database.write() as connection:
        bulk_insert(connection, THINGS, rows)
    assert len(stored(database)) == FEWEST


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_connection_that_died_while_nobody_used_it_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_IDLE_SECONDS", 0.0)
    with database.read() as connection:
        own = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    with database.engine.connect() as first, database.engine.connect() as other:
        assert first.scalar(sa.text("SELECT pg_backend_pid()")) == own
        first.rollback()
        assert other.scalar(sa.text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
    with database.write() as connection:
        assert connection.scalar(sa.text("SELECT pg_backend_pid()")) != own


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_reading_keeps_what_the_connection_has_prepared(database: Database) -> None:
    with database.write() as connection:
        bulk_insert(connection, THINGS, [{"id": 1}])
    for _ in range(6):  # the driver prepares what comes for the sixth time
        stored(database)
    for reading in (database.snapshot, database.read):
        with reading() as connection:
            connection.execute(sa.select(1))
    with database.read() as connection:
        prepared = connection.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("FROM things" in statement for statement in prepared)


def test_what_is_to_follow_a_commit_does_not_follow_a_rollback(database: Database) -> None:
    heard: list[str] = []
    with database.write() as connection:
        after_commit(connection, lambda: heard.append("committed"))
        assert heard == []
    with pytest.raises(IntegrityError), database.write() as connection:
        after_commit(connection, lambda: heard.append("rolled back"))
        bulk_insert(connection, THINGS, [{"id": 1}])
        bulk_insert(connection, THINGS, [{"id": 1}])
    assert heard == ["committed"]
    assert stored(database) == []


def increment(connection: sa.Connection, number: int) -> None:
    connection.execute(sa.update(THINGS).where(THINGS.c.id == number).values(number=THINGS.c.number + 1))


def test_what_ends_a_transaction_is_told_when_the_connection_is_lost_with_it(database: Database) -> None:
    with pytest.raises(KeyboardInterrupt), database.write() as connection:  # a signal may come amid a statement
        connection.invalidate()
        raise KeyboardInterrupt
    with database.write() as connection:
        assert connection.scalar(sa.select(1)) == 1


def test_a_deadlock_is_settled_without_the_caller(database: Database) -> None:
    """Two transactions take two rows in opposite order; both take effect."""
    with database.write() as connection:
        bulk_insert(connection, THINGS, [{"id": 1, "number": 0.0}, {"id": 2, "number": 0.0}])
    holds = {1: threading.Event(), 2: threading.Event()}
    attempts: list[int] = []

    def add(first: int, second: int) -> None:
        def operation(connection: sa.Connection) -> None:
            attempts.append(first)
            increment(connection, first)
            holds[first].set()
            if database.dialect == "postgresql":  # SQLite lets the other in only afterwards
                assert holds[second].wait(60)
            increment(connection, second)

        database.run(operation)

    at_once(partial(add, 1, 2), partial(add, 2, 1))
    assert [row["number"] for row in stored(database)] == [2.0, 2.0]
    assert len(attempts) == (3 if database.dialect == "postgresql" else 2)


def test_the_databases_clock_is_the_hosts(database: Database) -> None:
    before = micros(datetime.now(UTC))
    with database.read() as connection:
        now = connection.scalars(sa.select(real_now())).one()
    assert before - 2_000 <= now <= micros(datetime.now(UTC)) + 2_000


@given(instants)
def test_microseconds_and_back(instant: datetime) -> None:
    assert from_micros(micros(instant)) == instant


def test_processes_that_make_a_file_clock_at_once_have_the_same(tmp_path: Path) -> None:
    starts = [NOON + timedelta(days=days) for days in range(8)]
    clocks = at_once(*(partial(FileClock.create, tmp_path / "clock", start) for start in starts))
    assert len({clock.now() for clock in clocks}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["clock"]


def test_a_schema_and_the_base_of_its_feed_come_in_one_transaction(empty_database_url: str) -> None:
    """Whatever is killed in between: a schema that lacks no migration has a feed that can be written to."""
    bases: list[int] = []

    def look(connection: sa.Connection) -> None:
        bases.append(connection.scalar(sa.text("SELECT count(*) FROM feed_base")) or 0)

    database = Database.open(empty_database_url, schema="identity")
    sa.event.listen(database.engine, "commit", look)
    try:
        upgrade(database, "identity")
    finally:
        database.close()
    assert bases[0] == 1


def test_a_file_clock_moves_for_all_who_map_it(tmp_path: Any) -> None:
    driver = FileClock.create(tmp_path / "clock", NOON)
    other = FileClock(tmp_path / "clock")
    assert other.now() == NOON
    later = datetime(2026, 11, 12, tzinfo=UTC)
    driver.set(later)
    assert other.now() == later
    manual = ManualClock(NOON)
    manual.advance(later - NOON)
    assert manual.now() == later


def test_a_commit_waits_for_the_disk_unless_what_it_does_may_be_lost(database: Database) -> None:
    """Whichever of the two a connection was used for before."""
    for durable in (True, False, False, True, False, True):
        waits = database.run(_waits_for_the_disk, durable=durable)
        assert waits == durable
    assert database.run(_waits_for_the_disk)
    with pytest.raises(RuntimeError, match="undone"), database.write(durable=False):
        raise RuntimeError("undone")
    assert database.run(_waits_for_the_disk)


def _waits_for_the_disk(connection: sa.Connection) -> bool:
    if connection.dialect.name == "sqlite":
        return bool(connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2)
    source = "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"
    return bool(connection.exec_driver_sql(source).scalar_one() != "session")  # but as the server has it

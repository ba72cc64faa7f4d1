"""Statements look up what they need: on SQLite, whose planner knows nothing of the sizes, the plans are read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.schemas import bring_up
from tidegate.journey.conditions import Signal
from tidegate.journey.happened import MessageNews
from tidegate.journey.listing import Listing, Order
from tidegate.journey.store import entries, happenings, merges, readings, walks
from tidegate.journey.store.entries import Newcomer
from tidegate.journey.walk import News
from tidegate.runtime.db import Database

NOW = datetime(2026, 10, 10, tzinfo=UTC)
NAMES = ["e1", "e2"]
NEWCOMERS = [Newcomer(name, number, number, "", "", {"kind": "call"}, {}) for number, name in enumerate(NAMES)]
SIGNALS = [(name, Signal("event:x", NOW, 1, "r")) for name in NAMES]
NEWS = [MessageNews(name, 1, "m1", News("sent")) for name in NAMES]
BEGUN = Listing(customer_id=1, order=Order.ENTRY, behind=(5, "x"))
ENDED = Listing(customer_id=1, order=Order.END, behind=(5, "x"))
Statement = Callable[[sa.Connection], Any]

STATEMENTS: dict[str, tuple[Statement, str]] = {
    "open walks of customers": (lambda c: happenings.open_walks_of(c, [1, 2]), "ix_enrollments_customer"),
    "signals": (lambda c: happenings.add_signals(c, SIGNALS, now=NOW), "pk_enrollments"),
    "news": (lambda c: happenings.add_news(c, NEWS, now=NOW), "pk_enrollments"),
    "versions of walks": (lambda c: happenings.versions_of(c, NAMES), "pk_enrollments"),
    "signals of walks": (lambda c: walks.signals_of(c, NAMES), "pk_signals"),
    "forgotten signals": (lambda c: walks.forget_signals(c, NAMES), "pk_signals"),
    "closed guards": (lambda c: walks.close_guards(c, {("w", 1, ""): 1}), "pk_guards"),
    "open counts": (lambda c: entries.open_counts(c, "w", [1, 2]), "pk_guards"),
    "decided entries": (lambda c: entries.decided(c, "w", ["r"]), "pk_entries"),
    "walks to merge": (lambda c: merges.lock_open(c, [1, 2]), "ix_enrollments_customer"),
    "walks of a customer by their begin": (
        lambda c: readings.enrollments(c, BEGUN, limit=10),
        "ix_enrollments_customer",
    ),
    "walks of a customer by their end": (
        lambda c: readings.enrollments(c, ENDED, limit=10),
        "ix_enrollments_customer_ended",
    ),
    "who walks": (lambda c: merges.walking(c, [1, 2]), "pk_guards"),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path / 'journey.db'}", schema="journey")
    bring_up(database, "journey")
    with database.write() as connection:
        entries.add_enrollments(connection, NEWCOMERS, journey_id="w", version=1, start="a", now=NOW, entered={})
    yield database
    database.close()


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_searches_and_does_not_scan(database: Database, name: str) -> None:
    statement, index = STATEMENTS[name]
    plan = "\n".join(_plan(database, statement))
    assert index.removeprefix("pk_") in plan.replace("sqlite_autoindex_", "")
    for table in ("enrollments", "guards", "signals", "entries"):
        assert f"SCAN {table}" not in plan


@pytest.mark.parametrize("listing", [BEGUN, ENDED])
def test_pages_of_a_customers_walks_come_sorted_from_the_index(database: Database, listing: Listing) -> None:
    plan = "\n".join(_plan(database, lambda c: readings.enrollments(c, listing, limit=10)))
    assert "TEMP B-TREE" not in plan


def test_claims_go_by_the_index_of_what_is_due(database: Database) -> None:
    def claim(connection: sa.Connection) -> None:
        walks.claim(connection, "w", until=NOW, token="t", lease=timedelta(seconds=1), limit=10)

    plan = "\n".join(_plan(database, claim))
    assert "ix_enrollments_due (journey_id=? AND due_at<?)" in plan


def _plan(database: Database, statement: Statement) -> list[str]:
    """The steps of the plans of all that ``statement`` sends, inserts left out."""
    found: list[str] = []

    def explain(_connection: Any, cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and text.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}:
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {text}", parameters)
            found.extend(row[3] for row in rows.fetchall())

    sa.event.listen(database.engine, "before_cursor_execute", explain)
    database.run(statement)
    sa.event.remove(database.engine, "before_cursor_execute", explain)
    return found

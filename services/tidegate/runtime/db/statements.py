"""Counts the statements that go to a database: work done in sets needs far fewer than it has items."""

from typing import Any

from prometheus_client import Counter
from sqlalchemy import event

from tidegate.runtime.db.database import Database


def count_statements(database: Database, counter: Counter) -> None:
    """Adds one to ``counter`` for every statement sent, whatever the number of its rows."""

    def count(*_: Any) -> None:
        counter.inc()

    event.listen(database.engine, "before_cursor_execute", count)

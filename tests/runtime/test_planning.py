"""A batch of lookups costs what the batch costs, not what the table holds."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.database import opened
from tidegate.runtime.db import NAMING, Database, real_now, row_source

METADATA = sa.MetaData(naming_convention=NAMING)
KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Index("ix_keys_open", "value", sqlite_where=sa.text("value > 0")),
)


def test_sqlite_looks_up_what_was_asked_for_in_the_table(tmp_path: Path) -> None:
    """And does not walk the table to look its rows up in what was asked for."""
    with opened(f"sqlite:///{tmp_path / 'test.db'}", METADATA) as database, database.read() as connection:
        asked = row_source(connection, "asked", [KEYS.c.key], [("a",), ("b",)])
        select = sa.select(KEYS).join(asked, asked.c.key == KEYS.c.key).where(KEYS.c.caller == "shop")
        assert plan(connection, select)[-1].endswith("(caller=? AND key=?)")


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_postgresql_looks_up_what_is_due_by_the_real_clock(open_database: Callable[[sa.MetaData], Database]) -> None:
    """And does not ask it anew for each row that there is."""
    with open_database(METADATA).read() as connection:
        due = sa.select(KEYS.c.key).where(KEYS.c.value <= real_now(), KEYS.c.value > 0)
        connection.exec_driver_sql("SET enable_seqscan = off")
        compiled = due.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        rows = [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {compiled}")]
        [searched] = [row for row in rows if "Index Cond" in row]
        assert "value <=" in searched


def plan(connection: sa.Connection, select: sa.Select[tuple[object, ...]]) -> list[str]:
    compiled = select.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    return [str(row[-1]) for row in rows]

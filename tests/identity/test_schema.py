"""The migrations make what the tables say, and loops that find nothing look into small indexes."""

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from support.database import opened
from tidegate.identity.store import profiles
from tidegate.identity.store.tables import METADATA
from tidegate.runtime.db import Database
from tidegate.runtime.db.migrations import pending, upgrade


def test_migrations_and_tables_agree(empty_database_url: str, tmp_path: Path) -> None:
    database = Database.open(empty_database_url, schema="identity")
    try:
        assert pending(database, "identity")
        upgrade(database, "identity")
        assert pending(database, "identity") == []
        with database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    finally:
        database.close()


def test_what_has_ended_is_found_by_what_is_still_to_be_announced(tmp_path: Path) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    with opened(f"sqlite:///{tmp_path / 'test.db'}", METADATA) as database, database.read() as connection:

        @sa.event.listens_for(connection, "before_cursor_execute")
        def note(_connection: object, _cursor: object, text: str, given: tuple[object, ...], *_: object) -> None:
            asked.append((text, given))

        profiles.due(connection, now=1, limit=1)
        queries = [(text, given) for text, given in asked if text.startswith("SELECT")]
        plans = [str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given).all()) for text, given in queries]
    assert [index for index in ("ix_tag_expires", "ix_attribute_turns") if index not in str(plans)] == []
    assert "SCAN" not in str(plans)

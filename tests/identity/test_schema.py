"""The migrations make what the tables say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
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

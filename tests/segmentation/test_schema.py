"""The migrations make what the tables say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tidegate.runtime.db import Database
from tidegate.runtime.db.migrations import pending, upgrade
from tidegate.segmentation.store.tables import METADATA


def test_migrations_and_tables_agree(empty_database_url: str, tmp_path: Path) -> None:
    database = Database.open(empty_database_url, schema="segmentation")
    try:
        assert pending(database, "segmentation")
        upgrade(database, "segmentation")
        assert pending(database, "segmentation") == []
        with database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    finally:
        database.close()

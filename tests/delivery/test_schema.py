"""The migrations make what the tables say, to the last constraint."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tidegate.delivery.service import METADATA
from tidegate.runtime.db import Database
from tidegate.runtime.db.migrations import pending, upgrade


def test_migrations_and_tables_agree(empty_database_url: str) -> None:
    database = Database.open(empty_database_url, schema="delivery")
    try:
        assert pending(database, "delivery")
        upgrade(database, "delivery")
        assert pending(database, "delivery") == []
        with database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
            migrated = constraints(connection)
        database.run(METADATA.drop_all)
        database.run(METADATA.create_all)
        with database.read() as connection:
            assert migrated == constraints(connection)
    finally:
        database.close()


def constraints(connection: sa.Connection) -> Mapping[str, Any]:
    """What alembic does not compare: checks, and of which rows indexes are."""
    inspector = sa.inspect(connection)
    return {
        table: {
            "checks": {one["name"]: one["sqltext"] for one in inspector.get_check_constraints(table)},
            "indexes": {
                one["name"]: (one["column_names"], {key: str(of) for key, of in one.get("dialect_options", {}).items()})
                for one in inspector.get_indexes(table)
            },
            "defaults": {one["name"]: one["default"] for one in inspector.get_columns(table)},
        }
        for table in sorted(METADATA.tables)
    }

"""The migrations make what the tables say, to the last constraint."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError
from tidegate.delivery import machine
from tidegate.delivery.model import DropReason, MessageState
from tidegate.delivery.service import METADATA
from tidegate.delivery.store.tables import STATES
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
            migrated, moves = constraints(connection), triggers(connection)
        database.run(METADATA.drop_all)
        database.run(METADATA.create_all)
        with database.read() as connection:
            assert migrated == constraints(connection)
            assert moves == triggers(connection)
    finally:
        database.close()


def test_the_database_refuses_moves_that_the_machine_has_not(empty_database_url: str) -> None:
    database = Database.open(empty_database_url, schema="delivery")
    upgrade(database, "delivery")
    try:
        with database.write() as connection:
            allowed = {(source, target) for source in MessageState for target in MessageState}
            for source, target in sorted(allowed):
                connection.execute(sa.delete(STATES))
                connection.execute(sa.insert(STATES).values(message_id="m", **_standing(source)))
                try:
                    with connection.begin_nested():
                        connection.execute(sa.update(STATES).values(**_standing(target)))
                except IntegrityError as error:
                    if "does not move" in str(error.orig):
                        allowed.remove((source, target))
        assert allowed == {(source, target) for source in MessageState for target in machine.MOVES[source]}
    finally:
        database.close()


def _standing(state: MessageState) -> Mapping[str, Any]:
    """The row of a message that stands there, as all other constraints want it."""
    dropped, final = state is MessageState.DROPPED, state in machine.FINAL
    return {
        "state": state.value,
        "channel": "sms",
        "rank": 0,
        "expire_time": 1,
        "account_id": "a",
        "lease_token": "t",
        "outcome": "accepted",
        "drop_reason": DropReason.EXPIRED.value if dropped else "",
        "wake_time": 1 if state is MessageState.DEFERRED else None,
        "settle_real": 1 if state is MessageState.UNCERTAIN else None,
        "final_time": 1 if final else None,
    }


def triggers(connection: sa.Connection) -> Sequence[Any]:
    """The triggers of all tables, and the function that one of them calls."""
    if connection.dialect.name == "sqlite":
        return connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    made = "SELECT tgname, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal"
    return connection.execute(sa.text(made)).all()


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

"""Schema migrations: Alembic, one environment per service, run only when somebody asks for them.

A service keeps its migrations in ``tidegate/<service>/migrations``; their env.py is ``run(METADATA)``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tidegate.runtime.db.database import Database
from tidegate.runtime.db.planning import expect_large_tables
from tidegate.runtime.feed import Feed, feed_tables

_LOCK = 0x71DE6A7E  # any number will do, as long as all of us take the same


def upgrade(database: Database, service: str) -> None:
    """Brings the schema of ``service`` up to date, its feed included; two that do so at once take turns."""
    with _exclusive(database) as connection:
        configuration = _configuration(service)
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
        expect_large_tables(connection)
        if sa.inspect(connection).has_table("feed"):
            Feed(database, feed_tables(sa.MetaData())).rebase_in(connection)


def pending(database: Database, service: str) -> list[str]:
    """The revisions that the schema of ``service`` lacks, oldest first."""
    scripts = ScriptDirectory.from_config(_configuration(service))
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    missing = scripts.iterate_revisions("heads", current or "base")
    return [f"{revision.revision} {revision.doc}" for revision in reversed(list(missing))]


def run(metadata: sa.MetaData) -> None:
    """What a service's env.py calls: runs the chosen migrations on the connection that upgrade() opened."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    context.run_migrations()


@contextmanager
def _exclusive(database: Database) -> Iterator[sa.Connection]:
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            connection.execute(sa.schema.CreateSchema(database.schema, if_not_exists=True))
        yield connection


def _configuration(service: str) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(files("tidegate") / service / "migrations"))
    return configuration

"""Schema migrations: Alembic, one environment per service, run only when somebody asks for them.

A service keeps its migrations in ``tidegate/<service>/migrations``; their env.py is ``run(METADATA)``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tidegate.runtime.config import ConfigError
from tidegate.runtime.db.database import Database
from tidegate.runtime.db.planning import expect_large_tables
from tidegate.runtime.feed import Feed, feed_tables
from tidegate.runtime.secret import Secrets

_LOCK = 0x71DE6A7E  # any number will do, as long as all of us take the same
_FEED = feed_tables(sa.MetaData())


def upgrade(database: Database, service: str, secrets: Callable[[], Secrets] | None = None) -> None:
    """Brings the schema of ``service`` up to date, its feed included; two that do so at once take turns.

    ``secrets`` are asked for by migrations that change what keys have made, if there is any.
    Raises ConfigError when a newer version has migrated it.
    """
    with _exclusive(database) as connection:
        configuration = _configuration(service)
        configuration.attributes.update(connection=connection, secrets=secrets)
        _refuse_newer(ScriptDirectory.from_config(configuration), _current(connection), service)
        command.upgrade(configuration, "head")
        expect_large_tables(connection)
        if sa.inspect(connection).has_table("feed"):
            Feed(database, _FEED).rebase_in(connection)


def pending(database: Database, service: str) -> list[str]:
    """The revisions that the schema of ``service`` lacks, oldest first. Raises ConfigError when it is newer."""
    scripts = ScriptDirectory.from_config(_configuration(service))
    with database.read() as connection:
        current = _current(connection)
    _refuse_newer(scripts, current, service)
    missing = scripts.iterate_revisions("heads", current or "base")
    return [f"{revision.revision} {revision.doc}" for revision in reversed(list(missing))]


def refuse_pending(database: Database, service: str) -> None:
    """Raises ConfigError when the schema of ``service`` is not up to date."""
    missing = pending(database, service)
    if missing:
        raise ConfigError(
            f"{service}: the database lacks {len(missing)} migrations ({', '.join(missing)}); "
            f"run `tidegate migrate {service}`, or serve with --migrate"
        )


def _current(connection: sa.Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


def _refuse_newer(scripts: ScriptDirectory, current: tuple[str, ...], service: str) -> None:
    unknown = sorted(set(current) - {script.revision for script in scripts.walk_revisions()})
    if unknown:
        raise ConfigError(
            f"{service}: the database is at revision {', '.join(unknown)}, which this version does not know: "
            "a newer one has migrated it; run that version, or restore a backup"
        )


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


def secrets() -> Secrets:
    """What a migration calls that changes what keys have made. Raises ConfigError when upgrade() was given none."""
    given = context.config.attributes["secrets"]
    if given is None:
        raise ConfigError("what is stored is to get other keys, for which `secret_key` is needed")
    found: Secrets = given()
    return found


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

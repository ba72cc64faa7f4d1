"""Schemas that are up to date from the start: migrations run once in a test's process, and are copied from then on."""

import atexit
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from tidegate.runtime.config import SERVICES
from tidegate.runtime.db import Database, migrations
from tidegate.runtime.db.migrations import upgrade

from support import statements

_VERSION = "alembic_version"


def bring_up(database: Database, service: str) -> None:
    """What upgrade() does, without running migrations where there is nothing yet, or everything."""
    statements.share(database)
    with database.read() as connection:
        inspector = sa.inspect(connection)
        if inspector.has_table(_VERSION):
            return
        tables = inspector.get_table_names()
    if not tables and database.dialect == "sqlite":
        _copy(_sqlite_file(service), database)
    else:
        upgrade(database, service)


def migrate_all(url: str) -> None:
    """Makes the schemas of all services in the PostgreSQL database at ``url``."""
    for service in SERVICES:
        database = Database.open(url, schema=service)
        try:
            upgrade(database, service)
        finally:
            database.close()


def migrate_to(database: Database, revision: str) -> None:
    """Brings a schema that is not there yet to where an earlier version left it."""
    with migrations._exclusive(database) as connection:
        configuration = migrations._configuration(database.schema)
        configuration.attributes.update(connection=connection, secrets=None)
        command.upgrade(configuration, revision)


@cache
def _sqlite_file(service: str) -> Path:
    folder = tempfile.mkdtemp(prefix="tidegate-schema-")
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / f"{service}.db"
    database = Database.open(f"sqlite:///{path}", schema=service)
    try:
        upgrade(database, service)
    finally:
        database.close()
    return path


def _copy(path: Path, database: Database) -> None:
    source = sqlite3.connect(path)
    target = database.engine.raw_connection()
    try:
        assert isinstance(target.driver_connection, sqlite3.Connection)
        source.backup(target.driver_connection)
    finally:
        target.close()
        source.close()

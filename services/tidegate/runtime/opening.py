"""A service's database, opened as the settings say, and waited for at a start."""

import time
from pathlib import Path

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from tidegate.runtime.config import ConfigError, Settings
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 3.0


def open_database(settings: Settings, service: str) -> Database:
    """The database of ``service``, which nothing has been asked of yet. Raises ConfigError for a URL that is none."""
    try:
        return Database.open(settings.database_of(service), schema=service, pool_size=settings.pools.connections)
    except (SQLAlchemyError, ImportError) as error:
        raise ConfigError(
            f"{service}: {service}.database_url or database_url can't be used ({_reason(error)}); "
            "write postgresql://user:password@host/name, and install tidegate[postgres]"
        ) from error


def is_made(settings: Settings, service: str) -> bool:
    """Whether there is a database; False only where its SQLite file is missing, which opening it would make."""
    url = settings.database_of(service)
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()


def reach(database: Database, service: str, *, seconds: float) -> None:
    """Returns when ``database`` answers, which on PostgreSQL is waited for. Raises ConfigError when it does not."""
    deadline = time.monotonic() + (seconds if database.dialect == "postgresql" else 0)
    pause = _FIRST_PAUSE
    while (error := _failure(database)) is not None:
        left = deadline - time.monotonic()
        if left <= 0 or not isinstance(error, OperationalError):
            raise ConfigError(
                f"{service}: the database can't be reached ({_reason(error)}); "
                f"start it, or correct {service}.database_url or database_url"
            ) from error
        LOG.warning("database.unreachable", service=service, error=_reason(error))
        time.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _failure(database: Database) -> SQLAlchemyError | None:
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError as error:
        return error
    return None


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", error)).partition("\n")[0]

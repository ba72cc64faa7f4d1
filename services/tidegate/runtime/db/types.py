"""Column types and expressions that mean the same on SQLite and on PostgreSQL."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from tidegate.runtime.clock import from_micros, micros

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are named in every service's MetaData, so that migrations can name them too."""


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since the epoch.

    A whole number compares, adds and travels in sets alike on both databases. Statements may bind either
    a datetime or the microseconds themselves.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | int | None, dialect: sa.Dialect) -> int | None:
        return micros(value) if isinstance(value, datetime) else value

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class Json(sa.types.TypeDecorator[Any]):
    """A JSON document: JSONB on PostgreSQL, text on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return json.loads(value) if isinstance(value, str) and dialect.name == "sqlite" else value


class real_now(FunctionElement[int]):  # noqa: N801  (it reads as the SQL function it is)
    """The database's real clock in microseconds since the epoch: leases and retries are measured by it."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(real_now, "postgresql")
def _postgresql_now(_element: real_now, _compiler: Any, **_: Any) -> str:
    """Asked for once in a statement: nothing can be looked up by what may be another value for each row."""
    return "(SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT))"


@compiles(real_now, "sqlite")
def _sqlite_now(_element: real_now, _compiler: Any, **_: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"

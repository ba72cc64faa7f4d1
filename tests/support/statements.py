"""SQL that is put together once in a test's process, not anew for each of its hundreds of short-lived databases."""

from typing import Any

import sqlalchemy as sa
from tidegate.runtime.db import Database


class _Statements(dict[Any, Any]):
    """Compiled statements by what they are, for all engines of one dialect and driver, where SQLAlchemy's own cache
    belongs to one engine: its key begins with the engine's dialect.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


_KEPT: dict[tuple[str, str], _Statements] = {}


def share(database: Database) -> None:
    """Lets ``database`` take the statements that others of its kind have compiled before."""
    dialect: sa.Dialect = database.engine.dialect
    kept = _KEPT.setdefault((dialect.name, dialect.driver), _Statements())
    database.engine.update_execution_options(compiled_cache=kept)

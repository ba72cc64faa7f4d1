"""Ends a process, or what stands for one, at its n-th commit that changes something."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event


def at_commit(
    engine: sa.Engine,
    number: int,
    die: Callable[[], object],
    *,
    of: str = "",
    armed: Callable[[], bool] = lambda: True,
) -> None:
    """Calls ``die`` just before the database is told to commit for the ``number``-th time, or (negative) just after.

    ``of`` is a table: commits that change nothing in it do not count; nor do those before it is ``armed``.
    """
    seen = 0

    def executed(connection: sa.Connection, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT") and of in statement and cursor.rowcount != 0:
            connection.info["changed"] = True

    def commit(connection: sa.Connection) -> None:
        nonlocal seen
        if connection.info.pop("changed", False) and armed():
            seen += 1
            if seen == abs(number):
                if number < 0:
                    connection.connection.commit()
                die()

    event.listen(engine, "after_cursor_execute", executed)
    event.listen(engine, "commit", commit)

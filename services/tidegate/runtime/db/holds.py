"""Many who write at once, and now and then one who has to write alone.

On PostgreSQL an advisory lock by name within the schema: those who share it do not wait for each other. It has to be
taken first in a transaction, so that what is read afterwards is what the one alone has left. SQLite has one writer at
a time anyway.
"""

import sqlalchemy as sa


def share(connection: sa.Connection, name: str) -> None:
    """Nobody is alone under ``name`` before the transaction ends; waits for one who is."""
    if connection.dialect.name == "postgresql":
        connection.execute(_SHARE, {"name": name})


def be_alone(connection: sa.Connection, name: str) -> None:
    """Waits until nobody shares ``name``, and keeps all others waiting until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE, {"name": name})


_KEY = (
    sa.func.hashtext(sa.bindparam("name", type_=sa.Text)),
    sa.func.hashtext(sa.cast(sa.func.current_schema(), sa.Text)),
)
_SHARE = sa.select(sa.func.pg_advisory_xact_lock_shared(*_KEY))
_ALONE = sa.select(sa.func.pg_advisory_xact_lock(*_KEY))

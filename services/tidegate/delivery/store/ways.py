"""Contact ways in the database."""

import sqlalchemy as sa

from tidegate.delivery.store.tables import WAYS
from tidegate.runtime.db import insert


def find(connection: sa.Connection, account_id: str, source_code: str) -> str | None:
    """The address of the contact way of a source code; None: it was not made yet."""
    ways = WAYS.c
    return connection.scalar(sa.select(ways.url).where(ways.account_id == account_id, ways.source_code == source_code))


def keep(connection: sa.Connection, account_id: str, source_code: str, url: str, now: int) -> str:
    """Keeps it, and returns the address that is kept: that of whoever was first."""
    values = {"account_id": account_id, "source_code": source_code, "url": url, "create_time": now}
    connection.execute(insert(connection, WAYS).values(values).on_conflict_do_nothing())
    return find(connection, account_id, source_code) or url

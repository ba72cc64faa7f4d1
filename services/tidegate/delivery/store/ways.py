"""Contact ways in the database."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.store.tables import WAYS
from tidegate.runtime.db import insert, real_now

_w = WAYS.c


class Claim(NamedTuple):
    """What is known of a contact way that nobody else asks for now.

    ``url`` is empty until it is known; ``begun`` is when the provider was last asked to make it, None: never.
    """

    url: str = ""
    begun: int | None = None


def find(connection: sa.Connection, account_id: str, source_code: str) -> str:
    """The address of the contact way of a source code; empty: none is known yet."""
    return connection.scalar(sa.select(_w.url).where(_of(account_id, source_code))) or ""


def claim(connection: sa.Connection, account_id: str, source_code: str, now: int, *, lease: int) -> Claim | None:
    """Lets nobody else ask for it for ``lease`` µs of real time; None: somebody else asks already."""
    values = {"account_id": account_id, "source_code": source_code, "url": "", "create_time": now}
    making = insert(connection, WAYS).values(until_real=real_now() + lease, **values).on_conflict_do_nothing()
    if connection.execute(making.returning(_w.url)).first():
        return Claim()
    free = sa.or_(_w.url != "", _w.until_real <= real_now())
    taking = sa.update(WAYS).where(_of(account_id, source_code), free).values(until_real=real_now() + lease)
    row = connection.execute(taking.returning(_w.url, _w.create_time)).first()
    return None if row is None else Claim(row.url, row.create_time)


def begin(connection: sa.Connection, account_id: str, source_code: str, now: int) -> None:
    """The provider is asked to make it once more: it holds none that it was asked for before."""
    _change(connection, account_id, source_code, {"create_time": now})


def free(connection: sa.Connection, account_id: str, source_code: str) -> None:
    """Whoever comes next asks for it; it is not known whether the provider has made it."""
    _change(connection, account_id, source_code, {"until_real": 0})


def forget(connection: sa.Connection, account_id: str, source_code: str) -> None:
    """The provider surely has not made it."""
    connection.execute(sa.delete(WAYS).where(_of(account_id, source_code), _w.url == ""))


def keep(connection: sa.Connection, account_id: str, source_code: str, url: str, now: int) -> str:
    """Keeps its address, and returns the one that is kept: that of whoever was first."""
    values = {"account_id": account_id, "source_code": source_code, "url": url, "create_time": now}
    keeping = insert(connection, WAYS).values(values)
    keeping = keeping.on_conflict_do_update(
        index_elements=["account_id", "source_code"], set_={"url": url}, where=_w.url == ""
    )
    connection.execute(keeping)
    return find(connection, account_id, source_code)


def _change(connection: sa.Connection, account_id: str, source_code: str, values: dict[str, Any]) -> None:
    connection.execute(sa.update(WAYS).where(_of(account_id, source_code), _w.url == "").values(values))


def _of(account_id: str, source_code: str) -> sa.ColumnElement[bool]:
    return sa.and_(_w.account_id == account_id, _w.source_code == source_code)

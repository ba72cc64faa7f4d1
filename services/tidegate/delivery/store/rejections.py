"""Counts of how often providers have refused templates."""

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.store.tables import REJECTIONS
from tidegate.runtime.db import insert


class Refused(NamedTuple):
    """A template that the provider of an account refuses."""

    template_id: str
    account_id: str


def count(connection: sa.Connection, refused: Mapping[Refused, int], *, now: int, within: int) -> dict[Refused, int]:
    """Adds to the counts, each begun anew after ``within`` µs, and returns what they are now."""
    return {one: _count(connection, one, refused[one], now=now, within=within) for one in sorted(refused)}


def forget(connection: sa.Connection, template_id: str, account_id: str = "") -> None:
    """Counts a template's refusals anew, at one account or at all."""
    forgotten = sa.delete(REJECTIONS).where(REJECTIONS.c.template_id == template_id)
    if account_id:
        forgotten = forgotten.where(REJECTIONS.c.account_id == account_id)
    connection.execute(forgotten)


def _count(connection: sa.Connection, refused: Refused, more: int, *, now: int, within: int) -> int:
    table = REJECTIONS.c
    is_old = table.since < now - within
    statement = insert(connection, REJECTIONS).values(**refused._asdict(), count=more, since=now)
    counted = statement.on_conflict_do_update(
        index_elements=["template_id", "account_id"],
        set_={
            "count": sa.case((is_old, more), else_=table["count"] + more),
            "since": sa.case((is_old, now), else_=table.since),
        },
    )
    return int(connection.execute(counted.returning(table["count"])).scalar_one())

"""Tasks of staff: the messages that one call made into one, by the id that the provider gave it."""

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.store.tables import ATTEMPTS, FOLLOW_UPS
from tidegate.runtime.db import OverRows

_f = FOLLOW_UPS.c
_UNKNOWN: sa.ColumnElement[str] = sa.literal_column("''")


class Member(NamedTuple):
    """A message of a task that is followed up; ``provider_message_id`` is the task's."""

    account_id: str
    provider_message_id: str
    message_id: str
    expire_time: int


def members(connection: sa.Connection, tasks: Collection[tuple[str, str]]) -> list[Member]:
    """The messages of tasks that are named by their account and the provider's id."""
    return [Member._make(row) for row in _MEMBERS.run(connection, sorted(tasks)).all()]


def mates(account_id: str, some: sa.Select[Any]) -> sa.Select[Any]:
    """The ids of all messages that are in one task with some messages of an account, those included."""
    mine, theirs = ATTEMPTS.alias("mine"), ATTEMPTS.alias("theirs")
    same = sa.and_(
        theirs.c.provider_message_id == mine.c.provider_message_id,
        theirs.c.account_id == mine.c.account_id,
    )
    return (
        sa.select(theirs.c.message_id)
        .join(mine, same)
        .where(mine.c.message_id.in_(some), mine.c.account_id == account_id)
        .where(mine.c.provider_message_id != _UNKNOWN, _is_last(mine), _is_last(theirs))
    )


def _is_last(attempts: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a call is its message's last: what it was in before is over."""
    others = ATTEMPTS.alias()
    of_message = sa.select(sa.func.max(others.c.number)).where(others.c.message_id == attempts.c.message_id)
    return attempts.c.number == of_message.correlate(attempts).scalar_subquery()


def _members(asked: sa.FromClause) -> sa.Select[Any]:
    named = sa.and_(
        ATTEMPTS.c.provider_message_id == asked.c.provider_message_id,
        ATTEMPTS.c.account_id == asked.c.account_id,
    )
    columns = (_f.account_id, ATTEMPTS.c.provider_message_id, _f.message_id, _f.expire_time)
    return (
        sa.select(*columns)
        .select_from(asked)
        .join(ATTEMPTS, named)
        .join(FOLLOW_UPS, sa.and_(_f.message_id == ATTEMPTS.c.message_id, _f.account_id == ATTEMPTS.c.account_id))
        .where(ATTEMPTS.c.provider_message_id != _UNKNOWN, _f.is_task, _is_last(ATTEMPTS))
    )


_MEMBERS = OverRows([ATTEMPTS.c.account_id, ATTEMPTS.c.provider_message_id], _members)

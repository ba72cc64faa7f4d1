"""The other waiting messages of customers, and the rest of those that give way to them."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import Facts, MessageState
from tidegate.delivery.store.facts import MESSAGE_COLUMNS, facts_of
from tidegate.delivery.store.tables import CUSTOMERS, MESSAGES, STATES
from tidegate.runtime.db import OverRows, real_now

_MOST = 5_000


class Rival(NamedTuple):
    """A message that waits to be decided as well, with its place in the queue by class and priority."""

    message: Facts
    rank: int


def waiting(
    connection: sa.Connection, customer_ids: Collection[int], *, token: str, rank: int, now: int
) -> list[Rival]:
    """What waits to be decided and takes slots: of these customers, ``rank`` or better, not under the lease ``token``.

    What wakes at this instant waits too.
    """
    asked = [(one,) for one in sorted(customer_ids)]
    rows = _WAITING.run(connection, asked, token=token, rank=rank, now=now, most=_MOST).all()
    return [Rival(facts_of(facts), rank) for *facts, rank in rows]


def set_aside(connection: sa.Connection, rests: Sequence[tuple[str, int]], *, token: str) -> None:
    """Ends the lease of messages that give way; nobody claims them for so many µs of real time."""
    _SET_ASIDE.run(connection, rests, token=token)


def _waiting(asked: sa.FromClause) -> sa.Select[Any]:
    m, s = MESSAGES.c, STATES.c
    now = sa.bindparam("now", type_=sa.BigInteger)
    woken = sa.and_(s.state == MessageState.DEFERRED, s.wake_time <= now)
    return (
        sa.select(*MESSAGE_COLUMNS, s.rank)
        .join(asked, asked.c.customer_id == m.customer_id)
        .join(STATES, s.message_id == m.message_id)
        .where(sa.text("messages.message_class IN ('marketing', 'marketing_override')"))  # as its index says it
        .where(m.expire_time > now)
        .where(sa.or_(s.state == MessageState.ACCEPTED, woken))
        .where(s.lease_token != sa.bindparam("token"), s.rank <= sa.bindparam("rank"))
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def _set_aside(given: sa.FromClause) -> sa.Update:
    s = STATES.c
    return (
        sa.update(STATES)
        .where(s.message_id == given.c.message_id, s.lease_token == sa.bindparam("token"))
        .where(s.state == MessageState.ACCEPTED)
        .values(lease_token="", lease_until_real=real_now() + given.c.rest, given_way=s.given_way + 1)
    )


_WAITING = OverRows([CUSTOMERS.c.customer_id], _waiting)
_SET_ASIDE = OverRows([STATES.c.message_id, sa.Column("rest", sa.BigInteger)], _set_aside)

"""The other waiting messages of customers, and the rest of those that give way to them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import FIRST_COUNTED, Facts, MessageState
from tidegate.delivery.store.facts import MESSAGE_COLUMNS, facts_of
from tidegate.delivery.store.failovers import names_of, refused_for_good
from tidegate.delivery.store.tables import CUSTOMERS, MESSAGES, STATES
from tidegate.runtime.db import OverRows, real_now

_MOST_OF_EACH = 50
Place = tuple[int, int, str]
"""A place in the queue, the less the better: by rank, expiry and id."""


class Rival(NamedTuple):
    """A message that waits to be decided as well, with its place in the queue by class and priority.

    ``closed_to`` are the accounts that have refused it, or lack what it takes to send it.
    """

    message: Facts
    rank: int
    closed_to: Sequence[str]


def waiting(
    connection: sa.Connection,
    places: Mapping[int, Place],
    *,
    token: str,
    channels: Collection[str],
    last: Place,
    now: int,
) -> list[Rival]:
    """What waits to be decided and takes slots, of each customer the best that are before its place.

    It is due or has woken, and is claimed by others or by nobody, but not under the lease ``token``. Where nothing of
    all that waits on ``channels`` is before the place ``last`` nobody is asked about: then it costs a look at what the
    lease holds.
    """
    rows = (
        _WAITING[connection.dialect.name]
        .run(
            connection,
            [(customer_id, *place) for customer_id, place in sorted(places.items())],
            token=token,
            channels=sorted(channels),
            last_rank=last[0],
            last_expiry=last[1],
            last_id=last[2],
            now=now,
        )
        .all()
    )
    return [
        Rival(facts_of(facts), rank, (names_of(tried) if lately else refused_for_good(tried)) + names_of(left))
        for *facts, rank, tried, lately, left in rows
    ]


def let_wait(connection: sa.Connection, rests: Sequence[tuple[str, int]], *, token: str) -> None:
    """Ends the lease of messages that give way; nobody claims them for so many µs of real time."""
    _LET_WAIT.run(connection, rests, token=token)


def _waiting(asked: sa.FromClause) -> sa.Select[Any]:
    """Numbered within each customer: SQLite finds them customer by customer, as it does all joins."""
    m, s = MESSAGES.c, STATES.c
    place = sa.func.row_number().over(partition_by=m.customer_id, order_by=(s.rank, s.expire_time, s.message_id))
    found = _before(asked).add_columns(place.label("place")).join(asked, asked.c.customer_id == m.customer_id)
    numbered = found.where(_is_anything_before()).subquery("found")
    told = [column for column in numbered.c if column.name != "place"]
    return sa.select(*told).where(numbered.c.place <= _MOST_OF_EACH)


def _waiting_of_each(asked: sa.FromClause) -> sa.Select[Any]:
    """A query for each customer: PostgreSQL would otherwise rather read and sort all that waits of everybody."""
    s = STATES.c
    of_one = _before(asked).where(MESSAGES.c.customer_id == asked.c.customer_id)
    best = of_one.order_by(s.rank, s.expire_time, s.message_id).limit(_MOST_OF_EACH).correlate(asked).lateral("found")
    return sa.select(best).select_from(asked.join(best, sa.true())).where(_is_anything_before())


def _before(asked: sa.FromClause) -> sa.Select[Any]:
    m, s = MESSAGES.c, STATES.c
    woken = sa.and_(s.state == MessageState.DEFERRED, s.wake_time <= _NOW)
    lately = (s.tried_until_real > real_now()).label("lately")
    return (
        sa.select(*MESSAGE_COLUMNS, s.rank, s.tried, lately, s.left_by)
        .select_from(MESSAGES)
        .join(STATES, s.message_id == m.message_id)
        .where(sa.text("messages.message_class IN ('marketing', 'marketing_override')"))  # as its index says it
        .where(m.expire_time > _NOW)
        .where(sa.or_(s.state == MessageState.ACCEPTED, woken))
        .where(s.lease_token != _TOKEN, _place(s) < _place(asked.c))
    )


def _is_anything_before() -> sa.ColumnElement[bool]:
    return sa.or_(_is_one_before(), _is_one_closed(), _has_one_woken())


def _place(columns: Any) -> sa.Tuple:
    return sa.tuple_(columns.rank, columns.expire_time, columns.message_id)


def _is_one_before() -> sa.ColumnElement[bool]:
    """Whether anything is due that others have, or nobody, before the last place: found by the index of what is due.

    What some accounts have refused or left stands in another.
    """
    s = STATES.alias("due").c
    last = sa.tuple_(
        sa.bindparam("last_rank", type_=sa.Integer),
        sa.bindparam("last_expiry", type_=sa.BigInteger),
        sa.bindparam("last_id", type_=sa.Text),
    )
    before = _place(s) < last
    is_open = sa.and_(s.tried == sa.literal_column("''"), s.left_by == sa.literal_column("''"))
    others = s.lease_token != _TOKEN
    return sa.exists(sa.select(s.message_id).where(_is_due(s), is_open, s.rank >= FIRST_COUNTED, before, others))


def _is_one_closed() -> sa.ColumnElement[bool]:
    """Whether there is anything, wherever it stands, that some accounts have refused or left."""
    s = STATES.alias("closed").c
    is_closed = sa.or_(s.tried != sa.literal_column("''"), s.left_by != sa.literal_column("''"))
    return sa.exists(sa.select(s.message_id).where(_is_due(s), is_closed))


def _is_due(s: Any) -> sa.ColumnElement[bool]:
    return sa.and_(s.channel.in_(sa.bindparam("channels", expanding=True)), s.state == sa.literal_column("'accepted'"))


def _has_one_woken() -> sa.ColumnElement[bool]:
    s = STATES.alias("woken").c
    return sa.exists(sa.select(s.message_id).where(s.state == sa.literal_column("'deferred'"), s.wake_time <= _NOW))


def _let_wait(given: sa.FromClause) -> sa.Update:
    s = STATES.c
    return (
        sa.update(STATES)
        .where(s.message_id == given.c.message_id, s.lease_token == sa.bindparam("token"))
        .where(s.state == MessageState.ACCEPTED)
        .values(lease_token="", lease_until_real=real_now() + given.c.rest, given_way=s.given_way + 1)
    )


_NOW = sa.bindparam("now", type_=sa.BigInteger)
_TOKEN = sa.bindparam("token", type_=sa.Text)
_PLACES = [CUSTOMERS.c.customer_id, STATES.c.rank, STATES.c.expire_time, STATES.c.message_id]
_WAITING = {
    "sqlite": OverRows(_PLACES, _waiting),
    "postgresql": OverRows(_PLACES, _waiting_of_each),
}
_LET_WAIT = OverRows([STATES.c.message_id, sa.Column("rest", sa.BigInteger)], _let_wait)

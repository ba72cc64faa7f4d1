"""What accounts have sent in periods of the calendar, of the most that their platforms take: leased in slices.

A period is known by its account, what kind of period it is, and when it starts: so what was sent in it counts on when
the platform's number changes. Messages count once their calls are begun; until then the slice holds room for them that
was leased for their batch, and for so long as the lease lasts. What was sent and what is leased are never more than
the platform takes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.store.tables import CAPS, SLICES
from tidegate.runtime.db import bulk_insert, bulk_upsert, real_now


class Span(NamedTuple):
    """A period, and the most that may be sent in it; ``name`` is its kind, such as `day`."""

    name: str
    starts: int
    ends: int
    most: int


def take(
    connection: sa.Connection, account_id: str, spans: Sequence[Span], wanted: int, *, token: str, lasting: int
) -> int:
    """Leases up to ``wanted`` for the batch ``token``, as many as each of the periods has room for."""
    used = _lock(connection, account_id, spans)
    connection.execute(sa.delete(SLICES).where(SLICES.c.account_id == account_id, SLICES.c.until_real <= real_now()))
    leased = _leased(connection, account_id, spans)
    count = max(min(wanted, *(one.most - used[one.name] - sum(leased[one.name].values()) for one in spans)), 0)
    if count:
        until = connection.scalars(sa.select(real_now())).one() + lasting
        rows = [(account_id, one.name, one.starts, token, count, until) for one in spans]
        bulk_insert(connection, SLICES, [dict(zip(SLICES.c.keys(), row, strict=True)) for row in rows])
    return count


def keep(connection: sa.Connection, account_id: str, *, token: str, count: int) -> None:
    """So much of the batch's slice is still needed; the rest is free."""
    own = SLICES.c.account_id == account_id, SLICES.c.token == token
    if count:
        connection.execute(sa.update(SLICES).where(*own, SLICES.c.places > count).values(places=count))
    else:
        connection.execute(sa.delete(SLICES).where(*own))


def leave(connection: sa.Connection, claims: Iterable[tuple[str, str]]) -> None:
    """Messages that were not called for go back to the queue, each claimed as (account, batch): their room is free."""
    for (account_id, token), count in sorted(Counter(claims).items()):
        left = sa.case((SLICES.c.places > count, SLICES.c.places - count), else_=0)
        own = SLICES.c.account_id == account_id, SLICES.c.token == token
        connection.execute(sa.update(SLICES).where(*own).values(places=left))


def call(
    connection: sa.Connection, account_id: str, spans: Sequence[Span], called: Mapping[str, int]
) -> dict[str, int]:
    """Counts messages whose calls begin, by the batches that they are of; returns how many of each may be called.

    Those are all for which the batch's slice is still leased in the period of the call; others need to find room.
    """
    used, leased = _lock(connection, account_id, spans), _leased(connection, account_id, spans)
    allowed: dict[str, int] = {}
    for token, wanted in sorted(called.items()):
        count = wanted
        for one in spans:
            own, all_leased = leased[one.name].get(token, 0), sum(leased[one.name].values())
            count = min(count, one.most - used[one.name], own + max(one.most - used[one.name] - all_leased, 0))
        allowed[token] = count = max(count, 0)
        for one in spans:
            used[one.name] += count
            leased[one.name][token] = max(leased[one.name].get(token, 0) - count, 0)
    _write(connection, account_id, spans, used, leased, allowed)
    return allowed


def uncall(connection: sa.Connection, begun: Iterable[tuple[str, int]]) -> None:
    """Calls that were begun, each as (account, when), are surely not made: what they count in their periods is free."""
    for (account_id, time), count in sorted(Counter(begun).items()):
        periods = CAPS.c.account_id == account_id, CAPS.c.starts <= time, CAPS.c.ends > time
        left = sa.case((CAPS.c.used > count, CAPS.c.used - count), else_=0)
        connection.execute(sa.update(CAPS).where(*periods).values(used=left))


def _write(
    connection: sa.Connection,
    account_id: str,
    spans: Sequence[Span],
    used: Mapping[str, int],
    leased: Mapping[str, Mapping[str, int]],
    tokens: Mapping[str, int],
) -> None:
    for one in spans:
        connection.execute(sa.update(CAPS).where(_of(CAPS, account_id, [one])).values(used=used[one.name]))
        for token in tokens:
            own = _of(SLICES, account_id, [one]), SLICES.c.token == token
            if left := leased[one.name][token]:
                connection.execute(sa.update(SLICES).where(*own).values(places=left))
            else:
                connection.execute(sa.delete(SLICES).where(*own))


def taken(connection: sa.Connection, account_id: str, spans: Sequence[Span]) -> Mapping[str, tuple[int, int]]:
    """By kind of period what is sent, and what is leased beside it; nothing for those that nobody has sent in."""
    query = sa.select(CAPS.c.name, CAPS.c.used, _leased_now()).where(_of(CAPS, account_id, spans))
    return {name: (sent, leased) for name, sent, leased in connection.execute(query)}


def used(connection: sa.Connection, account_id: str, now: int) -> Mapping[tuple[str, int], int]:
    """What is sent or leased of the periods that have not ended."""
    taken = CAPS.c.used + _leased_now()
    query = sa.select(CAPS.c.name, CAPS.c.starts, taken).where(CAPS.c.account_id == account_id, CAPS.c.ends > now)
    return {(name, starts): count for name, starts, count in connection.execute(query)}


def full_on(connection: sa.Connection, accounts: sa.Select[str], now: int) -> list[tuple[str, str, int]]:
    """The accounts that have no room now: (account, the cap in words, when there is room again)."""
    query = sa.select(CAPS.c.account_id, CAPS.c.name, CAPS.c.most, CAPS.c.ends).where(
        CAPS.c.account_id.in_(accounts),
        CAPS.c.starts <= now,
        CAPS.c.ends > now,
        CAPS.c.used + _leased_now() >= CAPS.c.most,
    )
    rows = connection.execute(query).all()
    return [
        (account_id, f"platform: {most} per account within a {name}", ends) for account_id, name, most, ends in rows
    ]


def _lock(connection: sa.Connection, account_id: str, spans: Sequence[Span]) -> dict[str, int]:
    """What was sent in the periods, their rows locked."""
    rows = [{"account_id": account_id, **one._asdict()} for one in spans]
    bulk_upsert(connection, CAPS, rows, key=["account_id", "name", "starts"], update=["most"])
    query = sa.select(CAPS.c.name, CAPS.c.used).where(_of(CAPS, account_id, spans))
    rows_used = connection.execute(query.order_by(CAPS.c.name).with_for_update()).all()
    return {row[0]: row[1] for row in rows_used}


def _leased(connection: sa.Connection, account_id: str, spans: Sequence[Span]) -> dict[str, dict[str, int]]:
    """By kind of period and batch, what is leased: the periods are locked, and so nobody leases more."""
    slices = SLICES.c
    query = sa.select(slices.name, slices.token, slices.places).where(
        _of(SLICES, account_id, spans), slices.until_real > real_now()
    )
    found: dict[str, dict[str, int]] = {one.name: {} for one in spans}
    for name, token, count in connection.execute(query):
        found[name][token] = count
    return found


def _leased_now() -> sa.ScalarSelect[Any]:
    slices = SLICES.c
    same = [slices[name] == CAPS.c[name] for name in ("account_id", "name", "starts")]
    total = sa.cast(sa.func.coalesce(sa.func.sum(slices.places), 0), sa.BigInteger)
    leased = sa.select(total).where(*same, slices.until_real > real_now())
    return leased.correlate(CAPS).scalar_subquery()


def _of(table: sa.Table, account_id: str, spans: Sequence[Span]) -> sa.ColumnElement[bool]:
    columns = table.c
    periods = [sa.and_(columns.name == one.name, columns.starts == one.starts) for one in spans]
    return sa.and_(columns.account_id == account_id, sa.or_(*periods))

"""What becomes of identifiers that are linked: they expire later than was thought, are found dead, are taken off."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.identity.store.tables import CUSTOMER, IDENTIFIER, UNLINKING
from tidegate.runtime.db import OverRows, bulk_insert
from tidegate.runtime.ids import new_id

_EXPIRES = sa.type_coerce(IDENTIFIER.c.expires, sa.BigInteger)


class Due(NamedTuple):
    """An identifier that has expired, and the customer it led to."""

    lookup: str
    namespace: str
    customer_id: int


class DeadAddress(NamedTuple):
    """An identifier that was found to be a dead address, when, and by which channel."""

    lookup: str
    invalid_since: int
    invalid_channel: str


def due(connection: sa.Connection, now: int, *, limit: int) -> list[Due]:
    """Identifiers that have expired by ``now``, those first that did first."""
    i = IDENTIFIER.c
    expired = (
        sa.select(i.lookup, i.namespace, CUSTOMER.c.canonical_id)
        .join_from(IDENTIFIER, CUSTOMER, CUSTOMER.c.id == i.original_id)
        .where(i.expires <= now)
        .order_by(i.expires)
        .limit(limit)
    )
    return [Due(*row) for row in connection.execute(expired)]


def renew(connection: sa.Connection, expiries: Mapping[str, int | None]) -> None:
    """Notes until when identifiers lead to their customers, None: for ever; never earlier than was noted."""
    if expiries:
        _RENEW.run(connection, sorted(expiries.items(), key=lambda each: each[0]))


def mark_dead(connection: sa.Connection, dead: Sequence[DeadAddress]) -> None:
    """Notes dead addresses, each once."""
    _MARK_DEAD.run(connection, sorted(dead))


def take_off(
    connection: sa.Connection,
    lookups: Collection[str],
    *,
    source: str,
    reason: str,
    time: int,
    expired_by: int | None = None,
) -> set[str]:
    """Takes identifiers off their customers, and keeps that they were there; with ``expired_by`` only the expired.

    Returns those that it took; others lead nowhere, or are no longer as they were.
    """
    if not lookups:
        return set()
    linked = _LINKED.run(connection, [(lookup,) for lookup in lookups]).all()
    rows = [row for expires, *row in linked if expired_by is None or (expires is not None and expires <= expired_by)]
    bulk_insert(connection, UNLINKING, [(new_id(), *row, source, reason, time) for row in rows])
    taken = {lookup for lookup, *_ in rows}
    if taken:
        _TAKE_OFF.run(connection, [(lookup,) for lookup in sorted(taken)])
    return taken


def _linked(asked: sa.FromClause) -> sa.Select[Any]:
    i = IDENTIFIER.c
    found = sa.select(_EXPIRES, i.lookup, i.namespace, i.value, i.original_id, i.source, i.time)
    return found.join_from(asked, IDENTIFIER, i.lookup == asked.c.lookup).with_for_update(of=IDENTIFIER)


def _take_off(given: sa.FromClause) -> sa.Delete:
    return sa.delete(IDENTIFIER).where(IDENTIFIER.c.lookup.in_(sa.select(given.c.lookup)))


def _renew(given: sa.FromClause) -> sa.Update:
    i = IDENTIFIER.c
    later = sa.or_(given.c.expires.is_(None), i.expires.is_(None), i.expires < given.c.expires)
    return sa.update(IDENTIFIER).where(i.lookup == given.c.lookup, later).values(expires=given.c.expires)


def _mark_dead(given: sa.FromClause) -> sa.Update:
    marked = sa.update(IDENTIFIER).where(IDENTIFIER.c.lookup == given.c.lookup)
    return marked.values(invalid_since=given.c.invalid_since, invalid_channel=given.c.invalid_channel)


_LINKED = OverRows([IDENTIFIER.c.lookup], _linked)
_TAKE_OFF = OverRows([IDENTIFIER.c.lookup], _take_off, name="given")
_RENEW = OverRows([IDENTIFIER.c.lookup, IDENTIFIER.c.expires], _renew, name="given")
_MARK_DEAD = OverRows(
    [IDENTIFIER.c.lookup, IDENTIFIER.c.invalid_since, IDENTIFIER.c.invalid_channel], _mark_dead, name="given"
)

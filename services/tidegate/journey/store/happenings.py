"""What happens to customers, brought to their open walks."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.journey.conditions import Signal
from tidegate.journey.happened import MessageNews
from tidegate.journey.store.tables import ENROLLMENTS, SIGNALS
from tidegate.runtime.clock import micros
from tidegate.runtime.db import bulk_upsert, row_source

_E = ENROLLMENTS.c
_IS_OPEN = _E.ended_at.is_(None)
"""Open, said so that SQLite looks customers up and does not go through the index of all that is due."""


class OpenWalk(NamedTuple):
    """An open walk of a customer, as far as it matters to whom a happening goes."""

    enrollment_id: str
    journey_id: str
    version: int
    customer_id: int


def open_walks_of(connection: sa.Connection, customer_ids: Sequence[int]) -> list[OpenWalk]:
    """The open walks of these customers."""
    given = row_source(connection, "given", [_E.customer_id], [(each,) for each in customer_ids])
    query = sa.select(_E.enrollment_id, _E.journey_id, _E.version, _E.customer_id).join_from(
        given, ENROLLMENTS, sa.and_(_E.customer_id == given.c.customer_id, _IS_OPEN)
    )
    return [OpenWalk(*row) for row in connection.execute(query)]


def versions_of(connection: sa.Connection, enrollment_ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The journey and version of those of these walks that are open."""
    if not enrollment_ids:
        return {}
    given = row_source(connection, "given", [_E.enrollment_id], [(each,) for each in enrollment_ids])
    query = sa.select(_E.enrollment_id, _E.journey_id, _E.version).join_from(
        given, ENROLLMENTS, sa.and_(_E.enrollment_id == given.c.enrollment_id, _IS_OPEN)
    )
    return {name: (journey_id, version) for name, journey_id, version in connection.execute(query)}


def add_signals(connection: sa.Connection, signals: Sequence[tuple[str, Signal]], *, now: datetime) -> None:
    """Stores signals of open walks, by enrollment, and makes these due.

    The walks' rows are changed first: a worker that is storing a step waits, or has stored it, and in both cases
    the walk is looked at again.
    """
    if not signals:
        return
    names = sorted({enrollment_id for enrollment_id, _ in signals})
    given = row_source(connection, "given", [_E.enrollment_id], [(name,) for name in names])
    connection.execute(
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == given.c.enrollment_id, _IS_OPEN)
        .values(signals=_E.signals + 1, due_at=_earlier(_E.due_at, now))
    )
    rows = {
        (enrollment_id, signal.reference): {
            "enrollment_id": enrollment_id,
            "reference": signal.reference,
            "key": signal.key,
            "time": signal.time,
            "position": signal.position,
            "properties": dict(signal.properties or {}),
        }
        for enrollment_id, signal in signals
    }
    bulk_upsert(connection, SIGNALS, list(rows.values()), key=["enrollment_id", "reference"], update=[])


def add_news(connection: sa.Connection, news: Sequence[MessageNews], *, now: datetime) -> None:
    """Notes what became of messages at the visits that wait for it, the newest per visit, and makes these due."""
    if not news:
        return
    latest = {(each.enrollment_id, each.visit): each for each in news}
    columns = [_E.enrollment_id, _E.visit, _E.message_id, _E.news_label, _E.news_reason]
    rows = [
        (each.enrollment_id, each.visit, each.message_id, each.news.label, each.news.reason) for each in latest.values()
    ]
    given = row_source(connection, "given", columns, rows)
    connection.execute(
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == given.c.enrollment_id, _E.visit == given.c.visit, _IS_OPEN)
        .values(
            message_id=given.c.message_id,
            news_label=given.c.news_label,
            news_reason=given.c.news_reason,
            signals=_E.signals + 1,
            due_at=_earlier(_E.due_at, now),
        )
    )


def _earlier(column: sa.ColumnElement[datetime], now: datetime) -> sa.ColumnElement[datetime]:
    return sa.case((column < now, column), else_=sa.literal(micros(now), sa.BigInteger))

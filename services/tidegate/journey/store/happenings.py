"""What happens to customers, brought to their open walks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.journey.conditions import Signal
from tidegate.journey.happened import MessageNews
from tidegate.journey.store.tables import ENROLLMENTS, SIGNALS
from tidegate.runtime.clock import micros
from tidegate.runtime.db import OverRows, bulk_upsert

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
    return [OpenWalk(*row) for row in _OPEN_WALKS.run(connection, [(each,) for each in customer_ids])]


_OPEN_WALKS = OverRows(
    [_E.customer_id],
    lambda asked: sa.select(_E.enrollment_id, _E.journey_id, _E.version, _E.customer_id).join_from(
        asked, ENROLLMENTS, sa.and_(_E.customer_id == asked.c.customer_id, _IS_OPEN)
    ),
)


def versions_of(connection: sa.Connection, enrollment_ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The journey and version of those of these walks that are open."""
    if not enrollment_ids:
        return {}
    found = _VERSIONS.run(connection, [(each,) for each in enrollment_ids])
    return {name: (journey_id, version) for name, journey_id, version in found}


_VERSIONS = OverRows(
    [_E.enrollment_id],
    lambda asked: sa.select(_E.enrollment_id, _E.journey_id, _E.version).join_from(
        asked, ENROLLMENTS, sa.and_(_E.enrollment_id == asked.c.enrollment_id, _IS_OPEN)
    ),
)


def add_signals(connection: sa.Connection, signals: Sequence[tuple[str, Signal]], *, now: datetime) -> None:
    """Stores signals of open walks, by enrollment, and makes these due.

    The walks' rows are changed first: a worker that is storing a step waits, or has stored it, and in both cases
    the walk is looked at again.
    """
    if not signals:
        return
    names = sorted({enrollment_id for enrollment_id, _ in signals})
    _COUNT_SIGNAL.run(connection, [(name,) for name in names], now=micros(now))
    rows = {
        (enrollment_id, signal.reference): (
            enrollment_id, signal.reference, signal.key, signal.time, signal.position, dict(signal.properties or {})
        )
        for enrollment_id, signal in signals
    }  # fmt: skip
    bulk_upsert(connection, SIGNALS, list(rows.values()), key=["enrollment_id", "reference"], update=[])


def add_news(connection: sa.Connection, news: Sequence[MessageNews], *, now: datetime) -> None:
    """Notes what became of messages at the visits that wait for it, the newest per visit, and makes these due."""
    if not news:
        return
    latest = {(each.enrollment_id, each.visit): each for each in news}
    rows = [
        (each.enrollment_id, each.visit, each.message_id, each.news.label, each.news.reason) for each in latest.values()
    ]
    _NOTE_NEWS.run(connection, rows, now=micros(now))


def _due_now() -> dict[str, sa.ColumnElement[Any]]:
    """What makes a walk due, whoever holds it."""
    now = sa.bindparam("now", type_=sa.BigInteger())
    return {"signals": _E.signals + 1, "due_at": sa.case((_E.due_at < now, _E.due_at), else_=now)}


_COUNT_SIGNAL = OverRows(
    [_E.enrollment_id],
    lambda given: (
        sa.update(ENROLLMENTS).where(_E.enrollment_id == given.c.enrollment_id, _IS_OPEN).values(**_due_now())
    ),
    name="given",
)
_NOTE_NEWS = OverRows(
    [_E.enrollment_id, _E.visit, _E.message_id, _E.news_label, _E.news_reason],
    lambda given: (
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == given.c.enrollment_id, _E.visit == given.c.visit, _IS_OPEN)
        .values(
            message_id=given.c.message_id,
            news_label=given.c.news_label,
            news_reason=given.c.news_reason,
            **_due_now(),
        )
    ),
    name="given",
)

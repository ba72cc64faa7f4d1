"""Reads enrollments, their steps, and their counts."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tidegate.journey.listing import Listing, Order
from tidegate.journey.store.rows import Enrollment, memory_from
from tidegate.journey.store.tables import ENROLLMENTS, JOURNEYS, STEPS, TALLIES
from tidegate.journey.walk import Posture, Step, WalkState

_E = ENROLLMENTS.c
_READ = (
    _E.enrollment_id, _E.journey_id, _E.version, _E.customer_id, _E.original_customer_id, _E.entry_key, _E.cause,
    _E.entered_at, _E.state, _E.ended_at, _E.end_reason, _E.merged_into, _E.node_id, _E.visit, _E.node_entered_at,
    _E.posture, _E.timer_at, _E.due_at, _E.memory, _E.message_id, _E.attempts, _E.last_error,
)  # fmt: skip

_ORDERS = {
    Order.ID: (_E.enrollment_id,),
    Order.ENTRY: (_E.entered_at, _E.enrollment_id),
    Order.END: (_E.ended_at, _E.enrollment_id),
}


def enrollment(connection: sa.Connection, enrollment_id: str) -> Enrollment | None:
    """One enrollment."""
    row = connection.execute(sa.select(*_READ).where(_E.enrollment_id == enrollment_id)).one_or_none()
    return None if row is None else _enrollment(row)


def enrollments(connection: sa.Connection, listing: Listing, *, limit: int) -> list[Enrollment]:
    """Up to ``limit`` enrollments of a list."""
    order = _ORDERS[listing.order]
    query = sa.select(*_READ).order_by(*(column.desc() for column in order)).limit(limit)
    if listing.behind is not None:
        query = query.where(sa.tuple_(*order) < sa.tuple_(*map(sa.literal, listing.behind)))
    if listing.order is Order.END:
        query = query.where(_E.ended_at.is_not(None))
    if listing.start is not None:
        query = query.where(order[0] >= listing.start)
    if listing.end is not None:
        query = query.where(order[0] < listing.end)
    if listing.journey_id:
        query = query.where(_E.journey_id == listing.journey_id)
    if listing.customer_id:
        query = query.where(_E.customer_id == listing.customer_id)
    if listing.states:
        query = query.where(_E.state.in_(listing.states))
    if listing.node_id:
        query = query.where(_E.node_id == listing.node_id)
    return [_enrollment(row) for row in connection.execute(query)]


def steps(connection: sa.Connection, enrollment_id: str) -> list[Step]:
    """The visits of a walk that have ended, in order."""
    step = STEPS.c
    query = sa.select(
        step.visit, step.node_id, step.entered_at, step.left_at, step.label, step.reason, step.message_id
    ).where(step.enrollment_id == enrollment_id)
    return [Step(*row) for row in connection.execute(query.order_by(step.visit))]


def tallies(connection: sa.Connection, journey_id: str, version: int) -> list[tuple[str, str, str, str, int]]:
    """Sums by (kind, node, label, reason); version 0 means all."""
    tally = TALLIES.c
    keys = (tally.kind, tally.node_id, tally.label, tally.reason)
    query = sa.select(*keys, sa.func.sum(tally.count)).where(tally.journey_id == journey_id)
    if version:
        query = query.where(tally.version == version)
    found = connection.execute(query.group_by(*keys).order_by(*keys))
    return [(kind, node_id, label, reason, int(count)) for kind, node_id, label, reason, count in found]


def standing(connection: sa.Connection, journey_id: str, version: int) -> dict[str, int]:
    """How many open walks stand at each node; version 0 means all."""
    query = sa.select(_E.node_id, sa.func.count()).where(_E.journey_id == journey_id, _E.state == "open")
    if version:
        query = query.where(_E.version == version)
    return dict(map(tuple, connection.execute(query.group_by(_E.node_id))))


def laggards(
    connection: sa.Connection,
    *,
    journey_id: str,
    due_before: datetime,
    attempts: int,
    after: str,
    limit: int,
) -> list[Enrollment]:
    """Open walks of journeys that are not paused and that have been due since before an instant, whose step
    failed so often, or that nothing wakes when what they wait for is over; by id."""
    moving = sa.select(JOURNEYS.c.journey_id).where(JOURNEYS.c.state != "paused")
    query = sa.select(*_READ).where(
        _E.state == "open",
        _E.enrollment_id > after,
        _E.journey_id.in_(moving),
        sa.or_(
            _E.due_at < due_before,
            _E.attempts >= attempts,
            sa.and_(_E.posture != "ready", _E.due_at > _E.timer_at),
        ),
    )
    if journey_id:
        query = query.where(_E.journey_id == journey_id)
    found = connection.execute(query.order_by(_E.enrollment_id).limit(limit))
    return [_enrollment(row) for row in found]


def _enrollment(row: Any) -> Enrollment:
    values = dict(zip(_FIELDS, row, strict=True))
    values["state"] = WalkState(values["state"])
    values["posture"] = Posture(values["posture"])
    values["memory"] = memory_from(values["memory"])
    return Enrollment(**values)


_FIELDS = tuple(field.name for field in fields(Enrollment))

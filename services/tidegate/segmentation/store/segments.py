"""Segments: one row each."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tidegate.runtime.db import insert
from tidegate.segmentation.model.segment import (
    DECISIVE,
    Announcement,
    Cause,
    Evaluation,
    Request,
    Segment,
    SegmentState,
)
from tidegate.segmentation.store.tables import ORIGIN, SEGMENTS

_MICROSECOND = timedelta(microseconds=1)


def origin(connection: sa.Connection, *, otherwise: str) -> str:
    """The database's name for itself; ``otherwise`` becomes it when it has none."""
    statement = insert(connection, ORIGIN).values(id=1, name=otherwise)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
    return str(connection.scalars(sa.select(ORIGIN.c.name)).one())


def create(connection: sa.Connection, segment: Segment) -> bool:
    """Stores a new segment; False when the id is taken."""
    statement = insert(connection, SEGMENTS).values(_row(segment))
    stored = statement.on_conflict_do_nothing().returning(SEGMENTS.c.segment_id)
    return connection.scalar(stored) is not None


def save(connection: sa.Connection, segment: Segment) -> None:
    """Stores all of a segment that was loaded in this transaction."""
    row = _row(segment)
    connection.execute(sa.update(SEGMENTS).where(SEGMENTS.c.segment_id == segment.segment_id).values(row))


def load(connection: sa.Connection, segment_id: str) -> Segment | None:
    """One segment."""
    found = connection.execute(_select().where(SEGMENTS.c.segment_id == segment_id)).one_or_none()
    return None if found is None else _segment(found)


def lock_rules(connection: sa.Connection) -> None:
    """The right to change which segments name each other, held until the write transaction ends.

    It is taken before any segment is locked.
    """
    connection.execute(sa.select(ORIGIN.c.name).with_for_update()).all()


def lock(connection: sa.Connection, segment_id: str) -> Segment | None:
    """One segment, held until the write transaction ends."""
    statement = _select().where(SEGMENTS.c.segment_id == segment_id).with_for_update()
    found = connection.execute(statement).one_or_none()
    return None if found is None else _segment(found)


def page(connection: sa.Connection, *, after: str, limit: int, archived: Collection[str]) -> list[Segment]:
    """Up to ``limit`` segments with ids behind ``after``, those in the states ``archived`` left out."""
    statement = _select().where(SEGMENTS.c.segment_id > after, SEGMENTS.c.state.not_in(archived))
    return [_segment(row) for row in connection.execute(statement.order_by(SEGMENTS.c.segment_id).limit(limit))]


def current(connection: sa.Connection) -> list[Segment]:
    """All segments that are not archived."""
    statement = _select().where(SEGMENTS.c.state != SegmentState.ARCHIVED)
    return [_segment(row) for row in connection.execute(statement.order_by(SEGMENTS.c.segment_id))]


def finish(
    connection: sa.Connection, segment_id: str, *, requested: int, now: datetime, position: int, error: str
) -> Segment | None:
    """Notes the end of the computation that was requested as number ``requested``; the segment as it is then.

    With an ``error`` the request stays open, to be tried again. None when nobody need be told: the segment is
    archived, or has failed in the same way before.
    """
    segment = lock(connection, segment_id)
    if segment is None or segment.state is SegmentState.ARCHIVED:
        return None
    if error:
        failed = replace(segment, state=SegmentState.FAILED, last_error=error)
        if failed == segment:
            return None
        segment = failed
    else:
        done = segment.requested <= requested
        segment = replace(
            segment,
            completed=requested,
            **_next_reason(segment, done=requested),
            state=SegmentState.ACTIVE if done else SegmentState.COMPUTING,
            evaluated_at=now,
            identity_position=position,
            last_error="",
        )
    save(connection, segment)
    return segment


def request(connection: sa.Connection, segment: Segment, cause: Cause, announcement: Announcement) -> Segment:
    """Asks for a computation of a segment that is locked.

    One that is due already and has not begun will do, and goes by its own cause, unless this one is decisive.
    """
    due = segment.requested > segment.completed
    new = Request(segment.requested + 1, cause, announcement)
    asked = replace(
        segment,
        requested=new.number,
        state=SegmentState.COMPUTING,
        queued=(*segment.queued, new) if due else (),
    )
    if not due or cause in DECISIVE:
        asked = replace(asked, cause=cause, announcement=announcement)
    save(connection, asked)
    return asked


def fail(connection: sa.Connection, segment_id: str, error: str) -> Segment | None:
    """A segment could not be asked anew: it has failed, until all of it is computed, which is asked for with this.

    None when it is archived.
    """
    segment = lock(connection, segment_id)
    if segment is None or segment.state is SegmentState.ARCHIVED:
        return None
    asked = request(connection, segment, Cause.FACTS, Announcement.ALL)
    failed = replace(asked, state=SegmentState.FAILED, last_error=error)
    save(connection, failed)
    return failed


def note_evaluated(connection: sa.Connection, segment_ids: Sequence[str], *, now: datetime, position: int) -> None:
    """Notes for which instant and position of identity's feed segments were asked."""
    connection.execute(
        sa.update(SEGMENTS)
        .where(SEGMENTS.c.segment_id.in_(segment_ids))
        .values(evaluated_at=now, identity_position=position)
    )


def _next_reason(segment: Segment, *, done: int) -> dict[str, Any]:
    """What is left of the requests when those up to number ``done`` are done, and what the next one goes by."""
    left = tuple(each for each in segment.queued if each.number > done)
    if not left:
        return {"queued": ()}
    first = next((each for each in reversed(left) if each.cause in DECISIVE), left[0])
    return {"queued": left, "cause": first.cause, "announcement": first.announcement}


def _select() -> sa.Select[Any]:
    return sa.select(SEGMENTS)


def _row(segment: Segment) -> dict[str, Any]:
    return {column.name: getattr(segment, column.name) for column in SEGMENTS.c if column.name != "minimum_stay"} | {
        "minimum_stay": segment.minimum_stay // _MICROSECOND
    }


def _segment(row: sa.Row[Any]) -> Segment:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name for it)
    return replace(
        Segment(**values),
        minimum_stay=timedelta(microseconds=values["minimum_stay"]),
        evaluation=Evaluation(values["evaluation"]),
        state=SegmentState(values["state"]),
        queued=tuple(Request(number, Cause(cause), Announcement(said)) for number, cause, said in values["queued"]),
        cause=Cause(values["cause"]),
        announcement=Announcement(values["announcement"]),
    )

"""Journeys and their versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tidegate.journey.store.tables import ENROLLMENTS, JOURNEYS, SCHEDULES, VERSIONS
from tidegate.runtime.clock import micros
from tidegate.runtime.db import bulk_upsert, insert

_J = JOURNEYS.c
_E = ENROLLMENTS.c


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey; ``draft`` is a stored Definition, ``revision`` counts its changes."""

    journey_id: str
    display_name: str
    description: str
    campaign_id: str
    brand: str
    state: str
    draft: bytes
    live_version: int
    revision: int
    created: datetime
    updated: datetime
    paused: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """A published version; ``definition`` is a stored Definition."""

    journey_id: str
    version: int
    definition: bytes
    published: datetime
    publisher: str
    note: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """An audience that is to come in at ``start``; those up to ``after_customer_id`` are in."""

    journey_id: str
    version: int
    segment_id: str
    start: datetime
    after_customer_id: int

    @property
    def key(self) -> tuple[str, int, str, datetime]:
        """What tells it from the others."""
        return self.journey_id, self.version, self.segment_id, self.start


def create(connection: sa.Connection, journey: Journey) -> bool:
    """Stores a new journey; False when its id is taken."""
    statement = insert(connection, JOURNEYS).values(_journey_row(journey))
    unless_taken = statement.on_conflict_do_nothing(index_elements=["journey_id"])
    return connection.scalar(unless_taken.returning(_J.journey_id)) is not None


def get(connection: sa.Connection, journey_id: str, *, lock: bool = False) -> Journey | None:
    """The journey; with ``lock`` nobody else changes it, or takes customers into it, until the commit."""
    query = sa.select(JOURNEYS).where(_J.journey_id == journey_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Journey(*row)


def share(connection: sa.Connection, journey_id: str) -> Journey | None:
    """The journey, whose state stays as it is until the commit; others may share it."""
    query = sa.select(JOURNEYS).where(_J.journey_id == journey_id).with_for_update(read=True)
    row = connection.execute(query).one_or_none()
    return None if row is None else Journey(*row)


def change(connection: sa.Connection, journey: Journey) -> None:
    """Stores a journey that was read with a lock."""
    row = _journey_row(journey)
    connection.execute(sa.update(JOURNEYS).where(_J.journey_id == row.pop("journey_id")).values(row))


def page(
    connection: sa.Connection, *, after: str, limit: int, states: Sequence[str], campaign_id: str
) -> list[Journey]:
    """Up to ``limit`` journeys behind the id ``after``."""
    query = sa.select(JOURNEYS).where(_J.journey_id > after, _J.state.in_(states))
    if campaign_id:
        query = query.where(_J.campaign_id == campaign_id)
    return [Journey(*row) for row in connection.execute(query.order_by(_J.journey_id).limit(limit))]


def every(connection: sa.Connection) -> list[Journey]:
    """All journeys that were published and are not archived."""
    query = sa.select(JOURNEYS).where(_J.live_version > 0, _J.state != "archived")
    return [Journey(*row) for row in connection.execute(query)]


def add_version(connection: sa.Connection, version: Version) -> None:
    """Stores a version, for ever."""
    connection.execute(
        sa.insert(VERSIONS).values(
            journey_id=version.journey_id,
            version=version.version,
            definition=version.definition,
            published_at=version.published,
            publisher=version.publisher,
            note=version.note,
        )
    )


def version(connection: sa.Connection, journey_id: str, number: int) -> Version | None:
    """One version."""
    query = sa.select(VERSIONS).where(VERSIONS.c.journey_id == journey_id, VERSIONS.c.version == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else Version(*row)


def versions(connection: sa.Connection, journey_id: str, *, before: int, limit: int) -> list[Version]:
    """Up to ``limit`` versions below the number ``before``, the newest first."""
    query = sa.select(VERSIONS).where(VERSIONS.c.journey_id == journey_id, VERSIONS.c.version < before)
    found = connection.execute(query.order_by(VERSIONS.c.version.desc()).limit(limit))
    return [Version(*row) for row in found]


def standing(connection: sa.Connection, journey_id: str) -> list[tuple[int, str, int]]:
    """How many open walks stand at each node of each version."""
    query = sa.select(_E.version, _E.node_id, sa.func.count()).where(_E.journey_id == journey_id, _E.state == "open")
    rows = connection.execute(query.group_by(_E.version, _E.node_id).order_by(_E.version, _E.node_id))
    return [(number, node_id, count) for number, node_id, count in rows]


def shift_timers(connection: sa.Connection, journey_id: str, *, paused: datetime, by: int) -> None:
    """Moves what remained of waits at the instant of the pause by ``by`` microseconds."""
    until = micros(paused)
    held = sa.and_(
        _E.journey_id == journey_id,
        _E.state == "open",
        _E.posture.in_(("timer", "happening")),
        _E.timer_at > until,
    )
    timer = sa.type_coerce(_E.timer_at, sa.BigInteger)
    due = sa.type_coerce(_E.due_at, sa.BigInteger)
    connection.execute(
        sa.update(ENROLLMENTS)
        .where(held)
        .values(timer_at=timer + by, due_at=sa.case((_E.due_at == _E.timer_at, due + by), else_=due))
    )


def add_schedules(connection: sa.Connection, schedules: Sequence[Schedule]) -> None:
    """Stores audiences that are to come in."""
    rows = [
        {
            "journey_id": each.journey_id,
            "version": each.version,
            "segment_id": each.segment_id,
            "start_at": each.start,
            "state": "waiting",
            "after_customer_id": 0,
        }
        for each in schedules
    ]
    bulk_upsert(connection, SCHEDULES, rows, key=_SCHEDULE_KEY, update=[])


def drop_schedules(connection: sa.Connection, journey_id: str) -> None:
    """Gives up the audiences of a journey that have not come in."""
    connection.execute(
        sa.update(SCHEDULES)
        .where(SCHEDULES.c.journey_id == journey_id, SCHEDULES.c.state == "waiting")
        .values(state="dropped")
    )


def due_schedules(connection: sa.Connection, now: datetime) -> list[Schedule]:
    """The audiences of active journeys that are due, in the order of their keys."""
    schedule = SCHEDULES.c
    query = (
        sa.select(*(schedule[name] for name in _SCHEDULE_KEY), schedule.after_customer_id)
        .join(JOURNEYS, _J.journey_id == schedule.journey_id)
        .where(schedule.state == "waiting", schedule.start_at <= now, _J.state == "active")
        .order_by(*(schedule[name] for name in _SCHEDULE_KEY))
    )
    return [Schedule(*row) for row in map(tuple, connection.execute(query))]


def advance_schedule(connection: sa.Connection, schedule: Schedule, *, after: int, is_done: bool) -> bool:
    """Notes that an audience is in up to a customer; False when somebody else has noted it."""
    column = SCHEDULES.c
    statement = (
        sa.update(SCHEDULES)
        .where(
            column.journey_id == schedule.journey_id,
            column.version == schedule.version,
            column.segment_id == schedule.segment_id,
            column.start_at == schedule.start,
            column.state == "waiting",
            column.after_customer_id == schedule.after_customer_id,
        )
        .values(after_customer_id=after, state="done" if is_done else "waiting")
    )
    return connection.execute(statement).rowcount == 1


_SCHEDULE_KEY = ["journey_id", "version", "segment_id", "start_at"]


def _journey_row(journey: Journey) -> dict[str, Any]:
    return {
        "journey_id": journey.journey_id,
        "display_name": journey.display_name,
        "description": journey.description,
        "campaign_id": journey.campaign_id,
        "brand": journey.brand,
        "state": journey.state,
        "draft": journey.draft,
        "live_version": journey.live_version,
        "revision": journey.revision,
        "created_at": journey.created,
        "updated_at": journey.updated,
        "paused_at": journey.paused,
    }

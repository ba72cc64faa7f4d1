"""Moves what a merged customer has to the survivor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tidegate.journey.store.tables import ENROLLMENTS, GUARDS
from tidegate.runtime.db import insert, row_source

_E = ENROLLMENTS.c
_G = GUARDS.c


@dataclass(frozen=True, slots=True)
class LiveWalk:
    """An open walk, as far as it decides which of two goes on."""

    enrollment_id: str
    journey_id: str
    version: int
    customer_id: int
    entry_key: str
    entered: datetime
    visit: int
    node_id: str
    node_entered: datetime
    message_id: str


def give_back(connection: sa.Connection, *, remaining: int, customer_id: int, original_ids: Sequence[int]) -> None:
    """Gives the walks that began under these ids to the customer who has them now."""
    connection.execute(
        sa.update(ENROLLMENTS)
        .where(_E.customer_id == remaining, _E.original_customer_id.in_(original_ids))
        .values(customer_id=customer_id)
    )


def guard_anew(connection: sa.Connection, customer_ids: Sequence[int]) -> None:
    """Makes the guards of customers from their walks."""
    connection.execute(sa.delete(GUARDS).where(_G.customer_id.in_(customer_ids)))
    is_open = sa.case((_E.state == "open", 1), else_=0)
    walked = (
        sa.select(
            _E.customer_id,
            _E.journey_id,
            _E.entry_key,
            sa.func.max(_E.entered_at),
            sa.func.max(_E.enrollment_id),  # ids rise with time
            sa.func.sum(is_open),
        )
        .where(_E.customer_id.in_(customer_ids))
        .group_by(_E.customer_id, _E.journey_id, _E.entry_key)
    )
    names = ["customer_id", "journey_id", "entry_key", "entered_at", "enrollment_id", "open"]
    connection.execute(sa.insert(GUARDS).from_select(names, walked))


def walking(connection: sa.Connection, customer_ids: Sequence[int]) -> set[int]:
    """Those of the customers who have walked any journey, now or before."""
    given = row_source(connection, "given", [_G.customer_id], [(each,) for each in customer_ids])
    found: set[int] = set()
    for column in (_G.customer_id, _E.customer_id):
        known = sa.exists().where(column == given.c.customer_id)
        found.update(connection.scalars(sa.select(given.c.customer_id).where(known)))
    return found


def lock_open(connection: sa.Connection, customer_ids: Sequence[int]) -> list[LiveWalk]:
    """The open walks of these customers, held until the commit, the oldest first."""
    query = (
        sa.select(
            _E.enrollment_id, _E.journey_id, _E.version, _E.customer_id, _E.entry_key, _E.entered_at, _E.visit,
            _E.node_id, _E.node_entered_at, _E.message_id,
        )
        .where(_E.customer_id.in_(customer_ids), _E.state == "open")
        .order_by(_E.entered_at, _E.enrollment_id)
        .with_for_update()
    )  # fmt: skip
    return [LiveWalk(*row) for row in map(tuple, connection.execute(query))]


def move(connection: sa.Connection, *, merged: int, survivor: int) -> None:
    """Puts all walks of ``merged`` under ``survivor``, and joins their guards: the later entry, the sum of walks."""
    connection.execute(sa.update(ENROLLMENTS).where(_E.customer_id == merged).values(customer_id=survivor))
    taken = sa.select(
        _G.journey_id,
        sa.literal(survivor, sa.BigInteger),
        _G.entry_key,
        _G.entered_at,
        _G.enrollment_id,
        _G.open,
    ).where(_G.customer_id == merged)
    names = ["journey_id", "customer_id", "entry_key", "entered_at", "enrollment_id", "open"]
    statement = insert(connection, GUARDS).from_select(names, taken)
    given = statement.excluded
    later = given.entered_at > _G.entered_at
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["journey_id", "customer_id", "entry_key"],
            set_={
                "open": _G.open + given.open,
                "entered_at": sa.case((later, given.entered_at), else_=_G.entered_at),
                "enrollment_id": sa.case((later, given.enrollment_id), else_=_G.enrollment_id),
            },
        )
    )
    connection.execute(sa.delete(GUARDS).where(_G.customer_id == merged))


def end(connection: sa.Connection, walks: Sequence[LiveWalk], *, state: str, reason: str, now: datetime) -> None:
    """Ends open walks where they stand; a worker that holds one loses it."""
    given = row_source(connection, "given", [_E.enrollment_id], [(walk.enrollment_id,) for walk in walks])
    connection.execute(
        sa.update(ENROLLMENTS)
        .where(_E.enrollment_id == given.c.enrollment_id, _E.state == "open")
        .values(state=state, end_reason=reason, ended_at=now, due_at=None, lease_token="", leased_until=0)
    )


def point_to(connection: sa.Connection, into: dict[str, str]) -> None:
    """Notes for walks that ended as merged which one goes on."""
    if not into:
        return
    given = row_source(connection, "given", [_E.enrollment_id, _E.merged_into], list(into.items()))
    connection.execute(
        sa.update(ENROLLMENTS).where(_E.enrollment_id == given.c.enrollment_id).values(merged_into=given.c.merged_into)
    )

"""Takes customers in: policies are decided on guard rows, and what brings somebody is decided once, whatever runs at
the same time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.journey.canvas import EntryFrequency
from tidegate.journey.conditions import Scalar
from tidegate.journey.store.rows import memory_to
from tidegate.journey.store.tables import ENROLLMENTS, ENTRIES, GUARDS, TURNSTILES
from tidegate.journey.walk import Memory
from tidegate.runtime.clock import micros
from tidegate.runtime.db import LostRace, OverRows, insert, row_source

_E = ENROLLMENTS.c
_N = ENTRIES.c

Key = tuple[int, str]
"""A customer and an entry key."""


class Newcomer(NamedTuple):
    """Somebody to be taken in. ``reference`` names what brings them; empty: it can't be told from a repetition."""

    enrollment_id: str
    customer_id: int
    original_customer_id: int
    entry_key: str
    reference: str
    cause: Mapping[str, Scalar]
    properties: Mapping[str, Scalar]
    position: int = 0
    since: datetime | None = None


class Decided(NamedTuple):
    """An entry that was decided before."""

    customer_id: int
    decision: str
    enrollment_id: str


def decided(connection: sa.Connection, journey_id: str, references: Sequence[str]) -> dict[str, Decided]:
    """The entries among these that were decided before."""
    if not references:
        return {}
    found = _DECIDED.run(connection, [(each,) for each in references], journey=journey_id)
    return {reference: Decided(*fields) for reference, *fields in found}


_DECIDED = OverRows(
    [_N.reference],
    lambda asked: sa.select(_N.reference, _N.customer_id, _N.decision, _N.enrollment_id).join_from(
        asked,
        ENTRIES,
        sa.and_(_N.journey_id == sa.bindparam("journey", type_=sa.Text()), _N.reference == asked.c.reference),
    ),
)


def note(connection: sa.Connection, journey_id: str, entries: Mapping[str, Decided], *, now: datetime) -> None:
    """Stores decisions by reference. Raises LostRace when one of them has been decided meanwhile."""
    decided_at = micros(now)
    rows = [
        (journey_id, reference, entry.customer_id, entry.decision, entry.enrollment_id, decided_at)
        for reference, entry in sorted(entries.items())
    ]
    if not rows:
        return
    columns = list(_N)
    given = row_source(connection, "given", columns, rows)
    statement = insert(connection, ENTRIES).from_select(columns, sa.select(*given.c).where(sa.true()))
    unless_decided = statement.on_conflict_do_nothing(index_elements=["journey_id", "reference"])
    if len(connection.execute(unless_decided.returning(_N.reference)).all()) < len(rows):
        raise LostRace("an entry was decided meanwhile")


def hold_turnstiles(connection: sa.Connection, journey_id: str, customer_ids: Sequence[int]) -> None:
    """Waits until nobody else counts the walks of these customers, and keeps others waiting until the commit."""
    turnstile = TURNSTILES.c
    rows = [(journey_id, each, 1) for each in sorted(set(customer_ids))]
    columns = [turnstile.journey_id, turnstile.customer_id, turnstile.passes]
    given = row_source(connection, "given", columns, rows)
    statement = insert(connection, TURNSTILES).from_select(columns, sa.select(*given.c).where(sa.true()))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["journey_id", "customer_id"], set_={"passes": turnstile.passes + 1}
        )
    )


def open_counts(connection: sa.Connection, journey_id: str, customer_ids: Sequence[int]) -> dict[int, int]:
    """How many open walks through the journey each customer has, over all keys."""
    guard = GUARDS.c
    given = row_source(connection, "given", [guard.customer_id], [(each,) for each in set(customer_ids)])
    query = (
        sa.select(guard.customer_id, sa.func.sum(guard.open))
        .join_from(given, GUARDS, sa.and_(guard.journey_id == journey_id, guard.customer_id == given.c.customer_id))
        .group_by(guard.customer_id)
    )
    return {customer_id: int(count) for customer_id, count in connection.execute(query)}


def pass_guards(
    connection: sa.Connection,
    journey_id: str,
    newcomers: Sequence[Newcomer],
    *,
    frequency: EntryFrequency,
    duration: timedelta,
    now: datetime,
) -> set[Key]:
    """Decides the entry policy for newcomers, no two with the same key, and returns who may come in.

    One statement: the row of a key is made, or changed only when the policy allows it; what another transaction is
    deciding about the same key is waited for.
    """
    guard = GUARDS.c
    columns = [
        guard.journey_id, guard.customer_id, guard.entry_key, guard.entered_at, guard.enrollment_id, guard.open,
    ]  # fmt: skip
    rows = sorted(
        (journey_id, each.customer_id, each.entry_key, micros(now), each.enrollment_id, 1) for each in newcomers
    )
    given = row_source(connection, "given", columns, rows)
    statement = insert(connection, GUARDS).from_select(columns, sa.select(*given.c).where(sa.true()))
    statement = statement.on_conflict_do_update(
        index_elements=["journey_id", "customer_id", "entry_key"],
        set_={
            "entered_at": statement.excluded.entered_at,
            "enrollment_id": statement.excluded.enrollment_id,
            "open": guard.open + 1,
        },
        where=_allows(frequency, duration, now),
    )
    returned = connection.execute(statement.returning(guard.customer_id, guard.entry_key))
    return {(customer_id, entry_key) for customer_id, entry_key in returned}


def _allows(frequency: EntryFrequency, duration: timedelta, now: datetime) -> sa.ColumnElement[bool]:
    guard = GUARDS.c
    match frequency:
        case EntryFrequency.ONCE:
            return sa.false()
        case EntryFrequency.ONCE_PER_DURATION:
            return guard.entered_at <= sa.literal(micros(now - duration), sa.BigInteger)
        case EntryFrequency.AFTER_EXIT:
            return guard.open == 0
        case EntryFrequency.ALWAYS:
            return sa.true()


def add_enrollments(
    connection: sa.Connection,
    newcomers: Sequence[Newcomer],
    *,
    journey_id: str,
    version: int,
    start: str,
    now: datetime,
    entered: Mapping[str, int],
) -> None:
    """Makes walks that stand, due, at the canvas' start."""
    rows = [
        (
            each.enrollment_id,
            each.customer_id,
            each.original_customer_id,
            each.entry_key,
            dict(each.cause),
            each.position,
            memory_to(_first_memory(each, entered)),
        )
        for each in newcomers
    ]
    given = row_source(connection, "given", _VARYING, rows)
    same = _same(journey_id, version, start, micros(now))
    columns = [*(column.name for column in _VARYING), *same]
    connection.execute(sa.insert(ENROLLMENTS).from_select(columns, sa.select(*given.c, *same.values())))


def _first_memory(newcomer: Newcomer, entered: Mapping[str, int]) -> Memory:
    since = None if newcomer.since is None else micros(newcomer.since)
    return Memory(entry=newcomer.properties, entered=entered, since=since)


_VARYING = [
    _E.enrollment_id, _E.customer_id, _E.original_customer_id, _E.entry_key, _E.cause, _E.position, _E.memory,
]  # fmt: skip


def _same(journey_id: str, version: int, start: str, instant: int) -> dict[str, sa.ColumnElement[Any]]:
    """What all walks that begin together have in common."""
    texts = {
        "journey_id": journey_id,
        "state": "open",
        "end_reason": "",
        "merged_into": "",
        "node_id": start,
        "posture": "ready",
        "message_id": "",
        "news_label": "",
        "news_reason": "",
        "lease_token": "",
        "last_error": "",
    }
    numbers = {"version": version, "visit": 1, "signals": 0, "attempts": 0}
    instants = {"entered_at": instant, "node_entered_at": instant, "timer_at": instant, "due_at": instant}
    return {
        **{name: sa.literal(value, sa.Text) for name, value in texts.items()},
        **{name: sa.literal(value, sa.Integer) for name, value in numbers.items()},
        **{name: sa.literal(value, sa.BigInteger) for name, value in instants.items()},
        "leased_until": sa.literal(0, sa.BigInteger),
    }

"""Memberships: who is in which segment, and what changed. Sets in, sets out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tidegate.runtime.db import bulk_insert, insert, row_source
from tidegate.segmentation.model.segment import (
    Cause,
    Change,
    Membership,
    MembershipRecord,
    Segment,
    Transition,
)
from tidegate.segmentation.store.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS, SEGMENTS

_M = MEMBERSHIPS.c
_C = MEMBERSHIP_CHANGES.c
_CHANGED = sa.type_coerce(_M.changed_at, sa.BigInteger)


def apply(
    connection: sa.Connection, segment: Segment, changes: Sequence[Change], *, now: datetime
) -> tuple[list[MembershipRecord], int]:
    """Lets customers enter and leave; returns what really changed, and the segment's new revision.

    Who is a member already does not enter again and who is none does not leave: doing it twice is doing it
    once. The records' serials are 0 until they are stored.
    """
    given = row_source(
        connection,
        "given",
        [_M.customer_id, _M.member, _M.cause],
        [[each.customer_id, each.transition is Transition.ENTERED, each.cause.value] for each in changes],
    )
    rows = sa.select(
        sa.literal(segment.segment_id, sa.Text),
        given.c.customer_id,
        given.c.member,
        sa.literal(segment.version, sa.Integer),
        sa.literal(1, sa.BigInteger),
        sa.literal(now, _M.changed_at.type),
        given.c.cause,
    ).where(given.c.member | _known(segment.segment_id, given))
    statement = insert(connection, MEMBERSHIPS).from_select(
        ["segment_id", "customer_id", "member", "version", "seq", "changed_at", "cause"], rows
    )
    excluded = statement.excluded
    changed = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["segment_id", "customer_id"],
            set_={
                "member": excluded.member,
                "version": excluded.version,
                "seq": _M.seq + 1,
                "changed_at": excluded.changed_at,
                "cause": excluded.cause,
            },
            where=_M.member != excluded.member,
        ).returning(_M.customer_id, _M.member, _M.seq, _M.cause)
    ).all()
    records = [
        MembershipRecord(
            0, segment.segment_id, segment.version, customer_id, _transition(member), seq, now, Cause(cause)
        )
        for customer_id, member, seq, cause in changed
    ]
    return records, _raise_revision(connection, segment.segment_id, records)


def record(connection: sa.Connection, records: Sequence[MembershipRecord]) -> None:
    """Keeps changes in the history."""
    bulk_insert(
        connection,
        MEMBERSHIP_CHANGES,
        [
            {
                "segment_id": each.segment_id,
                "version": each.version,
                "customer_id": each.customer_id,
                "transition": each.transition.value,
                "seq": each.seq,
                "time": each.time,
                "cause": each.cause.value,
            }
            for each in records
        ],
    )


def members(connection: sa.Connection, segment_id: str, *, after: int, limit: int) -> list[Membership]:
    """Up to ``limit`` members with ids behind ``after``, by id."""
    rows = connection.execute(
        sa.select(_M.customer_id, _M.version, _M.seq, _CHANGED, _M.cause)
        .where(_M.segment_id == segment_id, _M.member, _M.customer_id > after)
        .order_by(_M.customer_id)
        .limit(limit)
    )
    return [Membership(c, v, s, t, Cause(cause)) for c, v, s, t, cause in rows]


def of_customers(
    connection: sa.Connection, customer_ids: Sequence[int], segment_ids: Sequence[str]
) -> list[tuple[str, Membership]]:
    """The memberships of these customers in these segments."""
    asked = row_source(connection, "asked", [_M.customer_id], [[each] for each in customer_ids])
    rows = connection.execute(
        sa.select(_M.segment_id, _M.customer_id, _M.version, _M.seq, _CHANGED, _M.cause).where(
            _M.segment_id.in_(segment_ids), _M.member, _M.customer_id.in_(sa.select(asked.c.customer_id))
        )
    )
    return [(segment, Membership(c, v, s, t, Cause(cause))) for segment, c, v, s, t, cause in rows]


def lost_by_merge(
    connection: sa.Connection, customer_ids: Sequence[int], segment_ids: Collection[str]
) -> dict[str, list[int]]:
    """By segment, those of these ids that were members until they were merged into somebody."""
    asked = row_source(connection, "asked", [_M.customer_id], [[each] for each in customer_ids])
    rows = connection.execute(
        sa.select(_M.segment_id, _M.customer_id).where(
            _M.segment_id.in_(segment_ids),
            ~_M.member,
            _M.cause == Cause.MERGE,
            _M.customer_id.in_(sa.select(asked.c.customer_id)),
        )
    )
    found: dict[str, list[int]] = {}
    for segment_id, customer_id in rows:
        found.setdefault(segment_id, []).append(customer_id)
    return found


def history(
    connection: sa.Connection, *, segment_id: str, customer_id: int, after: int, limit: int
) -> list[MembershipRecord]:
    """Up to ``limit`` changes behind ``after`` of a segment ('': all) or a customer (0: all)."""
    statement = sa.select(MEMBERSHIP_CHANGES).where(_C.serial > after).order_by(_C.serial).limit(limit)
    if segment_id:
        statement = statement.where(_C.segment_id == segment_id)
    if customer_id:
        statement = statement.where(_C.customer_id == customer_id)
    return [
        MembershipRecord(
            row.serial, row.segment_id, row.version, row.customer_id, Transition(row.transition), row.seq,
            row.time, Cause(row.cause),
        )
        for row in connection.execute(statement)
    ]  # fmt: skip


def _known(segment_id: str, given: sa.FromClause) -> sa.ColumnElement[bool]:
    """Who leaves has a row; so nobody who never was a member gets one."""
    rows = sa.select(1).where(_M.segment_id == segment_id, _M.customer_id == given.c.customer_id)
    return sa.exists(rows.correlate(given))


def _transition(member: Any) -> Transition:
    return Transition.ENTERED if member else Transition.LEFT


def _raise_revision(connection: sa.Connection, segment_id: str, records: Sequence[MembershipRecord]) -> int:
    entered = sum(each.transition is Transition.ENTERED for each in records)
    statement = (
        sa.update(SEGMENTS)
        .where(SEGMENTS.c.segment_id == segment_id)
        .values(
            revision=SEGMENTS.c.revision + 1,
            member_count=SEGMENTS.c.member_count + entered - (len(records) - entered),
        )
    )
    return int(connection.scalars(statement.returning(SEGMENTS.c.revision)).one())

"""Taking persons who were erased out of the service's tables."""

from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.segmentation.store.tables import (
    ASSIGNMENTS,
    MEMBERSHIP_CHANGES,
    MEMBERSHIPS,
    SNAPSHOT_MEMBERS,
    STAGE_CHANGES,
)


def segments_of(connection: sa.Connection, customer_ids: Sequence[int]) -> dict[str, list[int]]:
    """The segments of which any of these ids is a member, with those ids."""
    m = MEMBERSHIPS.c
    found: dict[str, list[int]] = {}
    query = sa.select(m.segment_id, m.customer_id).where(m.customer_id.in_(customer_ids), m.member)
    for segment_id, customer_id in connection.execute(query):
        found.setdefault(segment_id, []).append(customer_id)
    return found


def strip(connection: sa.Connection, customer_ids: Sequence[int]) -> int:
    """Deletes memberships, of now, before, and snapshots, stages, and assignments; returns how many rows."""
    statements = (
        sa.delete(table).where(table.c.customer_id.in_(customer_ids))
        for table in (MEMBERSHIPS, MEMBERSHIP_CHANGES, SNAPSHOT_MEMBERS, ASSIGNMENTS, STAGE_CHANGES)
    )
    return sum(connection.execute(statement).rowcount for statement in statements)

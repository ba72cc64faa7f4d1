"""All rows that the service's database has of a person."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.runtime.db.documents import records, without
from tidegate.segmentation.store.tables import (
    ASSIGNMENTS,
    MEMBERSHIP_CHANGES,
    MEMBERSHIPS,
    SNAPSHOT_MEMBERS,
    SNAPSHOTS,
    STAGE_CHANGES,
)


def document(connection: sa.Connection, customer_ids: Sequence[int]) -> dict[str, Any]:
    """What is kept under these ids, list by list."""
    memberships, changes, assignments, stages = (
        records(connection, table, table.c.customer_id.in_(customer_ids))
        for table in (MEMBERSHIPS, MEMBERSHIP_CHANGES, ASSIGNMENTS, STAGE_CHANGES)
    )
    return {
        "memberships": memberships,
        "membership_changes": without(changes, "serial"),
        "snapshot_members": _snapshots(connection, customer_ids),
        "assignments": without(assignments, "serial"),
        "stage_changes": stages,
    }


def _snapshots(connection: sa.Connection, customer_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The snapshots that hold these ids, each with the membership of then."""
    s, f = SNAPSHOTS.c, SNAPSHOT_MEMBERS.c
    query = (
        sa.select(s.snapshot_id, s.segment_id, s.as_of, f.customer_id, f.version, f.seq, f.changed_at, f.cause)
        .join(SNAPSHOT_MEMBERS, f.snapshot_serial == s.serial)
        .where(f.customer_id.in_(customer_ids))
        .order_by(s.serial, f.customer_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]

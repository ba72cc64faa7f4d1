"""All rows that the service's database has of a person."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.runtime.db.documents import records, without
from tidegate.segmentation.store.tables import ASSIGNMENTS, MEMBERSHIP_CHANGES, MEMBERSHIPS, STAGE_CHANGES


def document(connection: sa.Connection, customer_ids: Sequence[int]) -> dict[str, Any]:
    """What is kept under these ids, list by list."""
    memberships, changes, assignments, stages = (
        records(connection, table, table.c.customer_id.in_(customer_ids))
        for table in (MEMBERSHIPS, MEMBERSHIP_CHANGES, ASSIGNMENTS, STAGE_CHANGES)
    )
    return {
        "memberships": memberships,
        "membership_changes": without(changes, "serial"),
        "assignments": without(assignments, "serial"),
        "stage_changes": stages,
    }

"""All rows that journey keeps of a person."""

from typing import Any

import sqlalchemy as sa

from tidegate.journey.store import aliases
from tidegate.journey.store.tables import ALIASES, ENROLLMENTS, ENTRIES, SIGNALS, STEPS
from tidegate.runtime.db.documents import records, without

_OWN = ("lease_token", "leased_until", "attempts", "last_error", "signals", "position")


def document(connection: sa.Connection, customer_id: int) -> dict[str, Any]:
    """What is kept of a customer and its aliases, list by list."""
    canonical = aliases.current(connection, [customer_id]).get(customer_id, customer_id)
    leading = sa.select(ALIASES.c.alias_id).where(ALIASES.c.customer_id == canonical, ALIASES.c.alias_id != canonical)
    ids = [canonical, *connection.scalars(leading)]
    walks = sa.select(ENROLLMENTS.c.enrollment_id).where(ENROLLMENTS.c.customer_id == canonical)
    return {
        "customer_id": canonical,
        "alias_ids": ids[1:],
        "enrollments": without(records(connection, ENROLLMENTS, ENROLLMENTS.c.customer_id == canonical), *_OWN),
        "steps": records(connection, STEPS, STEPS.c.enrollment_id.in_(walks)),
        "signals": without(records(connection, SIGNALS, SIGNALS.c.enrollment_id.in_(walks)), "position"),
        "entries": records(connection, ENTRIES, ENTRIES.c.customer_id.in_(ids)),
    }

"""Taking persons who were erased out of journey's tables."""

from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.journey.store.tables import ENROLLMENTS, ENTRIES, ERASED, GUARDS, SIGNALS, TURNSTILES
from tidegate.runtime.db import OverRows, bulk_upsert
from tidegate.runtime.db.holds import be_alone, share

_HOLD = "erasures"
_E = ENROLLMENTS.c


def be_alone_with_erasures(connection: sa.Connection) -> None:
    """Waits for entries that are being decided: they are stored before it, or know of it."""
    be_alone(connection, _HOLD)


def erased_among(connection: sa.Connection, customer_ids: Sequence[int]) -> set[int]:
    """Those of the customers who were erased. None is erased before the transaction ends."""
    share(connection, _HOLD)
    return set(_ERASED.run(connection, [(each,) for each in customer_ids]).scalars())


def strip(connection: sa.Connection, customer_ids: Sequence[int]) -> int:
    """Deletes or empties everything personal; returns how many rows it changed. No walk is open any more."""
    enrollments = sa.select(_E.enrollment_id).where(_E.customer_id.in_(customer_ids))
    statements = (
        sa.delete(SIGNALS).where(SIGNALS.c.enrollment_id.in_(enrollments)),
        sa.update(ENROLLMENTS).where(_E.customer_id.in_(customer_ids)).values(**_NO_WORDS),
        *(sa.delete(table).where(table.c.customer_id.in_(customer_ids)) for table in (ENTRIES, GUARDS, TURNSTILES)),
    )
    return sum(connection.execute(statement).rowcount for statement in statements)


def remember(connection: sa.Connection, customer_ids: Sequence[int], erasure_id: str) -> None:
    """Keeps who was erased."""
    rows = [{"customer_id": each, "erasure_id": erasure_id} for each in customer_ids]
    bulk_upsert(connection, ERASED, rows, key=["customer_id"], update=[])


_NO_WORDS = {"cause": {}, "memory": {}, "entry_key": "", "last_error": ""}
_ERASED = OverRows(
    [ERASED.c.customer_id],
    lambda asked: sa.select(ERASED.c.customer_id).join(asked, asked.c.customer_id == ERASED.c.customer_id),
)

"""What was sent, as the ledger has kept it."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.model import LedgerState, MessageClass
from tidegate.delivery.policy.tally import Past
from tidegate.delivery.store.tables import LEDGER

_CLASSES = {str(one): one for one in MessageClass}
_COLUMNS = [LEDGER.c[name] for name in Past._fields[:-1]]
_CLASS = Past._fields.index("message_class")


def stream(connection: sa.Connection, *, since: int, at_once: int) -> Iterator[list[Past]]:
    """All slots that were taken at ``since`` or later and not given back, up to ``at_once`` at a time.

    They come customer by customer, each customer's the oldest first.
    """
    ledger = LEDGER.c
    query = (
        sa.select(*_COLUMNS)
        .where(ledger.counted_at >= since, ledger.state != LedgerState.RELEASED)
        .order_by(ledger.customer_id, ledger.counted_at, ledger.message_id)
    )
    options = {"stream_results": True, "yield_per": at_once}
    for rows in connection.execute(query, execution_options=options).partitions():
        yield [_past(row) for row in rows]


def _past(row: Any) -> Past:
    values: list[Any] = [*row]
    values[_CLASS] = _CLASSES[values[_CLASS]]
    return Past(*values)

"""What grants of the gate take of the platform's allowance: the taker, beside that of the ledger."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from tidegate.delivery.allowances import store
from tidegate.delivery.allowances.model import GrantKey, Use, UseState
from tidegate.delivery.model import Decision, Facts
from tidegate.delivery.store import granting


def take(connection: sa.Connection, decided: Sequence[tuple[Facts, Decision]]) -> None:
    """Takes credits off and notes every use; the rows of the credits are locked since they were read."""
    uses: list[Use] = []
    holders: dict[GrantKey, int] = {}
    for message, decision in decided:
        if decision.takes is None:
            continue
        use = Use(message.message_id, *decision.takes, decision.time, UseState.TAKEN)
        uses.append(use)
        if use.template_id:
            holders[use.grant] = message.customer_id
    if not uses:
        return
    store.write_uses(connection, uses)
    if holders:
        granting.take(connection, Counter(use.grant for use in uses if use.template_id))
        store.note_holders(connection, holders)

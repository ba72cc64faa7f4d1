"""What the gate goes by, read under the customers' locks: who may be decided, and what is known of them."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from tidegate.delivery.contacts import Reached
from tidegate.delivery.gate import Policies
from tidegate.delivery.gatekeeper.batch import Batch
from tidegate.delivery.model import CustomerFacts, Facts, RecipientKind, Suppressed
from tidegate.delivery.policy import suppressions
from tidegate.delivery.store import gating


def ready(
    messages: Sequence[Facts],
    customers: Mapping[int, CustomerFacts],
    batch: Batch,
    *,
    applied: int,
    theirs: Collection[str],
) -> list[Facts]:
    """Those that may be decided: their customer is no alias, and the addresses are no newer than what is applied.

    ``theirs`` are those that are their customer's since its row is locked.
    """
    caught_up = applied >= batch.reached.position
    return [
        one
        for one in messages
        if one.recipient_kind is not RecipientKind.CUSTOMER
        or (
            caught_up
            and one.message_id in theirs
            and one.customer_id in customers
            and not customers[one.customer_id].merged_into
            and batch.reached.asked(one.customer_id)
        )
    ]


def read_customers(
    connection: sa.Connection,
    customers: Mapping[int, CustomerFacts],
    reached: Reached,
    policies: Policies,
    *,
    now: int,
    repeat_window: int = 0,
) -> None:
    """Adds to each customer what ``policies`` and the gate's checks look at."""
    if not customers:
        return
    gating.read_ledger(connection, customers, since=min(policies.rules.horizon(now), now - repeat_window))
    gating.read_segments(connection, customers, policies.segments())
    _add_suppressions(connection, customers, reached, now)
    for customer in customers.values():
        customer.zone = reached.zone(customer.customer_id)


def _add_suppressions(
    connection: sa.Connection, customers: Mapping[int, CustomerFacts], reached: Reached, now: int
) -> None:
    """Adds to each customer what stops messages to it, or to one of its addresses."""
    holders = reached.holders()
    found = suppressions.matching(connection, list(customers), list(holders), now)
    stopping: dict[int, list[Suppressed]] = {}
    for one in found:
        held_by = [one.customer_id] if one.customer_id else holders.get(one.address_key, ())
        for customer_id in held_by:
            stopping.setdefault(customer_id, []).append(one)
    for customer_id, several in stopping.items():
        if customer_id in customers:
            customers[customer_id].suppressed = several

"""Taking messages over: keys first, so that a key is used once whoever else sends it at the same moment."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.model import Acceptance, MessageState, Order, rank
from tidegate.delivery.store.tables import CONTENTS, CUSTOMERS, KEYS, MESSAGES, STATES
from tidegate.runtime.db import bulk_insert, bulk_upsert, insert, row_source


def known_keys(connection: sa.Connection, caller: str, keys: Collection[str]) -> dict[str, Acceptance]:
    """The first answers to those of the caller's keys that were used before."""
    given = row_source(connection, "given", [KEYS.c.idempotency_key], [(key,) for key in keys])
    rows = connection.execute(  # IN, not a join: SQLite would walk all the caller's keys and look each up in it
        sa.select(KEYS.c.idempotency_key, KEYS.c.message_id, KEYS.c.customer_id, KEYS.c.state)
        .where(KEYS.c.caller == caller)
        .where(KEYS.c.idempotency_key.in_(sa.select(given.c.idempotency_key)))
    )
    return {
        key: Acceptance(message_id, customer_id, MessageState(state), replayed=True)
        for key, message_id, customer_id, state in rows
    }


def take_keys(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Takes the keys that nobody has; returns the messages' ids whose keys were taken."""
    ordered = sorted(rows, key=lambda row: row["idempotency_key"])  # two calls with the same keys don't deadlock
    columns = list(KEYS.c)
    given = row_source(connection, "given", columns, [[row[c.name] for c in columns] for row in ordered])
    taken = connection.execute(
        insert(connection, KEYS)
        .from_select(columns, sa.select(*given.c).where(sa.true()))
        .on_conflict_do_nothing()
        .returning(KEYS.c.message_id)
    )
    return {row[0] for row in taken}


def ensure_customers(connection: sa.Connection, customer_ids: Collection[int]) -> None:
    """Makes the rows that decisions for these customers will lock."""
    rows = [{"customer_id": one, "consents": "[]"} for one in sorted(customer_ids)]
    bulk_upsert(connection, CUSTOMERS, rows, key=["customer_id"], update=[])


def survivors(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, int]:
    """For those of the customers that were merged away, by whom."""
    given = row_source(connection, "given", [CUSTOMERS.c.customer_id], [(one,) for one in customer_ids])
    rows = connection.execute(
        sa.select(CUSTOMERS.c.customer_id, CUSTOMERS.c.merged_into)
        .join(given, given.c.customer_id == CUSTOMERS.c.customer_id)
        .where(CUSTOMERS.c.merged_into != 0)
    )
    return dict(rows.all())


def write_messages(
    connection: sa.Connection, accepted: Sequence[tuple[Order, Acceptance, int]], *, caller: str, now: int
) -> None:
    """Stores messages: (the order, its answer, the customer's id as the caller knew it)."""
    bulk_insert(
        connection,
        MESSAGES,
        [_message(order, answer, known, caller, now) for order, answer, known in accepted],
    )
    bulk_insert(connection, STATES, [_state(order, answer) for order, answer, _ in accepted])
    bulk_insert(connection, CONTENTS, [_content(order, answer) for order, answer, _ in accepted])


_SAME = (
    "entity_id", "template_id", "purpose", "brand", "campaign_id", "phase_id", "journey_id", "enrollment_id",
    "node_id", "tier", "sender_unit", "language", "priority", "holdout_experiment", "holdout_arm",
    "override_reason", "override_end", "send_after", "expire_time", "message_class", "recipient_kind",
    "idempotency_key",
)  # fmt: skip


def _message(order: Order, answer: Acceptance, known: int, caller: str, now: int) -> dict[str, Any]:
    return {name: getattr(order, name) for name in _SAME} | {
        "message_id": answer.message_id,
        "caller": caller,
        "customer_id": answer.customer_id,
        "original_customer_id": known,
        "channels": ",".join(order.channels),
        "accept_time": now,
    }


def _state(order: Order, answer: Acceptance) -> dict[str, Any]:
    return {
        "message_id": answer.message_id,
        "state": answer.state,
        "channel": order.channels[0],
        "rank": rank(order.message_class, order.priority),
        "expire_time": order.expire_time,
        "brand": order.brand,
        "wake_time": order.send_after if answer.state is MessageState.DEFERRED else None,
    }


def _content(order: Order, answer: Acceptance) -> dict[str, Any]:
    namespace, value = order.identifier or ("", "")
    return {
        "message_id": answer.message_id,
        "variables": json.dumps(order.variables, separators=(",", ":"), ensure_ascii=False),
        "address_namespace": namespace,
        "address_value": value,
    }

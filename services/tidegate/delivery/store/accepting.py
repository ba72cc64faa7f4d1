"""Taking messages over: keys first, so that a key is used once whoever else sends it at the same moment."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tidegate.delivery.model import MessageState, rank
from tidegate.delivery.order import Acceptance, Order
from tidegate.delivery.store.tables import CONTENTS, CUSTOMERS, KEYS, MESSAGES, STATES
from tidegate.runtime.db import OverRows, bulk_insert, bulk_upsert
from tidegate.runtime.db.holds import share

ERASURES_HOLD = "erasures"


def known_keys(connection: sa.Connection, caller: str, keys: Collection[str]) -> dict[str, Acceptance]:
    """The first answers to those of the caller's keys that were used before."""
    rows = _KNOWN_KEYS.run(connection, [(key,) for key in keys], caller=caller).all()
    return {
        key: Acceptance(message_id, customer_id, MessageState(state), replayed=True)
        for key, message_id, customer_id, state in rows
    }


def take_keys(connection: sa.Connection, caller: str, orders: Sequence[tuple[Order, Acceptance]]) -> set[str]:
    """Takes the keys that nobody has; returns the messages' ids whose keys were taken."""
    rows = [(order.idempotency_key, answer.message_id, answer.customer_id, answer.state) for order, answer in orders]
    rows.sort()  # two calls with the same keys don't deadlock
    taking = _TAKE_KEYS[connection.dialect.name]
    return {row[0] for row in taking.run(connection, rows, caller=caller).all()}


def ensure_customers(connection: sa.Connection, customer_ids: Collection[int]) -> None:
    """Makes the rows that decisions for these customers will lock."""
    rows = [{"customer_id": one, "consents": "[]"} for one in sorted(customer_ids)]
    bulk_upsert(connection, CUSTOMERS, rows, key=["customer_id"], update=[])


def erased_among(connection: sa.Connection, customer_ids: Collection[int]) -> set[int]:
    """Those of the customers who were erased. None is erased before the transaction ends."""
    share(connection, ERASURES_HOLD)
    return set(_ERASED.run(connection, [(one,) for one in customer_ids]).scalars())


def survivors(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, int]:
    """For those of the customers that were merged away, by whom."""
    rows = _SURVIVORS.run(connection, [(one,) for one in customer_ids]).all()
    return {row[0]: row[1] for row in rows}


def write_messages(
    connection: sa.Connection,
    accepted: Sequence[tuple[Order, Acceptance]],
    contents: Sequence[tuple[str, str]],
    *,
    caller: str,
    now: int,
) -> None:
    """Stores messages: the order of each, and its answer; what each says sealed, with the key of a named address."""
    bulk_insert(connection, MESSAGES, [_message(order, answer, caller, now) for order, answer in accepted])
    bulk_insert(connection, STATES, [_state(order, answer) for order, answer in accepted])
    said = [(answer.message_id, *content) for (_, answer), content in zip(accepted, contents, strict=True)]
    bulk_insert(connection, CONTENTS, said)


def _message(order: Order, answer: Acceptance, caller: str, now: int) -> tuple[Any, ...]:
    """The row, its values in the order of the table's columns."""
    return (
        answer.message_id,
        caller,
        order.idempotency_key,
        answer.customer_id,
        order.customer_id,
        order.recipient_kind.value,
        order.entity_id,
        ",".join(order.channels),
        order.template_id,
        order.message_class.value,
        order.purpose,
        order.brand,
        order.campaign_id,
        order.phase_id,
        order.journey_id,
        order.enrollment_id,
        order.node_id,
        order.tier,
        order.sender_unit,
        order.language,
        order.priority,
        order.holdout_experiment,
        order.holdout_arm,
        order.override_reason,
        order.override_end,
        now,
        order.send_after,
        order.expire_time,
        order.content_key,
    )


def _state(order: Order, answer: Acceptance) -> dict[str, Any]:
    return {
        "message_id": answer.message_id,
        "state": answer.state.value,
        "channel": order.channels[0],
        "rank": rank(order.message_class, order.priority),
        "expire_time": order.expire_time,
        "brand": order.brand,
        "wake_time": answer.wake_time,
    }


def _known_keys(asked: sa.FromClause) -> sa.Select[Any]:
    """IN, not a join: SQLite would walk all the caller's keys and look each up in what is asked for."""
    return (
        sa.select(KEYS.c.idempotency_key, KEYS.c.message_id, KEYS.c.customer_id, KEYS.c.state)
        .where(KEYS.c.caller == sa.bindparam("caller"))
        .where(KEYS.c.idempotency_key.in_(sa.select(asked.c.idempotency_key)))
    )


def _take_keys(insert: Any, given: sa.FromClause) -> sa.Executable:
    caller = sa.bindparam("caller", type_=sa.Text).label("caller")
    taking: sa.Executable = (
        insert(KEYS)
        .from_select([*_GIVEN, KEYS.c.caller], sa.select(*given.c, caller).where(sa.true()))
        .on_conflict_do_nothing()
        .returning(KEYS.c.message_id)
    )
    return taking


def _survivors(asked: sa.FromClause) -> sa.Select[Any]:
    return (
        sa.select(CUSTOMERS.c.customer_id, CUSTOMERS.c.merged_into)
        .join(asked, asked.c.customer_id == CUSTOMERS.c.customer_id)
        .where(CUSTOMERS.c.merged_into != 0)
    )


_GIVEN = [KEYS.c.idempotency_key, KEYS.c.message_id, KEYS.c.customer_id, KEYS.c.state]
_KNOWN_KEYS = OverRows([KEYS.c.idempotency_key], _known_keys)
_TAKE_KEYS = {
    dialect: OverRows(_GIVEN, partial(_take_keys, insert), name="given")
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_SURVIVORS = OverRows([CUSTOMERS.c.customer_id], _survivors)
_ERASED = OverRows(
    [CUSTOMERS.c.customer_id],
    lambda asked: (
        sa.select(CUSTOMERS.c.customer_id)
        .join(asked, asked.c.customer_id == CUSTOMERS.c.customer_id)
        .where(CUSTOMERS.c.erased != 0)
    ),
)

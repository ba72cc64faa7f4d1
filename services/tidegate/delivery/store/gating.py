"""What the gate reads and writes: a fixed number of statements for any number of messages."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import (
    Consent,
    CustomerFacts,
    Decision,
    Facts,
    LedgerRow,
    LedgerState,
    MessageClass,
    MessageState,
    RecipientKind,
    Verdict,
)
from tidegate.delivery.store.tables import (
    CONTENTS,
    CUSTOMERS,
    DECISIONS,
    JOURNEYS,
    LEDGER,
    MEMBERSHIPS,
    MESSAGES,
    STATES,
)
from tidegate.runtime.db import bulk_insert, bulk_upsert, real_now, row_source

_CLASSES = {str(one): one for one in MessageClass}
_KINDS = {str(one): one for one in RecipientKind}
_STATES = {str(one): one for one in MessageState}
_ACCEPTED = str(MessageState.ACCEPTED)

MESSAGE_COLUMNS = [
    MESSAGES.c.message_id,
    MESSAGES.c.caller,
    MESSAGES.c.idempotency_key,
    MESSAGES.c.customer_id,
    MESSAGES.c.original_customer_id,
    MESSAGES.c.recipient_kind,
    MESSAGES.c.entity_id,
    MESSAGES.c.channels,
    MESSAGES.c.template_id,
    MESSAGES.c.message_class,
    MESSAGES.c.purpose,
    MESSAGES.c.brand,
    MESSAGES.c.campaign_id,
    MESSAGES.c.phase_id,
    MESSAGES.c.journey_id,
    MESSAGES.c.enrollment_id,
    MESSAGES.c.node_id,
    MESSAGES.c.tier,
    MESSAGES.c.sender_unit,
    MESSAGES.c.language,
    MESSAGES.c.priority,
    MESSAGES.c.holdout_experiment,
    MESSAGES.c.override_end,
    MESSAGES.c.accept_time,
    MESSAGES.c.expire_time,
    STATES.c.state,
    STATES.c.channel,
    STATES.c.channel_index,
    STATES.c.account_id,
    STATES.c.attempts,
]
"""The columns of Facts, in its order."""


def facts_of(row: Sequence[Any]) -> Facts:
    """A row of MESSAGE_COLUMNS."""
    values = list(row)
    values[5] = _KINDS[values[5]]
    values[7] = tuple(values[7].split(","))
    values[9] = _CLASSES[values[9]]
    values[25] = _STATES[values[25]]
    return Facts._make(values)


class Claimed(NamedTuple):
    """A message under a lease, not yet decided, with what is personal of it."""

    message_id: str
    customer_id: int
    variables: str
    preferred: tuple[str, str] | None


class GateUpdate(NamedTuple):
    """How a decision changes a message's state."""

    message_id: str
    state: MessageState
    channel: str
    channel_index: int
    drop_reason: str
    wake_time: int | None
    final_time: int | None
    lease_token: str


def plan_for_batches(connection: sa.Connection) -> None:
    """Has PostgreSQL find a batch's rows by index for the rest of the transaction.

    It cannot know how few rows a batch names, and would read and hash whole tables that are not large yet.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))


def claim(
    connection: sa.Connection,
    *,
    channel: str,
    brands: Collection[str],
    limit: int,
    account_id: str,
    token: str,
    lease: int,
) -> list[Claimed]:
    """Takes a lease of ``lease`` µs on up to ``limit`` messages that are due on ``channel``, best first.

    Messages that another worker is claiming at this moment are passed over.
    """
    states = STATES.c
    due = sa.select(states.message_id).where(
        states.channel == channel,
        states.state == MessageState.ACCEPTED,
        states.lease_until_real <= real_now(),
    )
    if brands:
        due = due.where(states.brand.in_(sorted(brands)))
    due = due.order_by(states.rank, states.expire_time, states.message_id).limit(limit)
    found = connection.execute(due.with_for_update(skip_locked=True)).all()
    if not found:
        return []
    given = row_source(connection, "given", [states.message_id], found)
    connection.execute(
        sa.update(STATES)
        .where(states.message_id == given.c.message_id)
        .values(lease_token=token, lease_until_real=real_now() + lease, account_id=account_id)
    )
    return _contents(connection, given)


def _contents(connection: sa.Connection, given: sa.FromClause) -> list[Claimed]:
    rows = connection.execute(
        sa.select(
            MESSAGES.c.message_id,
            MESSAGES.c.customer_id,
            CONTENTS.c.variables,
            CONTENTS.c.address_namespace,
            CONTENTS.c.address_value,
        )
        .join(given, given.c.message_id == MESSAGES.c.message_id)
        .join(CONTENTS, CONTENTS.c.message_id == MESSAGES.c.message_id)
    ).all()
    return [
        Claimed(message_id, customer_id, variables, (namespace, value) if namespace else None)
        for message_id, customer_id, variables, namespace, value in rows
    ]


def lock_claimed(connection: sa.Connection, message_ids: Sequence[str], *, token: str) -> list[Facts]:
    """Locks and reads what is still under the lease ``token``, in the order in which it is to be decided.

    A message that was taken back meanwhile is left out: here and not by the statement, whose plan would be led
    astray by conditions that look rare.
    """
    states = STATES.c
    given = row_source(connection, "given", [states.message_id], [(one,) for one in sorted(message_ids)])
    statement = (
        sa.select(*MESSAGE_COLUMNS, states.lease_token, states.rank)
        .join(STATES, states.message_id == MESSAGES.c.message_id)
        .join(given, given.c.message_id == states.message_id)
        .with_for_update(of=STATES)
    )
    rows = [row for row in connection.execute(statement).all() if row[-2] == token and row[25] == _ACCEPTED]
    rows.sort(key=lambda row: (row[-1], row[24], row[0]))
    return [facts_of(row[:-2]) for row in rows]


def lock_customers(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerFacts]:
    """Locks the customers' rows in the order of their ids, and reads them."""
    customers = CUSTOMERS.c
    statement = _customers(connection, customer_ids).order_by(customers.customer_id).with_for_update(of=CUSTOMERS)
    return _read_customers(connection, statement)


def read_customers(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerFacts]:
    """Reads the customers' rows without a lock."""
    return _read_customers(connection, _customers(connection, customer_ids))


def _customers(connection: sa.Connection, customer_ids: Collection[int]) -> sa.Select[Any]:
    customers = CUSTOMERS.c
    given = row_source(connection, "given", [customers.customer_id], [(one,) for one in customer_ids])
    return sa.select(
        customers.customer_id, customers.merged_into, customers.tier, customers.erased, customers.consents
    ).join(given, given.c.customer_id == customers.customer_id)


def _read_customers(connection: sa.Connection, statement: sa.Select[Any]) -> dict[int, CustomerFacts]:
    return {
        customer_id: CustomerFacts(
            customer_id,
            merged_into=merged_into,
            tier=tier,
            erased=bool(erased),
            consents=[Consent._make(one) for one in json.loads(consents)] if consents != "[]" else (),
        )
        for customer_id, merged_into, tier, erased, consents in connection.execute(statement).all()
    }


def read_ledger(connection: sa.Connection, customers: Mapping[int, CustomerFacts], *, since: int) -> None:
    """Adds to each customer the slots that count, from ``since`` on."""
    ledger = LEDGER.c
    given = row_source(connection, "given", [CUSTOMERS.c.customer_id], [(one,) for one in customers])
    rows = connection.execute(
        sa.select(
            ledger.customer_id,
            ledger.message_id,
            ledger.counted_at,
            ledger.channel,
            ledger.brand,
            ledger.campaign_id,
            ledger.phase_id,
            ledger.journey_id,
            ledger.caller,
            ledger.tier,
        )
        .join(given, given.c.customer_id == ledger.customer_id)
        .where(ledger.counted_at >= since, ledger.state != LedgerState.RELEASED)
    ).all()
    for row in rows:
        customers[row[0]].rows.append(LedgerRow._make(row))


def read_segments(connection: sa.Connection, customers: Mapping[int, CustomerFacts], named: Collection[str]) -> None:
    """Adds to each customer those of the ``named`` segments that it is in."""
    if not named:
        return
    members = MEMBERSHIPS.c
    given = row_source(connection, "given", [CUSTOMERS.c.customer_id], [(one,) for one in customers])
    found: dict[int, list[str]] = {}
    for customer_id, segment_id in connection.execute(
        sa.select(members.customer_id, members.segment_id)
        .join(given, given.c.customer_id == members.customer_id)
        .where(members.segment_id.in_(sorted(named)))
    ):
        found.setdefault(customer_id, []).append(segment_id)
    for customer_id, segments in found.items():
        customers[customer_id].segments = frozenset(segments)


def read_inactive(connection: sa.Connection) -> frozenset[tuple[str, str]]:
    """The journeys, campaigns and phases that are not active, as (kind, id)."""
    return frozenset((kind, one) for kind, one in connection.execute(sa.select(JOURNEYS.c.kind, JOURNEYS.c.id)))


def write_states(connection: sa.Connection, updates: Sequence[GateUpdate], *, lease: int) -> None:
    """Moves messages to where the gate decided; those that keep a lease token keep them for ``lease`` µs."""
    states = STATES.c
    columns = [
        states.message_id,
        states.state,
        states.channel,
        states.channel_index,
        states.drop_reason,
        states.wake_time,
        states.final_time,
        states.lease_token,
    ]
    given = row_source(connection, "given", columns, updates)
    connection.execute(
        sa.update(STATES)
        .where(states.message_id == given.c.message_id)
        .values(
            {column.name: given.c[column.name] for column in columns[1:]}
            | {"lease_until_real": sa.case((given.c.lease_token != "", real_now() + lease), else_=0)}
        )
    )


def give_back(connection: sa.Connection, message_ids: Sequence[str], *, token: str) -> None:
    """Ends the lease of messages that were not decided."""
    given = row_source(connection, "given", [STATES.c.message_id], [(one,) for one in message_ids])
    connection.execute(
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id, STATES.c.lease_token == token)
        .where(STATES.c.state == MessageState.ACCEPTED)
        .values(lease_token="", lease_until_real=0)
    )


def move_to_survivors(connection: sa.Connection, moves: Mapping[str, int]) -> None:
    """Gives messages (by id) to the customers that theirs were merged into."""
    given = row_source(connection, "given", [MESSAGES.c.message_id, MESSAGES.c.customer_id], list(moves.items()))
    connection.execute(
        sa.update(MESSAGES).where(MESSAGES.c.message_id == given.c.message_id).values(customer_id=given.c.customer_id)
    )


def reserve(connection: sa.Connection, granted: Sequence[tuple[Facts, Decision]]) -> None:
    """Takes a slot for each message; one that gave an earlier slot back takes it anew, as of now."""
    rows = [
        {
            "message_id": message.message_id,
            "customer_id": message.customer_id,
            "original_customer_id": message.original_customer_id,
            "counted_at": decision.time,
            "state": LedgerState.RESERVED,
            "message_class": message.message_class,
            "channel": decision.channel,
            "brand": message.brand,
            "campaign_id": message.campaign_id,
            "phase_id": message.phase_id,
            "journey_id": message.journey_id,
            "caller": message.caller,
            "tier": decision.tier,
        }
        for message, decision in granted
    ]
    update = ["customer_id", "counted_at", "state", "message_class", "channel", "tier"]
    bulk_upsert(connection, LEDGER, rows, key=["message_id"], update=update)


def write_decisions(
    connection: sa.Connection,
    decided: Sequence[tuple[Facts, Decision]],
    *,
    account_id: str,
    policy_version: int,
    identity_position: int,
) -> None:
    """Keeps every decision with its facts."""
    rows = [
        {
            "message_id": message.message_id,
            "time": decision.time,
            "verdict": decision.verdict,
            "gate_check": decision.check or "",
            "reason": decision.reason or "",
            "channel": decision.channel,
            "account_id": account_id if decision.verdict is Verdict.GRANTED else "",
            "wake_time": decision.wake_time,
            "policy_version": policy_version,
            "identity_position": identity_position,
            "facts": _facts_text(decision),
        }
        for message, decision in decided
    ]
    bulk_insert(connection, DECISIONS, rows)


def _facts_text(decision: Decision) -> str:
    if not decision.findings and not decision.facts:
        return ""
    findings = [[f.rule_id, f.rule_version, f.counted, f.limit, f.free_at] for f in decision.findings]
    return json.dumps({"findings": findings, "facts": dict(decision.facts)}, separators=(",", ":"))

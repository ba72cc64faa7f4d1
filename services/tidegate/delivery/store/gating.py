"""What the gate reads and writes: a fixed number of statements for any number of messages."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import (
    Consent,
    CustomerFacts,
    Decision,
    Facts,
    LedgerRow,
    LedgerState,
    MessageState,
    Verdict,
)
from tidegate.delivery.store.tables import (
    CUSTOMERS,
    DECISIONS,
    LEDGER,
    MEMBERSHIPS,
    MESSAGES,
    STATES,
)
from tidegate.runtime.db import OverRows, bulk_insert, bulk_upsert, real_now, row_source

_ACCEPTED = str(MessageState.ACCEPTED)
_NOBODY: Mapping[str, bool] = MappingProxyType({})


class Claimed(NamedTuple):
    """A message under a lease, not yet decided, with its place in the queue and what it says, sealed.

    ``preferred`` is the key of the address that its caller named, if any. ``refused_by`` are the accounts whose
    providers have refused it on its channel, and whether for good.
    """

    message: Facts
    rank: int
    content: str
    preferred: str
    given_way: int = 0
    refused_by: Mapping[str, bool] = _NOBODY


class GateUpdate(NamedTuple):
    """How a decision changes a message's state."""

    message_id: str
    wake_time: int | None
    retry_in: int | None
    state: MessageState
    channel: str
    channel_index: int
    drop_reason: str
    final_time: int | None
    lease_token: str


def plan_for_batches(connection: sa.Connection) -> None:
    """Has PostgreSQL find a batch's rows by index for the rest of the transaction.

    It cannot know how few rows a batch names, and would read and hash whole tables that are not large yet.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))


def lock_claimed(connection: sa.Connection, claimed: Mapping[str, Claimed], *, token: str) -> list[Facts]:
    """Locks what is still under the lease ``token``; returns it in the order in which it is to be decided.

    A message that was taken back meanwhile is left out: here and not by the statement, whose plan would be led
    astray by conditions that look rare. One whose customer was merged or split meanwhile is the new one's.
    """
    rows = _LOCK_CLAIMED.run(connection, [(one,) for one in sorted(claimed)]).all()
    held = [
        (claimed[message_id], customer_id)
        for message_id, customer_id, state, held_by in rows
        if held_by == token and state == _ACCEPTED
    ]
    held.sort(key=lambda pair: (pair[0].rank, pair[0].message.expire_time, pair[0].message.message_id))
    return [
        one.message if one.message.customer_id == customer_id else one.message._replace(customer_id=customer_id)
        for one, customer_id in held
    ]


def lock_customers(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerFacts]:
    """Locks the customers' rows in the order of their ids, and reads them."""
    return _customers(_LOCK_CUSTOMERS.run(connection, [(one,) for one in customer_ids]).all())


def still_theirs(connection: sa.Connection, messages: Sequence[Facts]) -> set[str]:
    """Those of the messages that are still their customer's: a split may have ended while its lock was awaited."""
    rows = _OWNERS.run(connection, [(one.message_id,) for one in messages]).all()
    owned = {(message_id, customer_id) for message_id, customer_id in rows}
    return {one.message_id for one in messages if (one.message_id, one.customer_id) in owned}


def read_customers(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerFacts]:
    """Reads the customers' rows without a lock."""
    return _customers(_READ_CUSTOMERS.run(connection, [(one,) for one in customer_ids]).all())


def _customers(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> dict[int, CustomerFacts]:
    consents = json.loads(f"[{','.join([row[-1] for row in rows])}]")  # at once: much of a reading is its beginning
    return {
        customer_id: CustomerFacts(
            customer_id, merged_into, "", tier, bool(erased), [*map(Consent._make, own)] if own else ()
        )
        for (customer_id, merged_into, tier, erased, _), own in zip(rows, consents, strict=True)
    }


def read_ledger(connection: sa.Connection, customers: Mapping[int, CustomerFacts], *, since: int) -> None:
    """Adds to each customer the slots that count, from ``since`` on."""
    for row in _READ_LEDGER.run(connection, [(one,) for one in customers], since=since).all():
        customers[row[0]].rows.append(LedgerRow._make(row))


def read_segments(connection: sa.Connection, customers: Mapping[int, CustomerFacts], named: Collection[str]) -> None:
    """Adds to each customer those of the ``named`` segments that it is in."""
    if not named:
        return
    found: dict[int, list[str]] = {}
    rows = (
        _READ_SEGMENTS[connection.dialect.name]
        .run(connection, [(one,) for one in customers], named=sorted(named))
        .all()
    )
    for customer_id, segment_id in rows:
        found.setdefault(customer_id, []).append(segment_id)
    for customer_id, segments in found.items():
        customers[customer_id].segments = frozenset(segments)


def write_states(connection: sa.Connection, updates: Sequence[GateUpdate], *, lease: int) -> None:
    """Moves messages to where the gate decided; those that keep a lease token keep them for ``lease`` µs.

    Messages that go the same way are moved by one statement, to which they bring only what is their own.
    """
    ways: dict[tuple[Any, ...], list[tuple[str, int | None]]] = {}
    for update in updates:
        ways.setdefault(update[2:], []).append(update[:2])
    for way, several in ways.items():
        values = dict(zip(GateUpdate._fields[2:], way, strict=True))
        _MOVE.run(connection, several, **values, lease=lease)


def give_back(connection: sa.Connection, message_ids: Sequence[str], *, token: str, rest: int = 0) -> None:
    """Ends the lease of messages that were not decided; nobody claims them for ``rest`` µs of real time."""
    _GIVE_BACK.run(connection, [(one,) for one in message_ids], token=token, rest=rest)


def move_to_survivors(connection: sa.Connection, moves: Mapping[str, int]) -> None:
    """Gives messages (by id) to the customers that theirs were merged into."""
    given = row_source(connection, "given", [MESSAGES.c.message_id, MESSAGES.c.customer_id], list(moves.items()))
    connection.execute(
        sa.update(MESSAGES).where(MESSAGES.c.message_id == given.c.message_id).values(customer_id=given.c.customer_id)
    )


def reserve(connection: sa.Connection, granted: Sequence[tuple[Facts, Decision]]) -> None:
    """Takes a slot for each message; one that holds a slot, or gave one back, has it counted as of now.

    What its caller's override no longer covers is kept as marketing: it obeyed the rules.
    """
    reserved = LedgerState.RESERVED.value
    rows = [
        (
            message.message_id,
            message.customer_id,
            message.original_customer_id,
            decision.time,
            reserved,
            message.class_at(decision.time).value,
            decision.channel,
            message.brand,
            message.campaign_id,
            message.phase_id,
            message.journey_id,
            message.caller,
            decision.tier,
            message.content_key,
        )
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
            "verdict": decision.verdict.value,
            "gate_check": decision.check.value if decision.check else "",
            "reason": decision.reason.value if decision.reason else "",
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
    return _document({"findings": decision.findings, "facts": dict(decision.facts)})


_document = json.JSONEncoder(separators=(",", ":")).encode


def _lock_claimed(asked: sa.FromClause) -> sa.Select[Any]:
    states = STATES.c
    return (
        sa.select(states.message_id, MESSAGES.c.customer_id, states.state, states.lease_token)
        .join(MESSAGES, MESSAGES.c.message_id == states.message_id)
        .join(asked, asked.c.message_id == states.message_id)
        .with_for_update(of=STATES)
    )


def _select_customers(asked: sa.FromClause) -> sa.Select[Any]:
    customers = CUSTOMERS.c
    return sa.select(
        customers.customer_id, customers.merged_into, customers.tier, customers.erased, customers.consents
    ).join(asked, asked.c.customer_id == customers.customer_id)


def _lock_customers(asked: sa.FromClause) -> sa.Select[Any]:
    return _select_customers(asked).order_by(CUSTOMERS.c.customer_id).with_for_update(of=CUSTOMERS)


def _owners(asked: sa.FromClause) -> sa.Select[Any]:
    owned = sa.select(MESSAGES.c.message_id, MESSAGES.c.customer_id)
    return owned.join(asked, asked.c.message_id == MESSAGES.c.message_id)


def _read_ledger(asked: sa.FromClause) -> sa.Select[Any]:
    ledger = LEDGER.c
    return (
        sa.select(*(ledger[name] for name in LedgerRow._fields))
        .join(asked, asked.c.customer_id == ledger.customer_id)
        .where(ledger.counted_at >= sa.bindparam("since"), ledger.state != LedgerState.RELEASED)
    )


def _read_segments(segment: sa.ColumnElement[str], asked: sa.FromClause) -> sa.Select[Any]:
    members = MEMBERSHIPS.c
    return (
        sa.select(members.customer_id, members.segment_id)
        .join(asked, asked.c.customer_id == members.customer_id)
        .where(segment.in_(sa.bindparam("named", expanding=True)))
    )


def _move(given: sa.FromClause) -> sa.Update:
    leased = sa.bindparam("lease_token", type_=sa.Text) != ""
    until = real_now() + sa.bindparam("lease", type_=sa.BigInteger)
    return (
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id)
        .values(
            {name: sa.bindparam(name) for name in GateUpdate._fields[3:]}
            | {"wake_time": given.c.wake_time, "retry_real": real_now() + sa.bindparam("retry_in", type_=sa.BigInteger)}
            | {"lease_until_real": sa.case((leased, until), else_=0), "given_way": 0}
        )
    )


def _give_back(given: sa.FromClause) -> sa.Update:
    rest = sa.bindparam("rest", type_=sa.BigInteger)
    return (
        sa.update(STATES)
        .where(STATES.c.message_id == given.c.message_id, STATES.c.lease_token == sa.bindparam("token"))
        .where(STATES.c.state == MessageState.ACCEPTED)
        .values(lease_token="", lease_until_real=sa.case((rest > 0, real_now() + rest), else_=0))
    )


_MESSAGE_ID = [STATES.c.message_id]
_CUSTOMER_ID = [CUSTOMERS.c.customer_id]
_LOCK_CLAIMED = OverRows(_MESSAGE_ID, _lock_claimed)
_MOVE = OverRows([STATES.c.message_id, STATES.c.wake_time], _move)
_GIVE_BACK = OverRows(_MESSAGE_ID, _give_back)
_LOCK_CUSTOMERS = OverRows(_CUSTOMER_ID, _lock_customers)
_OWNERS = OverRows(_MESSAGE_ID, _owners)
_READ_CUSTOMERS = OverRows(_CUSTOMER_ID, _select_customers)
_READ_LEDGER = OverRows(_CUSTOMER_ID, _read_ledger)
_READ_SEGMENTS = {
    dialect: OverRows(_CUSTOMER_ID, partial(_read_segments, segment))
    for dialect, segment in (
        ("postgresql", MEMBERSHIPS.c.segment_id),
        ("sqlite", MEMBERSHIPS.c.segment_id.concat("")),  # by no index: it would walk all members of a segment
    )
}

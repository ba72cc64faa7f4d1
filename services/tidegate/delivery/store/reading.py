"""Messages as callers see them: one with its story, or pages of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import Facts, MessageState
from tidegate.delivery.store import accepting, caps
from tidegate.delivery.store.facts import MESSAGE_COLUMNS, facts_of
from tidegate.delivery.store.tables import ACCOUNTS, ATTEMPTS, DECISIONS, KEYS, LEDGER, MESSAGES, STATES

Row = sa.Row[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which messages: those that meet all that is given."""

    customer_id: int = 0
    caller: str = ""
    campaign_id: str = ""
    journey_id: str = ""
    enrollment_id: str = ""
    channel: str = ""
    states: Collection[MessageState] = ()
    accepted_from: int | None = None
    accepted_before: int | None = None


_SHOWN = [
    *(column for column in MESSAGES.c if column.name not in ("language", "content_key")),
    *(column for column in STATES.c if column.name not in ("message_id", "expire_time", "brand", "rank")),
]


def _shown() -> sa.Select[Any]:
    return sa.select(*_SHOWN).join(STATES, STATES.c.message_id == MESSAGES.c.message_id)


def message(connection: sa.Connection, message_id: str) -> Row | None:
    """One message."""
    return connection.execute(_shown().where(MESSAGES.c.message_id == message_id)).one_or_none()


def full_accounts(connection: sa.Connection, channel: str, now: int) -> list[tuple[str, str, int]]:
    """The channel's accounts that have sent all that their platform takes: (id, which cap, until when)."""
    return caps.full_on(connection, sa.select(ACCOUNTS.c.account_id).where(ACCOUNTS.c.channel == channel), now)


def facts(connection: sa.Connection, message_id: str) -> Facts | None:
    """One message as the gate sees it."""
    query = sa.select(*MESSAGE_COLUMNS).join(STATES, STATES.c.message_id == MESSAGES.c.message_id)
    row = connection.execute(query.where(MESSAGES.c.message_id == message_id)).one_or_none()
    return None if row is None else facts_of([*row])


def message_id_of(connection: sa.Connection, caller: str, key: str) -> str | None:
    """The message that a caller handed over under a key."""
    query = sa.select(KEYS.c.message_id).where(KEYS.c.caller == caller, KEYS.c.idempotency_key == key)
    return connection.scalar(query)


def messages(connection: sa.Connection, chosen: Filter, *, before: str, limit: int) -> Sequence[Row]:
    """Messages, newest first, older than the id ``before``."""
    query = _chosen(connection, chosen).order_by(MESSAGES.c.message_id.desc()).limit(limit)
    if before:
        query = query.where(MESSAGES.c.message_id < before)
    return connection.execute(query).all()


def messages_by_time(
    connection: sa.Connection, chosen: Filter, *, behind: tuple[int, str] | None, limit: int
) -> Sequence[Row]:
    """Messages by falling (accept_time, id), behind such a place. ``chosen`` names a customer."""
    order = (MESSAGES.c.accept_time, MESSAGES.c.message_id)
    query = _chosen(connection, chosen).order_by(*(column.desc() for column in order)).limit(limit)
    if behind is not None:
        query = query.where(sa.tuple_(*order) < sa.tuple_(*map(sa.literal, behind)))
    return connection.execute(query).all()


def _chosen(connection: sa.Connection, chosen: Filter) -> sa.Select[Any]:
    query = _shown()
    if chosen.customer_id:
        survivors = accepting.survivors(connection, [chosen.customer_id])
        customer_id = survivors.get(chosen.customer_id, chosen.customer_id)
        query = query.where(MESSAGES.c.customer_id == customer_id)
    for name in ("caller", "campaign_id", "journey_id", "enrollment_id"):
        if value := getattr(chosen, name):
            query = query.where(MESSAGES.c[name] == value)
    if chosen.channel:
        query = query.where(STATES.c.channel == chosen.channel)
    if chosen.states:
        query = query.where(STATES.c.state.in_(sorted(chosen.states)))
    if chosen.accepted_from is not None:
        query = query.where(MESSAGES.c.accept_time >= chosen.accepted_from)
    if chosen.accepted_before is not None:
        query = query.where(MESSAGES.c.accept_time < chosen.accepted_before)
    return query


class Attempt(NamedTuple):
    """A call for a message. ``detail`` is what the provider said; as it is stored, it is sealed with the address."""

    number: int
    channel: str
    account_id: str
    start_time: int
    end_time: int | None
    outcome: str
    scope: str
    provider_code: str
    provider_message_id: str
    retry_after: int | None
    cost_micros: int
    detail: str


def attempts(connection: sa.Connection, message_id: str) -> list[Attempt]:
    """A message's calls, oldest first, their details sealed."""
    columns = [ATTEMPTS.c[name] for name in Attempt._fields[:-1]]
    query = sa.select(*columns, ATTEMPTS.c.sealed).where(ATTEMPTS.c.message_id == message_id)
    return [Attempt._make(row) for row in connection.execute(query.order_by(ATTEMPTS.c.number))]


class StoredDecision(NamedTuple):
    """A decision as it was kept."""

    time: int
    verdict: str
    gate_check: str
    reason: str
    channel: str
    account_id: str
    wake_time: int | None
    policy_version: int
    identity_position: int
    findings: Sequence[tuple[str, int, int, int, int | None]]
    facts: Mapping[str, str]


def decisions(connection: sa.Connection, message_id: str) -> list[StoredDecision]:
    """The gate's decisions about a message, oldest first."""
    columns = [DECISIONS.c[name] for name in StoredDecision._fields[:-2]]
    query = sa.select(*columns, DECISIONS.c.facts).where(DECISIONS.c.message_id == message_id)
    found = []
    for *values, text in connection.execute(query.order_by(DECISIONS.c.decision_id)):
        document = json.loads(text) if text else {"findings": [], "facts": {}}
        found.append(StoredDecision._make([*values, document["findings"], document["facts"]]))
    return found


def slot(connection: sa.Connection, message_id: str) -> Row | None:
    """The message's row on the ledger."""
    return connection.execute(sa.select(LEDGER).where(LEDGER.c.message_id == message_id)).one_or_none()

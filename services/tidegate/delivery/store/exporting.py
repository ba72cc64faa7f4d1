"""All rows that delivery keeps of a person."""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.links.store import LINKS
from tidegate.delivery.policy.store.suppressions import SUPPRESSIONS
from tidegate.delivery.store import accepting, allowances
from tidegate.delivery.store.tables import (
    ATTEMPTS,
    CONTENTS,
    CUSTOMERS,
    DECISIONS,
    LEDGER,
    MEMBERSHIPS,
    MESSAGES,
    RECEIPTS,
    STATES,
)
from tidegate.runtime.db.documents import records, without

_OWN = (
    "lease_token",
    "lease_until_real",
    "retry_real",
    "settle_real",
    "ask_real",
    "tried",
    "tried_until_real",
    "left_by",
    "left_among",
    "rank",
    "channel_index",
)


def document(connection: sa.Connection, customer_id: int, *, address_keys: Collection[str]) -> dict[str, Any]:
    """What is kept of a customer and its aliases, list by list, as it lies there: sealed.

    ``address_keys`` are of addresses that are theirs, beside those that they were written to.
    """
    canonical = accepting.survivors(connection, [customer_id]).get(customer_id, customer_id)
    merged = sa.select(CUSTOMERS.c.customer_id).where(CUSTOMERS.c.merged_into == canonical)
    ids = [canonical, *connection.scalars(merged)]
    messages = sa.select(MESSAGES.c.message_id).where(MESSAGES.c.customer_id == canonical)
    links = sa.or_(LINKS.c.customer_id.in_(ids), LINKS.c.message_id.in_(messages))
    member = sa.and_(MEMBERSHIPS.c.customer_id.in_(ids), MEMBERSHIPS.c.via_id == 0)
    return {
        "customer_id": canonical,
        "alias_ids": ids[1:],
        "consents": _consents(connection, canonical),
        "memberships": without(records(connection, MEMBERSHIPS, member), "telling_id", "via_id"),
        "messages": records(connection, MESSAGES, MESSAGES.c.customer_id == canonical),
        "states": without(records(connection, STATES, STATES.c.message_id.in_(messages)), *_OWN),
        "contents": _keyless(connection, CONTENTS, CONTENTS.c.message_id.in_(messages)),
        "decisions": records(connection, DECISIONS, DECISIONS.c.message_id.in_(messages)),
        "attempts": _keyless(connection, ATTEMPTS, ATTEMPTS.c.message_id.in_(messages)),
        "receipts": without(_keyless(connection, RECEIPTS, RECEIPTS.c.message_id.in_(messages)), "dedupe_key"),
        "ledger": records(connection, LEDGER, LEDGER.c.customer_id == canonical),
        **allowances.documents(connection, ids, messages),
        "links": records(connection, LINKS, links),
        "suppressions": _keyless(connection, SUPPRESSIONS, _suppressed(ids, messages, address_keys)),
    }


def _suppressed(
    customer_ids: Collection[int], messages: sa.Select[Any], address_keys: Collection[str]
) -> sa.ColumnElement[bool]:
    """Those of customers, and those of addresses that they hold."""
    s = SUPPRESSIONS.c
    used = [sa.select(table.c.address_key).where(table.c.message_id.in_(messages)) for table in (ATTEMPTS, CONTENTS)]
    held = [s.address_key.in_(sorted(address_keys)), *(s.address_key.in_(one) for one in used)]
    of_address = sa.and_(s.address_key != "", s.segment_id == "", sa.or_(s.holder_id.in_(customer_ids), *held))
    return sa.or_(s.customer_id.in_(customer_ids), of_address)


def _keyless(connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Addresses' keys tell nobody anything."""
    return without(records(connection, table, condition), "address_key")


def _consents(connection: sa.Connection, customer_id: int) -> list[dict[str, Any]]:
    kept = connection.scalar(sa.select(CUSTOMERS.c.consents).where(CUSTOMERS.c.customer_id == customer_id))
    names = ("purpose", "channel", "brand", "granted", "time")
    return [dict(zip(names, each, strict=True)) for each in json.loads(kept or "[]")]

"""Receipts: kept once each, matched to messages, listed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import ReceiptKind, ReceiptState
from tidegate.delivery.store.tables import ATTEMPTS, PART_IDS, RECEIPTS
from tidegate.runtime.db import insert, row_source


class Receipt(NamedTuple):
    """One report; ``message_id`` is empty while it is not known, the address's key unless it is needed to find it.

    ``provider_template`` is by what the provider names the message's template, where it says so.
    """

    receipt_id: str
    account_id: str
    provider_message_id: str
    message_id: str
    kind: ReceiptKind
    provider_code: str
    time: int
    record_time: int
    dedupe_key: str
    state: ReceiptState
    address_key: str = ""
    provider_template: str = ""


class Named(NamedTuple):
    """What a provider names a message by; the address's key is empty where its id stands for one message."""

    account_id: str
    provider_message_id: str
    address_key: str


def receipt_of(row: Sequence[Any]) -> Receipt:
    """A receipt from the columns of one."""
    values = list(row)
    values[4], values[9] = ReceiptKind(values[4]), ReceiptState(values[9])
    return Receipt._make(values)


COLUMNS = [RECEIPTS.c[name] for name in Receipt._fields]


def keep(connection: sa.Connection, receipts: Sequence[Receipt]) -> set[str]:
    """Stores receipts; returns the ids of those that had not been stored before."""
    ordered = sorted(receipts, key=lambda one: (one.account_id, one.dedupe_key))
    given = row_source(connection, "given", COLUMNS, ordered)
    kept = connection.execute(
        insert(connection, RECEIPTS)
        .from_select(COLUMNS, sa.select(*given.c).where(sa.true()))
        .on_conflict_do_nothing(index_elements=["account_id", "dedupe_key"])
        .returning(RECEIPTS.c.receipt_id)
    )
    return {row[0] for row in kept}


def kept_before(connection: sa.Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Receipt]:
    """The receipts that are stored under (account, dedupe key)."""
    columns = [RECEIPTS.c.account_id, RECEIPTS.c.dedupe_key]
    given = row_source(connection, "given", columns, list(keys))
    rows = connection.execute(
        sa.select(*COLUMNS).join(
            given,
            sa.and_(given.c.account_id == RECEIPTS.c.account_id, given.c.dedupe_key == RECEIPTS.c.dedupe_key),
        )
    )
    found = (receipt_of(row) for row in rows)
    return {(one.account_id, one.dedupe_key): one for one in found}


def messages_of(connection: sa.Connection, named: Collection[Named]) -> dict[Named, str]:
    """The messages that providers name so. An id that several share leads to none without an address."""
    columns = [ATTEMPTS.c.account_id, ATTEMPTS.c.provider_message_id, RECEIPTS.c.address_key]
    given = row_source(connection, "given", columns, list(named))
    rows = connection.execute(
        sa.select(*given.c, sa.func.min(ATTEMPTS.c.message_id))
        .join(
            given,
            sa.and_(
                given.c.provider_message_id == ATTEMPTS.c.provider_message_id,
                given.c.account_id == ATTEMPTS.c.account_id,
                sa.or_(given.c.address_key == "", given.c.address_key == ATTEMPTS.c.address_key),
            ),
        )
        .where(ATTEMPTS.c.provider_message_id != "")
        .group_by(*given.c)
        .having(sa.func.count(sa.distinct(ATTEMPTS.c.message_id)) == 1)
    )
    return {Named._make(row[:3]): row[3] for row in rows}


def messages_of_parts(connection: sa.Connection, named: Collection[Named]) -> dict[Named, str]:
    """The messages of which providers name a part so. An id that several share leads to none."""
    columns = [PART_IDS.c.account_id, PART_IDS.c.provider_message_id, RECEIPTS.c.address_key]
    given = row_source(connection, "given", columns, list(named))
    rows = connection.execute(
        sa.select(*given.c, sa.func.min(PART_IDS.c.message_id))
        .join(
            given,
            sa.and_(
                given.c.provider_message_id == PART_IDS.c.provider_message_id,
                given.c.account_id == PART_IDS.c.account_id,
            ),
        )
        .group_by(*given.c)
        .having(sa.func.count() == 1)
    )
    return {Named._make(row[:3]): row[3] for row in rows}


def waiting(connection: sa.Connection, *, since: int, limit: int) -> list[Receipt]:
    """Receipts recorded from ``since`` on whose message is not known, and that lead to one now, oldest first."""
    led_to = sa.select(sa.func.count(sa.distinct(ATTEMPTS.c.message_id))).where(
        ATTEMPTS.c.provider_message_id == RECEIPTS.c.provider_message_id,
        ATTEMPTS.c.account_id == RECEIPTS.c.account_id,
        ATTEMPTS.c.provider_message_id != "",
        sa.or_(RECEIPTS.c.address_key == "", RECEIPTS.c.address_key == ATTEMPTS.c.address_key),
    )
    of_parts = sa.select(sa.func.count()).where(
        PART_IDS.c.provider_message_id == RECEIPTS.c.provider_message_id, PART_IDS.c.account_id == RECEIPTS.c.account_id
    )
    rows = connection.execute(
        sa.select(*COLUMNS)
        .where(RECEIPTS.c.state == ReceiptState.WAITING, RECEIPTS.c.record_time >= since)
        .where(sa.or_(led_to.scalar_subquery() == 1, of_parts.scalar_subquery() == 1))
        .order_by(RECEIPTS.c.record_time, RECEIPTS.c.receipt_id)
        .limit(limit)
        .with_for_update(of=RECEIPTS, skip_locked=True)
    )
    return [receipt_of(row) for row in rows]


def settle(connection: sa.Connection, settled: Mapping[str, tuple[str, ReceiptState]]) -> None:
    """Notes, by receipt, the message it is about and what was done with it; only who waits keeps an address's key."""
    columns = [RECEIPTS.c.receipt_id, RECEIPTS.c.message_id, RECEIPTS.c.state]
    rows = [(receipt_id, *rest) for receipt_id, rest in settled.items()]
    given = row_source(connection, "given", columns, rows)
    connection.execute(
        sa.update(RECEIPTS)
        .where(RECEIPTS.c.receipt_id == given.c.receipt_id)
        .values(
            message_id=given.c.message_id,
            state=given.c.state,
            address_key=sa.case((given.c.state == ReceiptState.WAITING, RECEIPTS.c.address_key), else_=""),
        )
    )


def find(
    connection: sa.Connection,
    *,
    message_id: str = "",
    account_id: str = "",
    state: ReceiptState | None = None,
    before: str = "",
    limit: int,
) -> list[Receipt]:
    """Receipts, newest first, older than the id ``before``."""
    statement = sa.select(*COLUMNS).order_by(RECEIPTS.c.receipt_id.desc()).limit(limit)
    if message_id:
        statement = statement.where(RECEIPTS.c.message_id == message_id)
    if account_id:
        statement = statement.where(RECEIPTS.c.account_id == account_id)
    if state is not None:
        statement = statement.where(RECEIPTS.c.state == state)
    if before:
        statement = statement.where(RECEIPTS.c.receipt_id < before)
    return [receipt_of(row) for row in connection.execute(statement)]

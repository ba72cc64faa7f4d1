"""What has been kept for long enough: found in the order of ids, which is that of making, and deleted by batches."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import LedgerRow, LedgerState, ReceiptState
from tidegate.delivery.store.gating import plan_for_batches
from tidegate.delivery.store.tables import (
    ATTEMPTS,
    CALLBACKS,
    CAPS,
    CONTENTS,
    DECISIONS,
    FOLLOW_UPS,
    GUARDED,
    INTERACTIONS,
    JOURNEYS,
    LEDGER,
    MESSAGES,
    OPENINGS,
    PART_IDS,
    RECEIPTS,
    REJECTIONS,
    STATES,
    USES,
)
from tidegate.runtime.db import OverRows


class Seen(NamedTuple):
    """A message that was looked at. ``accept_time`` is None where the message itself is gone."""

    message_id: str
    accept_time: int | None
    final_time: int | None

    def ended(self, before: int) -> bool:
        """Whether it is over since before an instant."""
        return self.final_time is not None and self.final_time < before


class Slot(NamedTuple):
    """A slot that was looked at, of a message that is gone or over unless it ``is_open``."""

    row: LedgerRow
    is_open: bool

    @property
    def is_released(self) -> bool:
        """Whether it was given back: nobody counts it."""
        return self.row.state == LedgerState.RELEASED


def with_contents(connection: sa.Connection, *, after: str, limit: int) -> list[Seen]:
    """The next messages behind an id whose contents are kept."""
    return _seen(connection, CONTENTS, after, limit)


def messages(connection: sa.Connection, *, after: str, limit: int) -> list[Seen]:
    """The next messages behind an id."""
    return _seen(connection, MESSAGES, after, limit)


def _seen(connection: sa.Connection, table: sa.Table, after: str, limit: int) -> list[Seen]:
    plan_for_batches(connection)
    own, states = table.c.message_id, STATES.c
    first = sa.select(own).where(own > after).order_by(own).limit(limit).subquery()
    query = (
        sa.select(first.c.message_id, MESSAGES.c.accept_time, states.final_time)
        .outerjoin(MESSAGES, MESSAGES.c.message_id == first.c.message_id)
        .outerjoin(STATES, states.message_id == first.c.message_id)
    )
    return sorted(map(Seen._make, connection.execute(query).all()))


def slots(connection: sa.Connection, *, after: str, limit: int) -> list[Slot]:
    """The next slots behind a message's id."""
    plan_for_batches(connection)
    own = LEDGER.c.message_id
    columns = [LEDGER.c[name] for name in LedgerRow._fields]
    first = sa.select(*columns).where(own > after).order_by(own).limit(limit).subquery()
    is_open = sa.and_(STATES.c.message_id.is_not(None), STATES.c.final_time.is_(None))
    query = sa.select(first, is_open).outerjoin(STATES, STATES.c.message_id == first.c.message_id)
    found = [Slot(LedgerRow._make(row[:-1]), bool(row[-1])) for row in connection.execute(query)]
    return sorted(found, key=lambda one: one.row.message_id)


def forget_contents(connection: sa.Connection, message_ids: Collection[str]) -> int:
    """Takes from messages that are over what is personal; returns of how many contents were kept."""
    plan_for_batches(connection)
    asked = [(one,) for one in sorted(message_ids)]
    _FORGET_ADDRESSES.run(connection, asked)
    return _FORGET_CONTENTS.run(connection, asked).rowcount


def remove_messages(connection: sa.Connection, message_ids: Collection[str]) -> int:
    """Deletes messages that are over with all that hangs on them but their slots; passes over those held by others."""
    plan_for_batches(connection)
    held = [(row[0],) for row in _HOLD.run(connection, [(one,) for one in sorted(message_ids)]).all()]
    for delete in _DELETES if held else ():
        delete.run(connection, held)
    return len(held)


def remove_slots(connection: sa.Connection, message_ids: Collection[str], *, before: int) -> int:
    """Deletes slots that were counted before an instant, and were not counted anew since they were looked at."""
    plan_for_batches(connection)
    return _REMOVE_SLOTS.run(connection, [(one,) for one in sorted(message_ids)], before=before).rowcount


class Old(NamedTuple):
    """Rows that are removed by an instant of their own: of a kind, in a table, found by a key."""

    kind: str
    table: sa.Table
    is_old: sa.ColumnElement[bool]

    def any(self, connection: sa.Connection, before: int) -> bool:
        """Whether there are any: a read, which keeps no writer out."""
        query = sa.select(sa.literal(1)).select_from(self.table).where(self.is_old).limit(1)
        return connection.scalar(query, {"before": before}) is not None

    def remove(self, connection: sa.Connection, before: int, *, limit: int) -> int:
        """Deletes up to ``limit`` of those from before an instant."""
        key = list(self.table.primary_key.columns)
        some = sa.select(*key).where(self.is_old).limit(limit).with_for_update(skip_locked=True)
        chosen = sa.tuple_(*key) if len(key) > 1 else key[0]
        removed = sa.delete(self.table).where(chosen.in_(some))
        return connection.execute(removed, {"before": before}).rowcount


_BEFORE: sa.BindParameter[int] = sa.bindparam("before", type_=sa.BigInteger)
WAITING = Old(
    "receipts",
    RECEIPTS,
    sa.and_(RECEIPTS.c.state == sa.literal_column(f"'{ReceiptState.WAITING}'"), RECEIPTS.c.record_time < _BEFORE),
)
"""Receipts that wait for a message."""
TOLD = Old(
    "callbacks",
    CALLBACKS,
    sa.and_(CALLBACKS.c.end_time.is_not(None), CALLBACKS.c.end_time < _BEFORE),
)
"""Callbacks that are over: until then one that comes again is known."""
INTERACTED = Old("interactions", INTERACTIONS, INTERACTIONS.c.time < _BEFORE)
OPENED = Old("window_openings", OPENINGS, OPENINGS.c.opened < _BEFORE)
CAPPED = Old("account_caps", CAPS, CAPS.c.ends < _BEFORE)
ENDED = Old("inactive_walks", JOURNEYS, sa.and_(JOURNEYS.c.end_time.is_not(None), JOURNEYS.c.end_time < _BEFORE))
"""Journeys, campaigns and phases that have ended: no message of theirs lives for so long."""
REJECTED = Old("template_rejections", REJECTIONS, REJECTIONS.c.since < _BEFORE)


def _of_messages(table: sa.Table) -> OverRows:
    def deleting(asked: sa.FromClause) -> sa.Executable:
        return sa.delete(table).where(table.c.message_id.in_(sa.select(asked.c.message_id)))

    return OverRows([STATES.c.message_id], deleting)


def _hold(asked: sa.FromClause) -> sa.Select[Any]:
    states = STATES.c
    return (
        sa.select(states.message_id)
        .join(asked, asked.c.message_id == states.message_id)
        .where(states.final_time.is_not(None))
        .order_by(states.message_id)
        .with_for_update(of=STATES, skip_locked=True)
    )


def _forget_addresses(asked: sa.FromClause) -> sa.Update:
    a = ATTEMPTS.c
    named = a.message_id.in_(sa.select(asked.c.message_id))
    return sa.update(ATTEMPTS).where(named, a.sealed != "").values(sealed="")


def _remove_slots(asked: sa.FromClause) -> sa.Delete:
    old = LEDGER.c.counted_at < _BEFORE
    return sa.delete(LEDGER).where(LEDGER.c.message_id.in_(sa.select(asked.c.message_id)), old)


_HOLD = OverRows([STATES.c.message_id], _hold)
_FORGET_CONTENTS = _of_messages(CONTENTS)
_FORGET_ADDRESSES = OverRows([STATES.c.message_id], _forget_addresses)
_REMOVE_SLOTS = OverRows([STATES.c.message_id], _remove_slots)
_DELETES: Sequence[OverRows] = tuple(
    _of_messages(table)
    for table in (RECEIPTS, ATTEMPTS, PART_IDS, CONTENTS, DECISIONS, USES, GUARDED, FOLLOW_UPS, MESSAGES, STATES)
)

"""Receipts whose message is not known, and the messages to the same addresses of which no provider's id is known."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.channels import OutcomeKind
from tidegate.delivery.allowances.model import UseState
from tidegate.delivery.model import MessageState
from tidegate.delivery.store.receipts import COLUMNS, Receipt, receipt_of
from tidegate.delivery.store.tables import ATTEMPTS, RECEIPTS, STATES, USES
from tidegate.runtime.db import row_source


class Nameless(NamedTuple):
    """A message that used up a credit, under way or sent, of which the provider's id is not known."""

    message_id: str
    account_id: str
    address_key: str
    template_id: str
    taken_at: int
    state: MessageState


_r, _u = RECEIPTS.c, USES.c
_LOST = sa.and_(
    _r.state == sa.literal_column("'waiting'"), _r.provider_template != sa.literal_column("''")
)  # as the index says it
_NAMELESS = [*(_u[name] for name in Nameless._fields[:-1]), STATES.c.state]


def lost(connection: sa.Connection, *, since: int, limit: int, lock: bool) -> list[Receipt]:
    """Receipts recorded from ``since`` on, whose message is not known, of addresses to which one is uncertain."""
    is_uncertain = STATES.c.state == sa.literal_column("'uncertain'")
    joined = USES.join(STATES, STATES.c.message_id == _u.message_id)
    addresses = sa.select(_u.address_key).select_from(joined).where(is_uncertain, _u.template_id != "")
    query = sa.select(*COLUMNS).where(_LOST, _r.address_key.in_(addresses), _r.record_time >= since)
    query = query.order_by(_r.record_time, _r.receipt_id).limit(limit)
    if lock:
        query = query.with_for_update(of=RECEIPTS, skip_locked=True)
    return [receipt_of(row) for row in connection.execute(query)]


def nameless(connection: sa.Connection, address_keys: Collection[str], *, since: int) -> list[Nameless]:
    """The messages to these addresses, of whichever account, that took a credit from ``since`` on."""
    asked = row_source(connection, "asked", [_u.address_key], [(key,) for key in sorted(address_keys)])
    named = sa.exists().where(
        ATTEMPTS.c.message_id == _u.message_id,
        ATTEMPTS.c.account_id == _u.account_id,
        ATTEMPTS.c.provider_message_id != "",
    )
    query = (
        sa.select(*_NAMELESS)
        .join(asked, asked.c.address_key == _u.address_key)
        .join(STATES, STATES.c.message_id == _u.message_id)
        .where(_u.state == UseState.TAKEN, _u.template_id != "", _u.taken_at >= since, ~named)
    )
    return [Nameless._make((*row[:-1], MessageState(row[-1]))) for row in connection.execute(query)]


def known(connection: sa.Connection, provider_ids: Collection[str]) -> set[str]:
    """Those of the providers' ids that calls have been answered with, of whichever account."""
    query = sa.select(ATTEMPTS.c.provider_message_id).where(
        ATTEMPTS.c.provider_message_id != "", ATTEMPTS.c.provider_message_id.in_(sorted(provider_ids))
    )
    return set(connection.scalars(query))


def name(connection: sa.Connection, found: Sequence[tuple[str, str, str]]) -> None:
    """Notes the provider's ids of messages: (message, account, id)."""
    columns = [ATTEMPTS.c.message_id, ATTEMPTS.c.account_id, ATTEMPTS.c.provider_message_id]
    given = row_source(connection, "given", columns, sorted(found))
    naming = sa.update(ATTEMPTS).where(
        ATTEMPTS.c.message_id == given.c.message_id,
        ATTEMPTS.c.account_id == given.c.account_id,
        ATTEMPTS.c.provider_message_id == "",
        ATTEMPTS.c.outcome == OutcomeKind.UNCERTAIN,
    )
    connection.execute(naming.values(provider_message_id=given.c.provider_message_id))

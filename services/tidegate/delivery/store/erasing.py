"""Taking out of delivery's tables what tells who a person is."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.links.store import LINKS
from tidegate.delivery.model import MessageState
from tidegate.delivery.policy.store.suppressions import SUPPRESSIONS
from tidegate.delivery.store import allowances
from tidegate.delivery.store.accepting import ERASURES_HOLD
from tidegate.delivery.store.tables import (
    ATTEMPTS,
    CONTENTS,
    DECISIONS,
    ERASURES,
    MEMBERSHIPS,
    MESSAGES,
    RECEIPTS,
    STATES,
)
from tidegate.runtime.db import bulk_upsert
from tidegate.runtime.db.holds import be_alone

_UNSETTLED = sorted({MessageState.ACCEPTED, MessageState.DEFERRED, MessageState.CLAIMED, MessageState.CALLING})
_MOST = 100
_UNNAMED = {"address_namespace": "", "address_key": "", "sealed": ""}
"""A call without what tells who was called."""


class Person(NamedTuple):
    """Whom an erasure is about, with all ids."""

    erasure_id: str
    customer_id: int
    customer_ids: Sequence[int]


def be_alone_with_erasures(connection: sa.Connection) -> None:
    """Waits for messages that are being accepted: they are stored before it, or know of it."""
    be_alone(connection, ERASURES_HOLD)


def begin(connection: sa.Connection, erasure_id: str, customer_id: int, customer_ids: Collection[int]) -> None:
    """Asks for a person to be erased; asked again, it is done and reported again."""
    row = {
        "erasure_id": erasure_id,
        "customer_id": customer_id,
        "customer_ids": list(customer_ids),
        "reported": False,
    }
    bulk_upsert(connection, ERASURES, [row], key=["erasure_id"], update=["reported"])


def open_ids(connection: sa.Connection) -> list[str]:
    """The erasures that are not reported yet, the oldest first."""
    query = sa.select(ERASURES.c.erasure_id).where(~ERASURES.c.reported).order_by(ERASURES.c.erasure_id)
    return list(connection.scalars(query.limit(_MOST)))


def lock(connection: sa.Connection, erasure_id: str) -> Person | None:
    """Holds an erasure; None when it was reported meanwhile."""
    e = ERASURES.c
    query = sa.select(e.erasure_id, e.customer_id, e.customer_ids).where(e.erasure_id == erasure_id, ~e.reported)
    row = connection.execute(query.with_for_update()).one_or_none()
    return None if row is None else Person(*row)


def unsettled(connection: sa.Connection, person: Person) -> list[str]:
    """The messages that wait to be sent, or are being sent."""
    query = _messages(person).join(STATES, STATES.c.message_id == MESSAGES.c.message_id)
    return list(connection.scalars(query.where(STATES.c.state.in_(_UNSETTLED))))


def strip(connection: sa.Connection, person: Person) -> int:
    """Deletes or empties everything personal; returns how many rows it changed."""
    messages, ids = _messages(person), person.customer_ids
    a, s = ATTEMPTS.c, SUPPRESSIONS.c
    reached = sa.select(a.address_key).where(a.message_id.in_(messages), a.address_key != "")
    at_addresses = sa.and_(s.value != "", sa.or_(s.holder_id.in_(ids), s.address_key.in_(reached)))
    waiting = sa.and_(RECEIPTS.c.address_key != "", RECEIPTS.c.address_key.in_(reached))
    named = sa.or_(a.sealed != "", a.address_key != "")
    spoken = sa.or_(CONTENTS.c.sealed != "", CONTENTS.c.address_key != "")
    of_customer = sa.or_(s.customer_id.in_(ids), s.original_customer_id.in_(ids))
    statements = (
        sa.delete(SUPPRESSIONS).where(of_customer),
        sa.update(SUPPRESSIONS).where(at_addresses).values(value="", note=""),
        sa.update(RECEIPTS).where(waiting).values(address_key=""),
        sa.update(ATTEMPTS).where(a.message_id.in_(messages), named).values(**_UNNAMED),
        sa.update(CONTENTS).where(CONTENTS.c.message_id.in_(messages), spoken).values(sealed="", address_key=""),
        sa.update(DECISIONS).where(DECISIONS.c.message_id.in_(messages), DECISIONS.c.facts != "").values(facts=""),
        sa.delete(LINKS).where(sa.or_(LINKS.c.customer_id.in_(ids), LINKS.c.message_id.in_(messages))),
        sa.delete(MEMBERSHIPS).where(MEMBERSHIPS.c.customer_id.in_(ids)),
        *allowances.erasures(ids, messages),
    )
    return sum(connection.execute(statement).rowcount for statement in statements)


def reported(connection: sa.Connection, erasure_id: str) -> None:
    """Notes that the erasure is done and announced."""
    connection.execute(sa.update(ERASURES).where(ERASURES.c.erasure_id == erasure_id).values(reported=True))


def _messages(person: Person) -> sa.Select[str]:
    return sa.select(MESSAGES.c.message_id).where(MESSAGES.c.customer_id.in_(person.customer_ids))

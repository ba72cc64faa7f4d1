"""What allowances keep of a person: the statements that erase it, and tell it."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.store.tables import GRANTS, INTERACTIONS, OPENINGS, USES
from tidegate.runtime.db.documents import records, without

_OF_PERSONS = {"interactions": INTERACTIONS, "grants": GRANTS, "window_openings": OPENINGS}


def erasures(customer_ids: Collection[int], messages: sa.Select[str]) -> Sequence[sa.Delete | sa.Update]:
    """What takes out all that tells who somebody is; what their messages used stays, without the address.

    Addresses are those recorded as theirs, and those that their ``messages`` went to.
    """
    used = sa.select(USES.c.address_key).where(USES.c.message_id.in_(messages), USES.c.address_key != "")
    deleted = [
        sa.delete(table).where(sa.or_(table.c.customer_id.in_(customer_ids), table.c.address_key.in_(used)))
        for table in _OF_PERSONS.values()
    ]
    named = sa.and_(USES.c.message_id.in_(messages), USES.c.address_key != "")
    return *deleted, sa.update(USES).where(named).values(address_key="")


def documents(
    connection: sa.Connection, customer_ids: Collection[int], messages: sa.Select[str]
) -> dict[str, list[dict[str, Any]]]:
    """What is kept of somebody, list by list; addresses' keys tell nobody anything."""
    kept = {
        name: without(records(connection, table, table.c.customer_id.in_(customer_ids)), "address_key")
        for name, table in _OF_PERSONS.items()
    }
    kept["allowance_uses"] = without(records(connection, USES, USES.c.message_id.in_(messages)), "address_key")
    return kept

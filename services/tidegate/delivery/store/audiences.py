"""What policies name, and whether segmentation has told who is in it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.delivery.store import guards
from tidegate.delivery.store.tables import AUDIENCES, CUSTOMERS, MEMBERSHIPS
from tidegate.runtime.db import bulk_insert, row_source

_A = AUDIENCES.c


class Audience(NamedTuple):
    """A segment, or a score model, that policies name, and the telling of it that is not at its end."""

    name: str
    telling_id: str
    told: bool


def known(connection: sa.Connection) -> Mapping[str, Audience]:
    """All that policies name."""
    return {row.name: Audience._make(row) for row in connection.execute(sa.select(AUDIENCES))}


def told(connection: sa.Connection, *, hold: bool) -> set[str]:
    """Those whose members were told; with ``hold`` no other one is until the transaction ends."""
    query = sa.select(_A.name, _A.told).order_by(_A.name)
    rows = connection.execute(query.with_for_update(read=True) if hold else query)
    return {name for name, is_told in rows if is_told}


def name(connection: sa.Connection, names: Collection[str]) -> None:
    """From now on policies name these and no others; the new ones wait to be told.

    What waits for one that is not named any more is woken in a while.
    """
    before = known(connection)
    unnamed = sorted(before.keys() - set(names))
    for gone in unnamed:
        connection.execute(sa.delete(AUDIENCES).where(_A.name == gone))
    if not all(before[gone].told for gone in unnamed):
        guards.ask_to_wake_all(connection)
    rows = [{"name": new, "telling_id": "", "told": False} for new in sorted(set(names) - before.keys())]
    bulk_insert(connection, AUDIENCES, rows)


def save(connection: sa.Connection, audience: Audience) -> None:
    """Keeps how far the telling of an audience is."""
    changed = {"telling_id": audience.telling_id, "told": audience.told}
    connection.execute(sa.update(AUDIENCES).where(_A.name == audience.name).values(changed))


def end(connection: sa.Connection, telling_id: str, *, segment_id: str = "", tiers_of: str = "") -> None:
    """Takes out those whom a telling that is at its end did not name: of a segment, or of the tiers of a model.

    ``tiers_of`` is what the names of the model's tiers begin with. Who lost a tier by it has none.
    """
    members = MEMBERSHIPS.c
    of = members.segment_id.startswith(tiers_of, autoescape=True) if tiers_of else members.segment_id == segment_id
    gone = sa.delete(MEMBERSHIPS).where(of, members.telling_id != telling_id)
    if not tiers_of:
        connection.execute(gone)
        return
    rows = connection.execute(gone.returning(members.customer_id, members.segment_id)).all()
    lost = sorted((customer_id, tier.removeprefix(tiers_of)) for customer_id, tier in rows)
    given = row_source(connection, "given", [CUSTOMERS.c.customer_id, CUSTOMERS.c.tier], lost)
    same = sa.and_(CUSTOMERS.c.customer_id == given.c.customer_id, CUSTOMERS.c.tier == given.c.tier)
    connection.execute(sa.update(CUSTOMERS).where(same).values(tier=""))

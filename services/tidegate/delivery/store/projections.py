"""What delivery keeps of other services' feeds: aliases, consents, erasures, memberships, tiers, what is active."""

import json
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from tidegate.delivery.model import Consent, CustomerFacts
from tidegate.delivery.policy.model import TIER_SEPARATOR
from tidegate.delivery.schema import CURSORS
from tidegate.delivery.store import accepting, gating
from tidegate.delivery.store.tables import CUSTOMERS, JOURNEYS, LEDGER, MEMBERSHIPS, MESSAGES
from tidegate.runtime.db import bulk_upsert, insert, row_source
from tidegate.runtime.db.holds import be_alone, share

_MEMBERSHIPS = "memberships"


def lock_cursor(connection: sa.Connection, source: str) -> int:
    """How far ``source`` has been applied; other replicas wait until this transaction ends."""
    row = {"source": source, "position": 0}
    connection.execute(insert(connection, CURSORS).values(row).on_conflict_do_nothing())
    query = sa.select(CURSORS.c.position).where(CURSORS.c.source == source).with_for_update()
    return int(connection.scalars(query).one())


def rearrange(connection: sa.Connection) -> None:
    """Before anybody is merged, split or erased: nobody learns meanwhile who is in which segment, nor has half done so.

    What the other has not committed would be passed over, and stay.
    """
    be_alone(connection, _MEMBERSHIPS)


def learn(connection: sa.Connection) -> None:
    """Before memberships are written: nobody is merged, split or erased meanwhile."""
    share(connection, _MEMBERSHIPS)


def lock(connection: sa.Connection, customer_ids: Collection[int]) -> dict[int, CustomerFacts]:
    """Locks the customers in the order of their ids; makes the rows that are missing."""
    accepting.ensure_customers(connection, customer_ids)
    return gating.lock_customers(connection, sorted(customer_ids))


def write_consents(connection: sa.Connection, consents: Mapping[int, Sequence[Consent]]) -> None:
    """Replaces the customers' decisions."""
    rows = [
        {"customer_id": key, "consents": json.dumps(several, separators=(",", ":"))}
        for key, several in consents.items()
    ]
    bulk_upsert(connection, CUSTOMERS, rows, key=["customer_id"], update=["consents"])


def merge(connection: sa.Connection, survivors: Mapping[int, int]) -> None:
    """Makes the keys aliases of their values: slots and messages are the survivors'. All rows are locked.

    So are memberships, until segmentation tells what it makes of it; but not tiers, which it takes away.
    """
    columns = [sa.Column("merged", sa.BigInteger), sa.Column("survivor", sa.BigInteger)]
    given = row_source(connection, "given", columns, list(survivors.items()))
    customers = CUSTOMERS.c
    for column, target in (
        (customers.customer_id, customers.merged_into),
        (customers.merged_into, customers.merged_into),
        (LEDGER.c.customer_id, LEDGER.c.customer_id),
        (MESSAGES.c.customer_id, MESSAGES.c.customer_id),
    ):
        survivor = sa.select(given.c.survivor).where(given.c.merged == column).scalar_subquery()
        connection.execute(
            sa.update(column.table).where(column.in_(sa.select(given.c.merged))).values({target.name: survivor})
        )
    _forget_tiers(connection, sa.select(given.c.merged))
    _bring(connection, survivors)


def _forget_tiers(connection: sa.Connection, merged: sa.Select[int]) -> None:
    """Who is merged away has no score of a model any more, and none when it is split again."""
    members = MEMBERSHIPS.c
    is_tier = members.segment_id.contains(TIER_SEPARATOR)
    connection.execute(sa.delete(MEMBERSHIPS).where(members.customer_id.in_(merged), is_tier))
    connection.execute(sa.update(CUSTOMERS).where(CUSTOMERS.c.customer_id.in_(merged)).values(tier=""))


def _bring(connection: sa.Connection, customer_ids: Collection[int]) -> None:
    """What those of the customers who were merged away are in, their survivors are in too."""
    members, customers = MEMBERSHIPS.c, CUSTOMERS.c
    given = row_source(connection, "given", [customers.customer_id], [(one,) for one in sorted(customer_ids)])
    via = sa.case((members.via_id != 0, members.via_id), else_=members.customer_id)
    brought = (
        sa.select(customers.merged_into, members.segment_id, members.telling_id, via)
        .join(given, given.c.customer_id == customers.customer_id)
        .join(MEMBERSHIPS, members.customer_id == given.c.customer_id)
        .where(customers.merged_into != 0, ~members.segment_id.contains(TIER_SEPARATOR))
        .order_by(customers.merged_into, members.segment_id)
    )
    columns = [members.customer_id, members.segment_id, members.telling_id, members.via_id]
    connection.execute(insert(connection, MEMBERSHIPS).from_select(columns, brought).on_conflict_do_nothing())


def split(connection: sa.Connection, *, remaining_id: int, separated_id: int, original_ids: Sequence[int]) -> None:
    """Gives back what was done under these original ids. Both rows are locked."""
    customers = CUSTOMERS.c
    aliases = [one for one in original_ids if one != separated_id]
    connection.execute(sa.update(CUSTOMERS).where(customers.customer_id == separated_id).values(merged_into=0))
    connection.execute(sa.update(CUSTOMERS).where(customers.customer_id.in_(aliases)).values(merged_into=separated_id))
    of_others = MEMBERSHIPS.c.via_id.in_([separated_id, *aliases])
    connection.execute(sa.delete(MEMBERSHIPS).where(MEMBERSHIPS.c.customer_id == remaining_id, of_others))
    _bring(connection, aliases)
    for table in (LEDGER, MESSAGES):
        connection.execute(
            sa.update(table)
            .where(table.c.customer_id == remaining_id)
            .where(table.c.original_customer_id.in_([separated_id, *aliases]))
            .values(customer_id=separated_id)
        )


def erase(connection: sa.Connection, customer_ids: Collection[int], *, now: int) -> None:
    """Marks the customers as erased: nothing is sent to them from here on."""
    rows = [{"customer_id": one, "erased": now, "consents": "[]", "tier": ""} for one in sorted(customer_ids)]
    bulk_upsert(connection, CUSTOMERS, rows, key=["customer_id"], update=["erased", "consents", "tier"])


def write_memberships(
    connection: sa.Connection, *, entered: Sequence[tuple[int, str, str]], left: Sequence[tuple[int, str]]
) -> None:
    """Applies changes of membership as (customer, segment); each pair stands in one of both.

    Who entered comes with the telling of the segment that is not at its end, if there is one. What is told of somebody
    who was merged away holds for the survivor.
    """
    names = ("customer_id", "segment_id", "telling_id", "via_id")
    rows = [dict(zip(names, (*one, 0), strict=True)) for one in entered]
    bulk_upsert(connection, MEMBERSHIPS, rows, key=names[:2], update=names[2:])
    told = {customer_id for customer_id, *_ in entered}
    if merged := accepting.survivors(connection, told) if told else {}:
        _bring(connection, merged)
    if not left:
        return
    members = MEMBERSHIPS.c
    given = row_source(connection, "given", [members.customer_id, members.segment_id], left)
    gone = sa.select(given.c.customer_id, given.c.segment_id)
    is_via = sa.and_(members.via_id != sa.literal_column("0"), sa.tuple_(members.via_id, members.segment_id).in_(gone))
    connection.execute(sa.delete(MEMBERSHIPS).where(is_via))
    connection.execute(sa.delete(MEMBERSHIPS).where(sa.tuple_(members.customer_id, members.segment_id).in_(gone)))


def write_tiers(connection: sa.Connection, tiers: Mapping[int, str]) -> None:
    """Keeps each customer's newest tier, whatever its model."""
    rows = [{"customer_id": key, "tier": tier, "consents": "[]"} for key, tier in sorted(tiers.items())]
    bulk_upsert(connection, CUSTOMERS, rows, key=["customer_id"], update=["tier"])


def read_inactive(connection: sa.Connection) -> frozenset[tuple[str, str]]:
    """The journeys, campaigns and phases that are not active, as (kind, id)."""
    return frozenset((kind, one) for kind, one in connection.execute(sa.select(JOURNEYS.c.kind, JOURNEYS.c.id)))


def write_activity(
    connection: sa.Connection,
    *,
    stopped: Mapping[tuple[str, str], int | None],
    running: Collection[tuple[str, str]],
) -> bool:
    """Notes which journeys, campaigns and phases, as (kind, id), are not active and which are again.

    With those that are stopped, when they have ended, if they have. Returns whether that changes what is active.
    """
    if not stopped and not running:
        return False
    key = [JOURNEYS.c.kind, JOURNEYS.c.id]
    given = row_source(connection, "given", key, sorted({*stopped, *running}))
    same = sa.and_(given.c.kind == JOURNEYS.c.kind, given.c.id == JOURNEYS.c.id)
    before = {(kind, one) for kind, one in connection.execute(sa.select(*key).join(given, same))}
    rows = [{"kind": kind, "id": one, "end_time": stopped[kind, one]} for kind, one in sorted(stopped)]
    bulk_upsert(connection, JOURNEYS, rows, key=["kind", "id"], update=["end_time"])
    again = before.intersection(running)
    for kind, one in sorted(again):
        connection.execute(sa.delete(JOURNEYS).where(JOURNEYS.c.kind == kind, JOURNEYS.c.id == one))
    return bool(stopped.keys() - before or again)

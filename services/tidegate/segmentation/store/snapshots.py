"""Snapshots: memberships copied within the database, and read like those of now."""

import sqlalchemy as sa

from tidegate.runtime.db import insert
from tidegate.segmentation.model.segment import Cause, Membership, Snapshot
from tidegate.segmentation.store.tables import MEMBERSHIPS, SNAPSHOT_MEMBERS, SNAPSHOTS

_S = SNAPSHOTS.c
_F = SNAPSHOT_MEMBERS.c
_COPIED = ("customer_id", "version", "seq", "changed_at", "cause")


def create(connection: sa.Connection, snapshot: Snapshot) -> Snapshot | None:
    """Keeps the members that the segment, which is locked, has now; None when the id is taken."""
    row = {name: value for name, value in snapshot._asdict().items() if name != "serial"}
    statement = insert(connection, SNAPSHOTS).values(row).on_conflict_do_nothing().returning(_S.serial)
    serial = connection.scalar(statement)
    if serial is None:
        return None
    m = MEMBERSHIPS.c
    members = sa.select(sa.literal(serial, sa.BigInteger), *(m[name] for name in _COPIED)).where(
        m.segment_id == snapshot.segment_id, m.member
    )
    copy = sa.insert(SNAPSHOT_MEMBERS).from_select(["snapshot_serial", *_COPIED], members)
    copied = connection.execute(copy, execution_options={"preserve_rowcount": True}).rowcount
    connection.execute(sa.update(SNAPSHOTS).where(_S.serial == serial).values(member_count=copied))
    return snapshot._replace(serial=serial, member_count=copied)


def load(connection: sa.Connection, segment_id: str, snapshot_id: str) -> Snapshot | None:
    """One snapshot of the segment."""
    query = sa.select(SNAPSHOTS).where(_S.snapshot_id == snapshot_id, _S.segment_id == segment_id)
    found = connection.execute(query).one_or_none()
    return None if found is None else Snapshot._make(found)


def page(connection: sa.Connection, segment_id: str, *, before: int, limit: int) -> list[Snapshot]:
    """Up to ``limit`` snapshots of a segment, the newest first, those with serials under ``before`` (0: all)."""
    query = sa.select(SNAPSHOTS).where(_S.segment_id == segment_id).order_by(_S.serial.desc()).limit(limit)
    if before:
        query = query.where(_S.serial < before)
    return [Snapshot._make(row) for row in connection.execute(query)]


def members(connection: sa.Connection, snapshot: Snapshot, *, after: int, limit: int) -> list[Membership]:
    """Up to ``limit`` members of a snapshot with ids behind ``after``, by id."""
    entered = sa.type_coerce(_F.changed_at, sa.BigInteger)
    rows = connection.execute(
        sa.select(_F.customer_id, _F.version, _F.seq, entered, _F.cause)
        .where(_F.snapshot_serial == snapshot.serial, _F.customer_id > after)
        .order_by(_F.customer_id)
        .limit(limit)
    )
    return [Membership(c, v, s, t, Cause(cause)) for c, v, s, t, cause in rows]

"""Conflicts and merges: what could not be joined, and what was."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.identity.model import ConflictState, Merge, Span, SplitRecord
from tidegate.identity.store.spans import within
from tidegate.identity.store.tables import (
    CONFLICT,
    CONFLICT_CUSTOMER,
    CONFLICT_IDENTIFIER,
    CUSTOMER,
    MERGE,
    NEVER_MERGE,
    SPLIT,
)
from tidegate.runtime.clock import micros
from tidegate.runtime.db import OverRows, bulk_insert, bulk_upsert
from tidegate.runtime.ids import new_id


def known(connection: sa.Connection, fingerprints: Collection[str]) -> dict[str, str]:
    """The ids of conflicts that were filed before, by fingerprint."""
    if not fingerprints:
        return {}
    rows = _KNOWN.run(connection, [(fingerprint,) for fingerprint in fingerprints]).all()
    return {row.fingerprint: row.id for row in rows}


def counts(connection: sa.Connection, lookups: Collection[str]) -> dict[str, int]:
    """In how many conflicts identifiers stood, by lookup; those that stood in none are left out."""
    if not lookups:
        return {}
    return dict(map(tuple, _COUNTS.run(connection, [(lookup,) for lookup in lookups])))


def note_counts(connection: sa.Connection, counted: Mapping[str, int]) -> None:
    """Notes in how many conflicts identifiers stand now."""
    bulk_upsert(connection, CONFLICT_IDENTIFIER, sorted(counted.items()), key=["lookup"], update=["conflicts"])


def file(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores conflicts; rows are shaped like CONFLICT. One that was filed meanwhile is an IntegrityError."""
    bulk_insert(connection, CONFLICT, sorted(rows, key=lambda row: str(row["fingerprint"])))
    bulk_insert(
        connection,
        CONFLICT_CUSTOMER,
        [{"conflict_id": row["id"], "original_id": customer_id} for row in rows for customer_id in row["customer_ids"]],
    )


def add_merges(connection: sa.Connection, merges: Sequence[Merge]) -> None:
    """Keeps who was merged into whom."""
    bulk_insert(
        connection,
        MERGE,
        [
            {
                "id": merge.merge_id,
                "survivor_id": merge.survivor_id,
                "merged_id": merge.merged_id,
                "source": merge.source,
                "event_id": merge.event_id,
                "reason": merge.reason,
                "time": merge.time,
            }
            for merge in merges
        ],
    )


def get(connection: sa.Connection, conflict_id: str) -> sa.RowMapping | None:
    """A conflict as it is stored; rows are shaped like CONFLICT."""
    return connection.execute(sa.select(CONFLICT).where(CONFLICT.c.id == conflict_id)).mappings().one_or_none()


def decide(connection: sa.Connection, conflict_id: str, state: ConflictState, *, note: str, time: int) -> bool:
    """Notes what was decided; False when the conflict isn't open any more."""
    c = CONFLICT.c
    decided = connection.execute(
        sa.update(CONFLICT)
        .where(c.id == conflict_id, c.state == ConflictState.OPEN)
        .values(state=state, note=note, resolved=time)
    )
    return decided.rowcount == 1


def merges_of(connection: sa.Connection, merged_ids: Collection[int]) -> list[Merge]:
    """The merges by which these ids became aliases."""
    return [_merge(row) for row in _MERGES_OF.run(connection, [(i,) for i in merged_ids]).all()]


def add_split(
    connection: sa.Connection,
    remaining_id: int,
    separated: Mapping[int, Collection[int]],
    *,
    source: str,
    reason: str,
    time: int,
) -> None:
    """Keeps who was taken apart, with the original ids that left, by the customers they belong to now."""
    row = {
        "id": new_id(),
        "remaining_id": remaining_id,
        "separated": [[customer_id, list(ids)] for customer_id, ids in separated.items()],
        "source": source,
        "reason": reason,
        "time": time,
    }
    bulk_insert(connection, SPLIT, [row])


def conflicts_page(
    connection: sa.Connection,
    *,
    state: ConflictState | None,
    customer_id: int,
    after: str,
    limit: int,
) -> list[sa.RowMapping]:
    """Conflicts behind the id ``after``, the oldest first (ids rise with time)."""
    query = sa.select(CONFLICT).where(CONFLICT.c.id > after).order_by(CONFLICT.c.id).limit(limit)
    if state is not None:
        query = query.where(CONFLICT.c.state == state)
    if customer_id:
        involved = (
            sa.select(CONFLICT_CUSTOMER.c.conflict_id)
            .join(CUSTOMER, CUSTOMER.c.id == CONFLICT_CUSTOMER.c.original_id)
            .where(CUSTOMER.c.canonical_id == customer_id)
        )
        query = query.where(CONFLICT.c.id.in_(involved))
    return list(connection.execute(query).mappings())


def merges_page(connection: sa.Connection, *, customer_ids: Collection[int], after: str, limit: int) -> list[Merge]:
    """Merges behind the id ``after``, the oldest first; of these customers, or of all when there are none."""
    query = sa.select(MERGE).where(MERGE.c.id > after).order_by(MERGE.c.id).limit(limit)
    if customer_ids:
        wanted = list(customer_ids)
        query = query.where(sa.or_(MERGE.c.survivor_id.in_(wanted), MERGE.c.merged_id.in_(wanted)))
    return [_merge(row) for row in connection.execute(query)]


def merges_by_time(
    connection: sa.Connection, customer_id: int, *, span: Span, before: tuple[Any, ...] | None, limit: int
) -> list[Merge]:
    """Merges of a customer and its aliases by falling (time, id), behind ``before``."""
    m, mine = MERGE.c, sa.select(CUSTOMER.c.id).where(CUSTOMER.c.canonical_id == customer_id)
    among = [*within(m.time, span), *_behind(MERGE, before)]
    sides = [sa.select(MERGE).where(side.in_(mine), *among) for side in (m.survivor_id, m.merged_id)]
    found = sa.union(*sides).subquery()
    query = sa.select(found).order_by(found.c.time.desc(), found.c.id.desc()).limit(limit)
    return [_merge(row) for row in connection.execute(query)]


def splits_around(
    connection: sa.Connection, customer_id: int, *, span: Span, before: tuple[Any, ...] | None
) -> list[SplitRecord]:
    """Splits of a customer and of those it was ever split from, by falling (time, id), behind ``before``."""
    s, low, high = SPLIT.c, NEVER_MERGE.c.low_id, NEVER_MERGE.c.high_id
    mine = sa.select(CUSTOMER.c.id).where(CUSTOMER.c.canonical_id == customer_id)
    above, below = sa.select(high).where(low.in_(mine)), sa.select(low).where(high.in_(mine))
    query = sa.select(SPLIT).where(s.remaining_id.in_(mine.union(above, below)), *within(s.time, span))
    query = query.where(*_behind(SPLIT, before)).order_by(s.time.desc(), s.id.desc())
    return [_split(row) for row in connection.execute(query)]


def _behind(table: sa.Table, before: tuple[Any, ...] | None) -> list[sa.ColumnElement[bool]]:
    """That a row's (time, id) lies behind a place; always, when there is none."""
    return [] if before is None else [sa.tuple_(table.c.time, table.c.id) < sa.tuple_(*map(sa.literal, before))]


def _split(row: Any) -> SplitRecord:
    return SplitRecord(
        split_id=row.id,
        remaining_id=row.remaining_id,
        separated=tuple((customer_id, tuple(ids)) for customer_id, ids in row.separated),
        source=row.source,
        reason=row.reason,
        time=micros(row.time),
    )


def _merge(row: Any) -> Merge:
    return Merge(
        merge_id=row.id,
        survivor_id=row.survivor_id,
        merged_id=row.merged_id,
        source=row.source,
        event_id=row.event_id,
        reason=row.reason,
        time=micros(row.time),
    )


def _known(asked: sa.FromClause) -> sa.Select[Any]:
    same = CONFLICT.c.fingerprint == asked.c.fingerprint
    return sa.select(CONFLICT.c.fingerprint, CONFLICT.c.id).join_from(asked, CONFLICT, same)


def _merges_of(asked: sa.FromClause) -> sa.Select[Any]:
    return sa.select(MERGE).join_from(asked, MERGE, MERGE.c.merged_id == asked.c.merged_id)


def _counts(asked: sa.FromClause) -> sa.Select[Any]:
    c = CONFLICT_IDENTIFIER.c
    return sa.select(c.lookup, c.conflicts).join_from(asked, CONFLICT_IDENTIFIER, c.lookup == asked.c.lookup)


_COUNTS = OverRows([CONFLICT_IDENTIFIER.c.lookup], _counts)
_MERGES_OF = OverRows([MERGE.c.merged_id], _merges_of)
_KNOWN = OverRows([CONFLICT.c.fingerprint], _known)

"""Copies of memberships, and what a question says against them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tidegate.segmentation.analytic_store.engine import Connection, execute_with, one
from tidegate.segmentation.model.segment import Cause, Change, Membership, Transition
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.inputs import segment_facet
from tidegate.segmentation.rules.overlaps import shared_members
from tidegate.segmentation.rules.tables import Tables, sql_of

BATCH = 10_000
_NEAR = 3_600 * 1_000_000
_FOR_EVER = 2**62


@dataclass(frozen=True, slots=True)
class Copy:
    """How current a copy is, and when time may turn the segment's rule; instants in microseconds."""

    revision: int
    version: int
    evaluated_at: int
    wake_at: int | None


def load_copies(connection: Connection) -> dict[str, Copy]:
    """All copies, by segment."""
    rows = connection.execute("SELECT segment_id, revision, version, evaluated_at, wake_at FROM copies")
    return {segment_id: Copy(*rest) for segment_id, *rest in rows.fetchall()}


def save_copies(connection: Connection, copies: Mapping[str, Copy]) -> None:
    """Notes how current copies are."""
    every = list(copies.values())
    given = {
        "segment_id": pa.array(list(copies), pa.string()),
        "revision": pa.array([each.revision for each in every], pa.int64()),
        "version": pa.array([each.version for each in every], pa.int64()),
        "evaluated_at": pa.array([each.evaluated_at for each in every], pa.int64()),
        "wake_at": pa.array([each.wake_at for each in every], pa.int64()),
    }
    execute_with(connection, "INSERT OR REPLACE INTO copies BY NAME SELECT * FROM given", pa.table(given))


def clear_members(connection: Connection, segment_id: str) -> None:
    """Drops the copy of a segment's members."""
    connection.execute("DELETE FROM members WHERE segment_id = ?", [segment_id])
    connection.execute("DELETE FROM copies WHERE segment_id = ?", [segment_id])


def add_members(connection: Connection, segment_id: str, members: Sequence[Membership]) -> None:
    """Adds members to a copy."""
    given = _given([each.customer_id for each in members], [each.entered_at for each in members])
    execute_with(connection, "INSERT INTO members SELECT ?, customer_id, given_value FROM given", given, [segment_id])


def change_members(
    connection: Connection, segment_id: str, changes: Sequence[Change], *, now: int, table: str = "members"
) -> None:
    """Lets customers enter and leave a copy. Who is there already stays as they were."""
    left = [each.customer_id for each in changes if each.transition is Transition.LEFT]
    entered = [each.customer_id for each in changes if each.transition is Transition.ENTERED]
    execute_with(
        connection,
        f"DELETE FROM {table} USING given g WHERE segment_id = ? AND {table}.customer_id = g.customer_id",
        _given(left, [now] * len(left)),
        [segment_id],
    )
    execute_with(
        connection,
        f"INSERT INTO {table} SELECT ?, customer_id, given_value FROM given g WHERE NOT EXISTS "
        f"(SELECT 1 FROM {table} m WHERE m.segment_id = ? AND m.customer_id = g.customer_id)",
        _given(entered, [now] * len(entered)),
        [segment_id, segment_id],
    )


def touch_changed(connection: Connection, segment_id: str, changes: Sequence[Change], *, serial: int) -> None:
    """Notes that rules which name the segment are to be asked again for those who entered or left."""
    execute_with(
        connection,
        "INSERT INTO touched SELECT given_value, customer_id, ?, ? FROM given",
        _given([each.customer_id for each in changes], [serial] * len(changes)),
        [segment_facet(segment_id), Cause.DERIVED.value],
    )


def merged_away(connection: Connection, segment_ids: Collection[str]) -> dict[str, dict[int, int]]:
    """By segment, the members among those touched by a merge who are somebody else now, each with who that is."""
    if one(connection, "SELECT 1 FROM touched WHERE cause = ? LIMIT 1", [Cause.MERGE.value]) is None:
        return {}
    rows = connection.execute(
        "SELECT m.segment_id, m.customer_id, a.customer_id FROM members m "
        "JOIN aliases a ON a.alias_id = m.customer_id AND a.customer_id <> a.alias_id "
        "SEMI JOIN (SELECT customer_id FROM touched WHERE cause = ?) t ON t.customer_id = m.customer_id "
        "WHERE list_contains(?, m.segment_id) ORDER BY m.segment_id, m.customer_id",
        [Cause.MERGE.value, list(segment_ids)],
    )
    found: dict[str, dict[int, int]] = {}
    for segment_id, merged, survivor in rows.fetchall():
        found.setdefault(segment_id, {})[merged] = survivor
    return found


def taken_apart(connection: Connection) -> dict[int, int]:
    """All ids of those touched by a split, each with whose it is now."""
    rows = connection.execute(
        "WITH apart AS (SELECT DISTINCT customer_id FROM touched WHERE cause = ?) "
        "SELECT customer_id, customer_id FROM apart UNION "
        "SELECT a.alias_id, a.customer_id FROM aliases a SEMI JOIN apart USING (customer_id)",
        [Cause.SPLIT.value],
    )
    return dict(rows.fetchall())


def differences(
    connection: Connection, segment_id: str, matched: str, *, stay: int, now: int, cause: Cause
) -> Iterator[list[Change]]:
    """Who enters and who leaves when the segment's members are to be those of ``matched``, in batches."""
    rows = connection.execute(
        f"WITH matched AS ({matched}), present AS (SELECT * FROM members WHERE segment_id = ?) "
        "SELECT customer_id, TRUE FROM matched ANTI JOIN present USING (customer_id) UNION ALL "
        "SELECT customer_id, FALSE FROM present ANTI JOIN matched USING (customer_id) "
        "WHERE entered_at + ? <= ? OR NOT EXISTS "
        "(SELECT 1 FROM customers c WHERE c.customer_id = present.customer_id)",
        [segment_id, stay, now],
    )
    while batch := rows.fetchmany(BATCH):
        yield [Change(customer_id, _transition(entered), cause) for customer_id, entered in batch]


def sliced_differences(connection: Connection, segment_id: str, matched: str, *, stay: int, now: int) -> list[Change]:
    """Like differences(), for the customers in `population` alone, each with the cause that stands there."""
    rows = connection.execute(
        f"WITH matched AS ({matched}), present AS (SELECT * FROM slice_members WHERE segment_id = ?), changed AS ("
        "SELECT customer_id, TRUE AS entered FROM matched ANTI JOIN present USING (customer_id) UNION ALL "
        "SELECT customer_id, FALSE FROM present ANTI JOIN matched USING (customer_id) "
        "WHERE entered_at + ? <= ? OR NOT EXISTS "
        "(SELECT 1 FROM slice_customers c WHERE c.customer_id = present.customer_id)) "
        "SELECT customer_id, entered, cause FROM changed JOIN population USING (customer_id)",
        [segment_id, stay, now],
    )
    return [Change(customer_id, _transition(entered), Cause(cause)) for customer_id, entered, cause in rows.fetchall()]


def stay_ends(connection: Connection, segment_id: str, *, stay: int, now: int) -> int | None:
    """When the next member has stayed the minimum; None when nobody is still to."""
    found = one(
        connection,
        "SELECT min(entered_at) + ? FROM members WHERE segment_id = ? AND entered_at > ?",
        [stay, segment_id, now - stay],
    )
    return found[0] if found else None


def next_flip(connection: Connection, sql: str, *, now: int) -> int | None:
    """The instant that a question's text for the next flip gives.

    Where much happens the next flip is near, and a look at the next hour spares one at everything.
    """
    for horizon in (now + _NEAR, _FOR_EVER) if sql else ():
        connection.execute(f"SET VARIABLE horizon = {horizon}::BIGINT")
        found = one(connection, sql)
        if found and found[0] is not None:
            return int(found[0])
    return None


def shared(connection: Connection, segment_ids: Sequence[str]) -> dict[str, int]:
    """How many customers are in each of the segments and in both of each pair; see rules.overlaps."""
    rows = connection.execute(sql_of(shared_members(segment_ids, Tables(Catalog()))))
    names = [column[0] for column in rows.description or ()]
    return dict(zip(names, map(int, rows.fetchall()[0]), strict=True))


def _given(customer_ids: Sequence[int], values: Sequence[int]) -> pa.Table:
    return pa.table({"customer_id": pa.array(customer_ids, pa.int64()), "given_value": pa.array(values, pa.int64())})


def _transition(entered: object) -> Transition:
    return Transition.ENTERED if entered else Transition.LEFT

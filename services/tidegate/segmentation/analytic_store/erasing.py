"""Taking persons who were erased out of the analytic store, and which of them are still to be reported."""

from collections.abc import Sequence
from typing import NamedTuple

from tidegate.segmentation.analytic_store.engine import Connection, one

_OF_CUSTOMERS = (
    "events", "customers", "tags", "consents", "identifiers", "members", "scores", "component_scores", "arms",
    "run_scores", "run_component_scores", "stages", "stage_changes", "run_stages", "arrivals", "inviters",
    "touched",
)  # fmt: skip
_OF_ORIGINALS = ("events", "arms", "arrivals")


class Person(NamedTuple):
    """Whom an erasure is about, with all ids, and the rows that were deleted so far."""

    erasure_id: str
    customer_id: int
    customer_ids: Sequence[int]
    rows: int


def begin(connection: Connection, erasure_id: str, customer_id: int, customer_ids: Sequence[int]) -> None:
    """Deletes a person's facts, and notes that the rest is to be erased; asked again, it is reported again."""
    rows = strip(connection, customer_ids)
    known = one(connection, "SELECT rows FROM erasures WHERE erasure_id = ?", [erasure_id])
    connection.execute("DELETE FROM erasures WHERE erasure_id = ?", [erasure_id])
    connection.execute(
        "INSERT INTO erasures VALUES (?, ?, ?, ?, FALSE)",
        [erasure_id, customer_id, list(customer_ids), rows + (int(known[0]) if known else 0)],
    )


def strip(connection: Connection, customer_ids: Sequence[int]) -> int:
    """Deletes everything under these ids; returns how many rows it were."""
    named = [(table, "customer_id") for table in _OF_CUSTOMERS] + [(table, "original_id") for table in _OF_ORIGINALS]
    named.append(("inviters", "inviter_id"))
    rows = 0
    for table, column in named:
        statement = f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?::BIGINT[]))"
        taken = one(connection, statement, [list(customer_ids)])
        rows += int(taken[0]) if taken else 0
    return rows


def unreported(connection: Connection) -> list[Person]:
    """The erasures that are to be done and reported, in their order."""
    rows = connection.execute(
        "SELECT erasure_id, customer_id, customer_ids, rows FROM erasures WHERE NOT reported ORDER BY erasure_id"
    ).fetchall()
    return [Person(*row) for row in rows]


def reported(connection: Connection, erasure_id: str) -> None:
    """Notes that an erasure is done and announced."""
    connection.execute("UPDATE erasures SET reported = TRUE WHERE erasure_id = ?", [erasure_id])


def erased(connection: Connection) -> set[int]:
    """All ids of everybody who was erased."""
    return {row[0] for row in connection.execute("SELECT unnest(customer_ids) FROM erasures").fetchall()}

"""What the analytic store has of a person that is nowhere else: the ids that lead to them, and scores."""

from typing import Any

from tidegate.segmentation.analytic_store.engine import Connection, one


def ids_of(connection: Connection, customer_id: int) -> list[int]:
    """The customer that an id means now, and all other ids that mean the same."""
    found = one(connection, "SELECT customer_id FROM aliases WHERE alias_id = ?", [customer_id])
    canonical = int(found[0]) if found else customer_id
    rows = connection.execute(
        "SELECT alias_id FROM aliases WHERE customer_id = ? AND alias_id <> customer_id ORDER BY alias_id", [canonical]
    )
    return [canonical, *(alias for (alias,) in rows.fetchall())]


def scores(connection: Connection, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """Scores and their components, by model."""
    return {
        name: _records(
            connection, f"SELECT {', '.join(columns)} FROM {name} WHERE customer_id = ?", columns, customer_id
        )
        for name, columns in _COLUMNS.items()
    }


def _records(connection: Connection, query: str, columns: tuple[str, ...], customer_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(query, [customer_id]).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


_COLUMNS = {
    "scores": ("model_id", "score", "tier"),
    "component_scores": ("model_id", "component_id", "value", "class_number"),
}

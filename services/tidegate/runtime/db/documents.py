"""Rows as plain documents, for whoever is to be told all that is kept."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa


def records(connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """The rows of a table that meet a condition, by the names of their columns, in the order of the key."""
    query = sa.select(table).where(condition).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(query).mappings()]


def without(rows: Iterable[Mapping[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The records without what is nobody's business but the service's own."""
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def as_json(document: Mapping[str, Any]) -> str:
    """The document as JSON; instants as RFC 3339."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a document")

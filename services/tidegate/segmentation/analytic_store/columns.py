"""Which column holds which property or attribute: read at start, extended when something new is seen."""

from collections.abc import Collection
from dataclasses import replace

from tidegate.segmentation.analytic_store.engine import Connection
from tidegate.segmentation.model.rule import Kind
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.tables import Scope

MAX_COLUMNS = 2_000
"""Properties and attributes beyond are not kept for rules; names made up by mistake would fill the store."""

DUCKDB_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.FLAG: "BOOLEAN",
    Kind.INSTANT: "BIGINT",
    Kind.LIST: "VARCHAR[]",
}
_PREFIXES = {"events": "p", "customers": "a"}

Named = tuple[str, Kind]


def load_catalog(connection: Connection, scope: Scope = Scope.EVERYONE) -> Catalog:
    """The catalog as it is stored: of customers, or of entities."""
    events, subjects = (scope.value + each for each in _PREFIXES)
    rows = connection.execute(
        "SELECT relation, name, kind, column_name FROM catalog WHERE relation IN (?, ?)", [events, subjects]
    ).fetchall()
    columns: dict[str, dict[str, dict[Kind, str]]] = {events: {}, subjects: {}}
    for relation, name, kind, column in rows:
        columns[relation].setdefault(name, {})[Kind(kind)] = column
    return Catalog(len(rows), columns[events], columns[subjects])


def extended(
    connection: Connection,
    catalog: Catalog,
    properties: Collection[Named],
    attributes: Collection[Named],
    scope: Scope = Scope.EVERYONE,
) -> Catalog:
    """The catalog with columns for all of these, as far as there is room; adds them to the tables."""
    new = [
        (relation, name, kind)
        for relation, named, known in (
            ("events", properties, catalog.properties),
            ("customers", attributes, catalog.attributes),
        )
        for name, kind in sorted(named, key=lambda each: (each[0], each[1].value))
        if kind not in known.get(name, {})
    ][: max(MAX_COLUMNS - catalog.version, 0)]
    for number, (relation, name, kind) in enumerate(new, start=catalog.version + 1):
        column = f"{_PREFIXES[relation]}{number}"
        table = scope.value + relation
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {DUCKDB_TYPES[kind]}")
        connection.execute("INSERT INTO catalog VALUES (?, ?, ?, ?)", [table, name, kind.value, column])
    return load_catalog(connection, scope) if new else replace(catalog)

"""Applies facts to the analytic store, a batch with few statements, whatever its size.

Events of a customer that is merged away are moved to the survivor when the merge is applied: one update for
all merges of a batch, which costs less than looking up aliases in every query. Their original id stays, by
which a split gives them back.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from tidegate.runtime.clock import micros
from tidegate.segmentation.analytic_store import erasing
from tidegate.segmentation.analytic_store.columns import extended
from tidegate.segmentation.analytic_store.engine import Connection, execute_with, one
from tidegate.segmentation.model.facts import EventFact, SplitFact
from tidegate.segmentation.model.rule import Kind, Scalar
from tidegate.segmentation.rules.batching import FactBatch, Touch, Values, gathered
from tidegate.segmentation.rules.catalog import Catalog, Columns

ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.INSTANT: pa.int64(),
    Kind.LIST: pa.list_(pa.string()),
}
_KEPT = ("events", "arms", "arrivals")
"""What a customer who is merged away brings along; the rest of it goes with them."""
_TOLD = ("customers", "tags", "consents", "identifiers", "inviters")
_OWNED = (*_TOLD, "scores", "component_scores", "run_scores", "run_component_scores")


def apply_batch(connection: Connection, catalog: Catalog, batch: FactBatch, *, serial: int) -> Catalog:
    """Applies ``batch`` in the transaction of ``connection``; returns the catalog, extended by what is new.

    ``serial`` numbers the first event; each event takes one number.
    """
    properties = gathered([event.properties for event in batch.events])
    attributes = gathered(batch.attributes.values())
    catalog = extended(connection, catalog, properties.keys(), attributes.keys())
    _create_customers(connection, batch.created)
    _append_events(connection, batch.events, arrays_of(properties, catalog.properties), serial)
    _set_attributes(connection, catalog, batch.attributes, arrays_of(attributes, catalog.attributes))
    _set_tags(connection, batch)
    _set_consents(connection, batch)
    _set_identifiers(connection, batch)
    _set_arrivals(connection, batch.arrivals)
    _set_inviters(connection, batch)
    _merge(connection, batch.survivors())
    if batch.split:
        _split(connection, batch.split)
    if batch.erasure:
        erasing.begin(connection, *batch.erasure)
    return catalog


def touch(connection: Connection, touched: Collection[Touch], *, serial: int) -> None:
    """Notes which customers are to be asked again, and in what they changed."""
    if not touched:
        return
    customers, facets, causes = zip(*touched, strict=True)
    execute_with(
        connection,
        "INSERT INTO touched SELECT ?, coalesce(a.customer_id, g.customer_id), g.facet, g.cause "
        "FROM given g LEFT JOIN aliases a ON a.alias_id = g.customer_id AND g.cause <> 'merge'",
        pa.table({"customer_id": pa.array(customers, pa.int64()), "facet": facets, "cause": causes}),
        [serial],
    )


def save_cursor(connection: Connection, source: str, position: int) -> None:
    """Notes how far the feed of ``source`` has been applied."""
    updated = one(connection, "UPDATE cursors SET position = ? WHERE source = ?", [position, source])
    if updated == (0,):
        connection.execute("INSERT INTO cursors VALUES (?, ?)", [source, position])


def load_cursor(connection: Connection, source: str) -> int:
    """How far the feed of ``source`` has been applied; 0 before the first page."""
    found = one(connection, "SELECT position FROM cursors WHERE source = ?", [source])
    return int(found[0]) if found else 0


def next_serial(connection: Connection) -> int:
    """A number above all that events and touches have."""
    found = one(
        connection,
        "SELECT greatest((SELECT coalesce(max(serial), 0) FROM events), "
        "(SELECT coalesce(max(serial), 0) FROM entity_events), (SELECT coalesce(max(serial), 0) FROM touched))",
    )
    return 1 + (int(found[0]) if found else 0)


def _create_customers(connection: Connection, created: Collection[int]) -> None:
    if not created:
        return
    execute_with(
        connection,
        "INSERT INTO customers BY NAME SELECT customer_id FROM given "
        "ANTI JOIN customers USING (customer_id) "
        "ANTI JOIN aliases ON aliases.alias_id = given.customer_id AND aliases.customer_id <> aliases.alias_id",
        pa.table({"customer_id": pa.array(sorted(created), pa.int64())}),
    )


def _append_events(
    connection: Connection, events: Sequence[EventFact], properties: Mapping[str, pa.Array], serial: int
) -> None:
    if not events:
        return
    columns = {
        "customer_id": pa.array([event.customer_id for event in events], pa.int64()),
        "original_id": pa.array([event.original_id for event in events], pa.int64()),
        "name": pa.array([event.name for event in events], pa.string()),
        "time": pa.array([event.time for event in events], pa.int64()),
        "counts_from": pa.array([event.counts_from for event in events], pa.int64()),
        "serial": pa.array(range(serial, serial + len(events)), pa.int64()),
        **properties,
    }
    execute_with(
        connection,
        "INSERT INTO events BY NAME "
        "SELECT g.* REPLACE (coalesce(o.customer_id, a.customer_id, g.customer_id) AS customer_id) "
        "FROM given g LEFT JOIN aliases o ON o.alias_id = g.original_id "
        "LEFT JOIN aliases a ON a.alias_id = g.customer_id",
        pa.table(columns),
    )


def arrays_of(values: Values, columns: Columns) -> dict[str, pa.Array]:
    """The values as arrays by column, those left out that have none."""
    return {
        columns[name][kind]: pa.array(_stored(column, kind), ARROW_TYPES[kind])
        for (name, kind), column in values.items()
        if kind in columns.get(name, {})
    }


def _stored(column: list[Any], kind: Kind) -> list[Any]:
    if kind is not Kind.INSTANT:
        return column
    return [None if value is None else micros(value) for value in column]


def _set_attributes(
    connection: Connection,
    catalog: Catalog,
    attributes: Mapping[int, Mapping[str, Scalar | None]],
    arrays: Mapping[str, pa.Array],
) -> None:
    if not attributes:
        return
    _create_customers(connection, attributes.keys())
    rows = list(attributes.values())
    names = sorted({name for row in rows for name in row if name in catalog.attributes})
    if not names:
        return
    given: dict[str, Any] = {"customer_id": pa.array(list(attributes), pa.int64()), **arrays}
    assignments = []
    for at, name in enumerate(names):
        given[f"has{at}"] = pa.array([name in row for row in rows], pa.bool_())
        for column in catalog.attributes[name].values():
            value = f"g.{column}" if column in arrays else "NULL"
            assignments.append(f"{column} = CASE WHEN g.has{at} THEN {value} ELSE customers.{column} END")
    execute_with(
        connection,
        f"UPDATE customers SET {', '.join(assignments)} FROM given g WHERE customers.customer_id = g.customer_id",
        pa.table(given),
    )


def _set_tags(connection: Connection, batch: FactBatch) -> None:
    if not batch.tags:
        return
    customers, tags = zip(*batch.tags, strict=True)
    given = pa.table(
        {
            "customer_id": pa.array(customers, pa.int64()),
            "tag": pa.array(tags, pa.string()),
            "present": pa.array(list(batch.tags.values()), pa.bool_()),
        }
    )
    execute_with(
        connection, "DELETE FROM tags USING given g WHERE tags.customer_id = g.customer_id AND tags.tag = g.tag", given
    )
    execute_with(connection, "INSERT INTO tags SELECT customer_id, tag FROM given WHERE present", given)


def _set_consents(connection: Connection, batch: FactBatch) -> None:
    if not batch.decisions:
        return
    decisions = batch.decisions.values()
    given = pa.table(
        {
            "customer_id": pa.array([key[0] for key in batch.decisions], pa.int64()),
            "purpose": pa.array([each.purpose for each in decisions], pa.string()),
            "channel": pa.array([each.channel for each in decisions], pa.string()),
            "brand": pa.array([each.brand for each in decisions], pa.string()),
            "granted": pa.array([each.granted for each in decisions], pa.bool_()),
            "time": pa.array([each.time for each in decisions], pa.int64()),
        }
    )
    execute_with(
        connection,
        "DELETE FROM consents c USING given g WHERE c.customer_id = g.customer_id AND c.purpose = g.purpose "
        "AND c.channel = g.channel AND c.brand = g.brand",
        given,
    )
    execute_with(connection, "INSERT INTO consents BY NAME SELECT * FROM given", given)


def _set_identifiers(connection: Connection, batch: FactBatch) -> None:
    if not batch.namespaces:
        return
    pairs = [(customer, each) for customer, all_ in batch.namespaces.items() for each in set(all_)]
    execute_with(
        connection,
        "DELETE FROM identifiers USING given g WHERE identifiers.customer_id = g.customer_id",
        pa.table({"customer_id": pa.array(list(batch.namespaces), pa.int64())}),
    )
    execute_with(
        connection,
        "INSERT INTO identifiers BY NAME SELECT * FROM given",
        pa.table(
            {
                "customer_id": pa.array([customer for customer, _ in pairs], pa.int64()),
                "namespace": pa.array([namespace for _, namespace in pairs], pa.string()),
            }
        ),
    )


def _set_arrivals(connection: Connection, arrivals: Mapping[int, int]) -> None:
    if not arrivals:
        return
    execute_with(
        connection,
        "INSERT INTO arrivals BY NAME SELECT coalesce(a.customer_id, g.original_id) AS customer_id, g.* FROM given g "
        "LEFT JOIN aliases a ON a.alias_id = g.original_id ANTI JOIN arrivals b ON b.original_id = g.original_id",
        pa.table(
            {
                "original_id": pa.array(list(arrivals), pa.int64()),
                "joined_at": pa.array(list(arrivals.values()), pa.int64()),
            }
        ),
    )


def _set_inviters(connection: Connection, batch: FactBatch) -> None:
    if not batch.inviters:
        return
    customers, inviters = zip(*batch.inviters, strict=True)
    given = pa.table(
        {
            "customer_id": pa.array(customers, pa.int64()),
            "inviter_id": pa.array(inviters, pa.int64()),
            "present": pa.array(list(batch.inviters.values()), pa.bool_()),
        }
    )
    execute_with(
        connection,
        "DELETE FROM inviters i USING given g WHERE i.customer_id = g.customer_id AND i.inviter_id = g.inviter_id",
        given,
    )
    execute_with(connection, "INSERT INTO inviters SELECT customer_id, inviter_id FROM given WHERE present", given)


def _merge(connection: Connection, survivors: Mapping[int, int]) -> None:
    if not survivors:
        return
    given = pa.table(
        {
            "merged": pa.array(list(survivors), pa.int64()),
            "survivor": pa.array(list(survivors.values()), pa.int64()),
        }
    )
    for statement in (
        "UPDATE aliases SET customer_id = g.survivor FROM given g WHERE aliases.customer_id = g.merged",
        "DELETE FROM aliases USING given g WHERE aliases.alias_id = g.merged",
        "INSERT INTO aliases SELECT merged, survivor FROM given",
        *(
            f"UPDATE {table} SET customer_id = g.survivor FROM given g WHERE {table}.customer_id = g.merged"
            for table in _KEPT
        ),
        *(f"DELETE FROM {table} USING given g WHERE {table}.customer_id = g.merged" for table in _OWNED),
    ):
        execute_with(connection, statement, given)


def _split(connection: Connection, split: SplitFact) -> None:
    """Gives back what arrived under original ids; what all concerned have besides is told anew behind the split.

    Whoever left is an alias of itself: an event that was on its way still names whom it had been merged into.
    """
    pairs = [(original, each.customer_id) for each in split.separated for original in each.original_ids]
    given = pa.table(
        {
            "original": pa.array([original for original, _ in pairs], pa.int64()),
            "customer": pa.array([customer for _, customer in pairs], pa.int64()),
        }
    )
    for statement in (
        "DELETE FROM aliases USING given g WHERE aliases.alias_id IN (g.original, g.customer)",
        "INSERT INTO aliases SELECT DISTINCT original, customer FROM given",
        *(
            f"UPDATE {table} SET customer_id = g.customer FROM given g WHERE {table}.original_id = g.original"
            for table in _KEPT
        ),
    ):
        execute_with(connection, statement, given)
    concerned = {split.remaining_id, *(customer for _, customer in pairs)}
    void = pa.table({"customer_id": pa.array(sorted(concerned), pa.int64())})
    for table in _TOLD:
        execute_with(connection, f"DELETE FROM {table} USING given g WHERE {table}.customer_id = g.customer_id", void)
    _create_customers(connection, concerned)

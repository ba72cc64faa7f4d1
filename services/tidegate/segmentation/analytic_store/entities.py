"""Applies facts of entities: what holds of each takes the place of what was told before, events are added."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from tidegate.segmentation.analytic_store.columns import extended
from tidegate.segmentation.analytic_store.engine import Connection, execute_with
from tidegate.segmentation.analytic_store.facts import arrays_of
from tidegate.segmentation.model.facts import EntityEventFact, EntityFact, EntityFacts
from tidegate.segmentation.rules.batching import gathered
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.tables import Scope


def apply_entities(connection: Connection, catalog: Catalog, facts: EntityFacts, *, serial: int) -> Catalog:
    """Applies ``facts`` in the transaction of ``connection``; returns the entities' catalog, extended by what is new.

    ``serial`` numbers the first event; each event takes one number.
    """
    if not (facts.entities or facts.events):
        return catalog
    properties = gathered([event.properties for event in facts.events])
    attributes = gathered([entity.attributes for entity in facts.entities.values()])
    catalog = extended(connection, catalog, properties.keys(), attributes.keys(), Scope.ENTITIES)
    _replace(connection, list(facts.entities.values()), arrays_of(attributes, catalog.attributes))
    _append(connection, facts.events, arrays_of(properties, catalog.properties), serial)
    return catalog


def _replace(connection: Connection, entities: Sequence[EntityFact], attributes: Mapping[str, pa.Array]) -> None:
    if not entities:
        return
    numbers = pa.array([each.number for each in entities], pa.int64())
    told = pa.table(
        {
            "customer_id": numbers,
            "kind": pa.array([each.kind.value for each in entities], pa.string()),
            "entity_id": pa.array([each.entity_id for each in entities], pa.string()),
            "archived": pa.array([each.archived for each in entities], pa.bool_()),
        }
    )
    for table, given in (("entities", told), ("entity_customers", pa.table({"customer_id": numbers, **attributes}))):
        execute_with(connection, f"DELETE FROM {table} USING given g WHERE {table}.customer_id = g.customer_id", given)
        execute_with(connection, f"INSERT INTO {table} BY NAME SELECT * FROM given", given)


def _append(
    connection: Connection, events: Sequence[EntityEventFact], properties: Mapping[str, pa.Array], serial: int
) -> None:
    if not events:
        return
    numbers = pa.array([event.number for event in events], pa.int64())
    columns = {
        "customer_id": numbers,
        "original_id": numbers,
        "name": pa.array([event.name for event in events], pa.string()),
        "time": pa.array([event.time for event in events], pa.int64()),
        "counts_from": pa.array([event.counts_from for event in events], pa.int64()),
        "serial": pa.array(range(serial, serial + len(events)), pa.int64()),
        **properties,
    }
    execute_with(connection, "INSERT INTO entity_events BY NAME SELECT * FROM given", pa.table(columns))

"""The tables of the analytic store. Columns for properties and attributes are added as they are seen."""

from tidegate.segmentation.rules.tables import FIXED, Scope

VERSION = 1

_DUCKDB_TYPES = {"int64": "BIGINT", "string": "VARCHAR", "float64": "DOUBLE", "boolean": "BOOLEAN"}


def _columns(table: str) -> str:
    return ", ".join(f"{column} {_DUCKDB_TYPES[kind]}" for column, kind in FIXED[table].items())


def _fact_tables() -> list[str]:
    return [f"CREATE TABLE {name} ({_columns(name)})" for name in FIXED]


def _entity_tables() -> list[str]:
    tables = ("events", "customers")
    return [f"CREATE TABLE IF NOT EXISTS {Scope.ENTITIES.value}{name} ({_columns(name)})" for name in tables]


SCHEMA: tuple[str, ...] = (
    *_fact_tables(),
    # which column holds which property or attribute, by kind of value
    "CREATE TABLE catalog (relation VARCHAR, name VARCHAR, kind VARCHAR, column_name VARCHAR)",
    # ids that were merged away, each with the customer it is now
    "CREATE TABLE aliases (alias_id BIGINT, customer_id BIGINT)",
    # how far each feed has been applied
    "CREATE TABLE cursors (source VARCHAR PRIMARY KEY, position BIGINT)",
    # customers whose facts changed since they were last asked, and in what
    "CREATE TABLE touched (serial BIGINT, customer_id BIGINT, facet VARCHAR, cause VARCHAR)",
    # up to which revision a segment's members are copied, and when time may turn its rule
    "CREATE TABLE copies (segment_id VARCHAR PRIMARY KEY, revision BIGINT, version BIGINT, "
    "evaluated_at BIGINT, wake_at BIGINT)",
    "CREATE TABLE newest_epochs (experiment_id VARCHAR, epoch BIGINT)",
    # scores of runs under way: they replace the model's scores when all of the run is announced
    "CREATE TABLE run_scores (run_id VARCHAR, customer_id BIGINT, score DOUBLE, tier VARCHAR)",
    "CREATE TABLE run_component_scores (run_id VARCHAR, customer_id BIGINT, component_id VARCHAR, "
    "value DOUBLE, class_number BIGINT)",
    "CREATE TABLE finished_runs (run_id VARCHAR)",
)
"""The statements that make an empty store."""

ADDED: tuple[str, ...] = (
    # persons who were erased, with all their ids, and whether that was reported
    "CREATE TABLE IF NOT EXISTS erasures (erasure_id VARCHAR, customer_id BIGINT, customer_ids BIGINT[], "
    "rows BIGINT, reported BOOLEAN)",
    # since when customers are known, and who brought whom: by ids that may be aliases
    "CREATE TABLE IF NOT EXISTS arrivals (customer_id BIGINT, original_id BIGINT, joined_at BIGINT)",
    "CREATE TABLE IF NOT EXISTS inviters (customer_id BIGINT, inviter_id BIGINT)",
    # entities, whose numbers stand for customers' ids in the tables of their attributes and events
    "CREATE TABLE IF NOT EXISTS entities (customer_id BIGINT, kind VARCHAR, entity_id VARCHAR, archived BOOLEAN)",
    *_entity_tables(),
    # the stages in force, and all that customers ever had; under the ids that they had when they came into them
    "CREATE TABLE IF NOT EXISTS stages (stage_model_id VARCHAR, customer_id BIGINT, stage VARCHAR)",
    "CREATE TABLE IF NOT EXISTS stage_changes (stage_model_id VARCHAR, customer_id BIGINT, run_id VARCHAR, "
    "stage VARCHAR, entered_at BIGINT)",
    # up to which run a model's history is copied
    "CREATE TABLE IF NOT EXISTS stage_copies (stage_model_id VARCHAR, run_id VARCHAR)",
    # what a run under way changes: it is put in force when all of it is recorded
    "CREATE TABLE IF NOT EXISTS run_stages (run_id VARCHAR, customer_id BIGINT, stage VARCHAR, previous_stage VARCHAR)",
)
"""The statements that bring a store up to date, whenever it was made."""

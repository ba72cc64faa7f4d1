"""Runs of stage models: customers sorted into stages, the changes put in force, and the history asked.

History and stages in force stay under the ids that customers had when they came into them. Who is merged away is no
customer, so that no rule, run, or flow sees them; a split makes them one again, with what they had.
"""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from tidegate.runtime.clock import micros
from tidegate.segmentation.analytic_store.engine import Connection, execute_with, one
from tidegate.segmentation.model.staging import StageChange, StageCount, StageFlow, StageModel, StageRecord
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.staging import staged
from tidegate.segmentation.rules.tables import scope_of, sql_of


def sort_into_stages(
    connection: Connection, model: StageModel, run_id: str, compiler: RuleCompiler
) -> list[StageCount]:
    """Stores what the run changes, for the session's `now`; returns the sizes of the stages in the model's order.

    Customers whom no run has seen before are among the changes, be it that they have no stage.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {sql_of(staged(model, compiler))}")
    connection.execute("DELETE FROM run_stages WHERE run_id = ?", [run_id])
    connection.execute(
        "INSERT INTO run_stages SELECT ?, n.customer_id, n.stage, coalesce(o.stage, '') FROM staged n "
        "LEFT JOIN (SELECT * FROM stages WHERE stage_model_id = ?) o USING (customer_id) "
        "WHERE o.stage IS DISTINCT FROM n.stage",
        [run_id, model.model_id],
    )
    connection.execute("INSERT INTO finished_runs VALUES (?)", [run_id])
    sizes = dict(connection.execute("SELECT stage, count(*) FROM staged GROUP BY stage").fetchall())
    return [StageCount(stage, sizes.get(stage, 0)) for stage in (*(each.stage for each in model.stages), "")]


def is_sorted(connection: Connection, run_id: str) -> bool:
    """Whether all changes of a run are stored and not yet in force."""
    return one(connection, "SELECT 1 FROM finished_runs WHERE run_id = ?", [run_id]) is not None


def changes(connection: Connection, run_id: str, *, after: int, limit: int) -> list[StageChange]:
    """What a run changes of customers behind ``after``, by id."""
    rows = connection.execute(
        "SELECT customer_id, stage, previous_stage, coalesce(entity_id, '') FROM run_stages "
        "LEFT JOIN entities USING (customer_id) WHERE run_id = ? AND customer_id > ? "
        "ORDER BY customer_id LIMIT ?",
        [run_id, after, limit],
    )
    return [StageChange(*row) for row in rows.fetchall()]


def put_in_force(connection: Connection, model_id: str, run_id: str, as_of: datetime) -> None:
    """The run's changes become the model's stages, and its history."""
    connection.execute(
        "DELETE FROM stages USING run_stages r "
        "WHERE r.run_id = ? AND stages.stage_model_id = ? AND stages.customer_id = r.customer_id",
        [run_id, model_id],
    )
    connection.execute(
        "INSERT INTO stages SELECT ?, customer_id, stage FROM run_stages WHERE run_id = ?", [model_id, run_id]
    )
    connection.execute(
        "INSERT INTO stage_changes SELECT ?, customer_id, run_id, stage, ? FROM run_stages WHERE run_id = ?",
        [model_id, micros(as_of), run_id],
    )
    note_copied(connection, model_id, run_id)
    forget(connection, run_id)


def forget(connection: Connection, run_id: str) -> None:
    """Drops what is stored of a run that is not in force."""
    for table in ("run_stages", "finished_runs"):
        connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])


def copied_through(connection: Connection, model_id: str) -> str:
    """The run up to which a model's history is here; '' for none."""
    found = one(connection, "SELECT run_id FROM stage_copies WHERE stage_model_id = ?", [model_id])
    return str(found[0]) if found else ""


def note_copied(connection: Connection, model_id: str, run_id: str) -> None:
    """A model's history is here up to a run."""
    connection.execute("DELETE FROM stage_copies WHERE stage_model_id = ?", [model_id])
    connection.execute("INSERT INTO stage_copies VALUES (?, ?)", [model_id, run_id])


def clear(connection: Connection, model_id: str) -> None:
    """Drops the copy of a model's history."""
    for table in ("stages", "stage_changes", "stage_copies"):
        connection.execute(f"DELETE FROM {table} WHERE stage_model_id = ?", [model_id])


def add_records(connection: Connection, model_id: str, records: Sequence[StageRecord]) -> None:
    """Adds entries to a copy."""
    columns = {
        "customer_id": pa.array([each.customer_id for each in records], pa.int64()),
        "run_id": pa.array([each.run_id for each in records], pa.string()),
        "stage": pa.array([each.stage for each in records], pa.string()),
        "entered_at": pa.array([each.entered_at for each in records], pa.int64()),
    }
    execute_with(
        connection,
        "INSERT INTO stage_changes SELECT ?, customer_id, run_id, stage, entered_at FROM given",
        pa.table(columns),
        [model_id],
    )


def take_newest(connection: Connection, model_id: str) -> None:
    """Of a copied history the newest entry of each customer is the stage in force."""
    connection.execute("DELETE FROM stages WHERE stage_model_id = ?", [model_id])
    connection.execute(
        "INSERT INTO stages SELECT stage_model_id, customer_id, arg_max(stage, run_id) "
        "FROM stage_changes WHERE stage_model_id = ? GROUP BY ALL",
        [model_id],
    )


def stages_at(
    connection: Connection, model_id: str, customer_ids: Sequence[int], instant: int
) -> dict[int, StageRecord]:
    """The stages that these customers had at an instant, by the ids asked for, aliases followed."""
    rows = execute_with(
        connection,
        "WITH people AS (SELECT DISTINCT g.customer_id AS asked_id, coalesce(a.customer_id, g.customer_id) "
        "AS customer_id FROM given g LEFT JOIN aliases a ON a.alias_id = g.customer_id) "
        "SELECT asked_id, arg_max(struct_pack(customer_id, run_id, stage, entered_at), run_id) "
        "FROM stage_changes JOIN people USING (customer_id) "
        "WHERE stage_model_id = ? AND entered_at <= ? GROUP BY asked_id",
        pa.table({"customer_id": pa.array(customer_ids, pa.int64())}),
        [model_id, instant],
    )
    return {asked_id: StageRecord(**record) for asked_id, record in rows.fetchall()}


def flows(connection: Connection, model: StageModel, first: int, second: int) -> list[StageFlow]:
    """How many of those who are customers, or entities, now were in which stage at two instants."""
    everyone = f"{scope_of(model.subject).value}customers"
    rows = connection.execute(
        "WITH known AS (SELECT customer_id, run_id, stage, entered_at FROM stage_changes "
        f"SEMI JOIN {everyone} USING (customer_id) WHERE stage_model_id = $1 AND entered_at <= $3), "
        "pairs AS (SELECT coalesce(arg_max(stage, run_id) FILTER (entered_at <= $2), '') AS from_stage, "
        "arg_max(stage, run_id) AS to_stage FROM known GROUP BY customer_id) "
        "SELECT from_stage, to_stage, count(*) FROM pairs GROUP BY ALL",
        [model.model_id, first, second],
    )
    return [StageFlow(*row) for row in rows.fetchall()]

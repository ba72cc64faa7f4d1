"""The copy of assignments: rules and reports join it with what customers did."""

from collections.abc import Sequence

import pyarrow as pa

from tidegate.segmentation.analytic_store.engine import Connection, execute_with, one
from tidegate.segmentation.analytic_store.facts import load_cursor, save_cursor
from tidegate.segmentation.model.experiment import Assigned, Experiment
from tidegate.segmentation.model.segment import Cause
from tidegate.segmentation.rules.inputs import arm_facet


def copied_through(connection: Connection, experiment_id: str) -> int:
    """The serial up to which an experiment's assignments are copied; 0 before the first."""
    return load_cursor(connection, arm_facet(experiment_id))


def add_assignments(connection: Connection, experiment: Experiment, page: Sequence[Assigned], *, touch: int) -> None:
    """Adds assignments by rising serial, and notes the customers as touched under the serial ``touch``."""
    control = experiment.control
    serials, epochs, customer_ids, arm_ids, times = zip(*page, strict=True)
    given = pa.table(
        {
            "experiment_id": pa.array([experiment.experiment_id] * len(page), pa.string()),
            "epoch": pa.array(epochs, pa.int64()),
            "original_id": pa.array(customer_ids, pa.int64()),
            "arm_id": pa.array(arm_ids, pa.string()),
            "control_arm_id": pa.array([control.arm_id if control else None] * len(page), pa.string()),
            "assigned_at": pa.array(times, pa.int64()),
            "serial": pa.array(serials, pa.int64()),
        }
    )
    execute_with(
        connection,
        "INSERT INTO arms BY NAME SELECT g.*, coalesce(a.customer_id, g.original_id) AS customer_id "
        "FROM given g LEFT JOIN aliases a ON a.alias_id = g.original_id",
        given,
    )
    execute_with(
        connection,
        "INSERT INTO touched SELECT DISTINCT ?::BIGINT, coalesce(a.customer_id, g.original_id), ?, ? "
        "FROM given g LEFT JOIN aliases a ON a.alias_id = g.original_id",
        given,
        [touch, arm_facet(experiment.experiment_id), Cause.DERIVED.value],
    )
    save_cursor(connection, arm_facet(experiment.experiment_id), page[-1].serial)


def set_epoch(connection: Connection, experiment: Experiment, *, touch: int) -> None:
    """Notes the newest epoch; when it is a new one, all who were in an older one are touched."""
    known = one(connection, "SELECT epoch FROM newest_epochs WHERE experiment_id = ?", [experiment.experiment_id])
    if known == (experiment.epoch,):
        return
    connection.execute("DELETE FROM newest_epochs WHERE experiment_id = ?", [experiment.experiment_id])
    connection.execute("INSERT INTO newest_epochs VALUES (?, ?)", [experiment.experiment_id, experiment.epoch])
    connection.execute(
        "INSERT INTO touched SELECT DISTINCT ?::BIGINT, customer_id, ?, ? FROM arms WHERE experiment_id = ?",
        [touch, arm_facet(experiment.experiment_id), Cause.DERIVED.value, experiment.experiment_id],
    )

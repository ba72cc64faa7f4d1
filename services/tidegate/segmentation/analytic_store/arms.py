"""The copy of assignments: rules and reports join it with what customers did."""

from collections.abc import Sequence

import pyarrow as pa

from tidegate.runtime.clock import micros
from tidegate.segmentation.analytic_store.engine import Connection, one
from tidegate.segmentation.model.experiment import Assignment, Experiment
from tidegate.segmentation.model.segment import Cause
from tidegate.segmentation.rules.inputs import arm_facet


def copied_through(connection: Connection, experiment_id: str) -> int:
    """The serial up to which an experiment's assignments are copied; 0 before the first."""
    found = one(connection, "SELECT position FROM cursors WHERE source = ?", [arm_facet(experiment_id)])
    return int(found[0]) if found else 0


def add_assignments(
    connection: Connection, experiment: Experiment, page: Sequence[tuple[int, Assignment]], *, touch: int
) -> None:
    """Adds assignments by rising serial, and notes the customers as touched under the serial ``touch``."""
    control = experiment.control
    made = [assignment for _, assignment in page]
    given = {
        "experiment_id": pa.array([each.experiment_id for each in made], pa.string()),
        "epoch": pa.array([each.epoch for each in made], pa.int64()),
        "original_id": pa.array([each.customer_id for each in made], pa.int64()),
        "arm_id": pa.array([each.arm_id for each in made], pa.string()),
        "control_arm_id": pa.array([control.arm_id if control else None] * len(made), pa.string()),
        "assigned_at": pa.array([micros(each.assigned_at) for each in made], pa.int64()),
        "serial": pa.array([serial for serial, _ in page], pa.int64()),
    }
    connection.register("given", pa.table(given))
    connection.execute(
        "INSERT INTO arms BY NAME SELECT g.*, coalesce(a.customer_id, g.original_id) AS customer_id "
        "FROM given g LEFT JOIN aliases a ON a.alias_id = g.original_id"
    )
    connection.execute(
        "INSERT INTO touched SELECT DISTINCT ?::BIGINT, coalesce(a.customer_id, g.original_id), ?, ? "
        "FROM given g LEFT JOIN aliases a ON a.alias_id = g.original_id",
        [touch, arm_facet(experiment.experiment_id), Cause.DERIVED.value],
    )
    connection.execute(
        "INSERT OR REPLACE INTO cursors VALUES (?, ?)", [arm_facet(experiment.experiment_id), page[-1][0]]
    )


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

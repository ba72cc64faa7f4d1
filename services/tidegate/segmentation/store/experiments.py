"""Experiments, epochs, and assignments."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tidegate.runtime.db import bulk_insert, insert, row_source
from tidegate.segmentation.model.experiment import (
    Arm,
    ArmCount,
    ArmRole,
    Assigned,
    Assignment,
    AssignmentSource,
    BucketRange,
    Epoch,
    Experiment,
    ExperimentState,
)
from tidegate.segmentation.store.tables import ASSIGNMENTS, EPOCHS, EXPERIMENTS

_A = ASSIGNMENTS.c


def create(connection: sa.Connection, experiment: Experiment) -> bool:
    """Stores a new experiment with its first epoch; False when the id is taken."""
    statement = insert(connection, EXPERIMENTS).values(_row(experiment)).on_conflict_do_nothing()
    if connection.scalar(statement.returning(EXPERIMENTS.c.experiment_id)) is None:
        return False
    open_epoch(connection, experiment)
    return True


def save(connection: sa.Connection, experiment: Experiment) -> None:
    """Stores all of an experiment that was locked in this transaction; its salt belongs to the epoch."""
    same = EXPERIMENTS.c.experiment_id == experiment.experiment_id
    connection.execute(sa.update(EXPERIMENTS).where(same).values(_row(experiment)))


def open_epoch(connection: sa.Connection, experiment: Experiment) -> None:
    """Stores the experiment's newest epoch."""
    row = {
        "experiment_id": experiment.experiment_id,
        "epoch": experiment.epoch,
        "salt": experiment.salt,
        "started_at": experiment.updated_at,
    }
    bulk_insert(connection, EPOCHS, [row])


def load(connection: sa.Connection, experiment_id: str) -> Experiment | None:
    """One experiment."""
    found = connection.execute(_select().where(EXPERIMENTS.c.experiment_id == experiment_id)).one_or_none()
    return None if found is None else _experiment(found)


def lock(connection: sa.Connection, experiment_id: str) -> Experiment | None:
    """One experiment, held until the write transaction ends: assignments are made one batch after another."""
    held = sa.select(EXPERIMENTS.c.experiment_id).where(EXPERIMENTS.c.experiment_id == experiment_id)
    if connection.execute(held.with_for_update()).one_or_none() is None:
        return None
    return load(connection, experiment_id)


def page(connection: sa.Connection, *, after: str, limit: int) -> list[Experiment]:
    """Up to ``limit`` experiments with ids behind ``after``."""
    statement = _select().where(EXPERIMENTS.c.experiment_id > after)
    rows = connection.execute(statement.order_by(EXPERIMENTS.c.experiment_id).limit(limit))
    return [_experiment(row) for row in rows]


def epochs(connection: sa.Connection, experiment_id: str) -> list[Epoch]:
    """All epochs, oldest first, with the sizes of their arms."""
    counted = connection.execute(
        sa.select(_A.epoch, _A.arm_id, sa.func.count())
        .where(_A.experiment_id == experiment_id)
        .group_by(_A.epoch, _A.arm_id)
        .order_by(_A.epoch, _A.arm_id)
    ).all()
    rows = connection.execute(sa.select(EPOCHS).where(EPOCHS.c.experiment_id == experiment_id).order_by(EPOCHS.c.epoch))
    return [
        Epoch(
            row.epoch,
            row.salt,
            row.started_at,
            [ArmCount(arm, count) for epoch, arm, count in counted if epoch == row.epoch],
        )
        for row in rows
    ]


def assignments(
    connection: sa.Connection, experiment: Experiment, customer_ids: Sequence[int], *, epoch: int
) -> list[Assignment]:
    """The stored assignments of these very ids."""
    asked = row_source(connection, "asked", [_A.customer_id], [[each] for each in customer_ids])
    rows = connection.execute(
        sa.select(ASSIGNMENTS).where(
            _A.experiment_id == experiment.experiment_id,
            _A.epoch == epoch,
            _A.customer_id.in_(sa.select(asked.c.customer_id)),
        )
    )
    return [_assignment(row, experiment) for row in rows]


def assign(connection: sa.Connection, experiment: Experiment, made: Sequence[Assignment]) -> None:
    """Stores new assignments of an experiment that is locked; their serials follow those there are."""
    rows = [
        {
            "experiment_id": each.experiment_id,
            "epoch": each.epoch,
            "customer_id": each.customer_id,
            "arm_id": each.arm_id,
            "bucket": each.bucket,
            "source": each.source.value,
            "assigned_at": each.assigned_at,
            "serial": serial,
        }
        for serial, each in enumerate(made, start=experiment.assigned + 1)
    ]
    bulk_insert(connection, ASSIGNMENTS, rows)
    same = EXPERIMENTS.c.experiment_id == experiment.experiment_id
    connection.execute(sa.update(EXPERIMENTS).where(same).values(assigned=EXPERIMENTS.c.assigned + len(rows)))


def assigned_after(connection: sa.Connection, experiment_id: str, *, serial: int, limit: int) -> list[Assigned]:
    """Up to ``limit`` assignments behind ``serial``, in the order in which they were made."""
    rows = connection.execute(
        sa.select(_A.serial, _A.epoch, _A.customer_id, _A.arm_id, sa.type_coerce(_A.assigned_at, sa.BigInteger))
        .where(_A.experiment_id == experiment_id, _A.serial > serial)
        .order_by(_A.serial)
        .limit(limit)
    )
    return list(map(Assigned._make, rows.all()))


def any_imported(connection: sa.Connection, experiment_id: str, epoch: int) -> bool:
    """Whether assignments of an epoch were made elsewhere."""
    imported = sa.select(_A.serial).where(
        _A.experiment_id == experiment_id, _A.epoch == epoch, _A.source == AssignmentSource.IMPORTED
    )
    return connection.execute(imported.limit(1)).one_or_none() is not None


def _select() -> sa.Select[Any]:
    newest = sa.and_(EPOCHS.c.experiment_id == EXPERIMENTS.c.experiment_id, EPOCHS.c.epoch == EXPERIMENTS.c.epoch)
    return sa.select(EXPERIMENTS, EPOCHS.c.salt).join(EPOCHS, newest)


def _row(experiment: Experiment) -> dict[str, Any]:
    arms = [
        {
            "arm_id": arm.arm_id,
            "display_name": arm.display_name,
            "role": arm.role.value,
            "ranges": [[each.start, each.end] for each in arm.ranges],
        }
        for arm in experiment.arms
    ]
    plain = {column.name: getattr(experiment, column.name) for column in EXPERIMENTS.c}
    return plain | {"arms": arms}


def _experiment(row: sa.Row[Any]) -> Experiment:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name for it)
    arms = tuple(
        Arm(
            arm["arm_id"],
            arm["display_name"],
            ArmRole(arm["role"]),
            0,
            tuple(BucketRange(start, end) for start, end in arm["ranges"]),
        )
        for arm in values.pop("arms")
    )
    state = ExperimentState(values.pop("state"))
    return Experiment(**values, arms=arms, state=state)


def _assignment(row: sa.Row[Any], experiment: Experiment) -> Assignment:
    arm = experiment.arm(row.arm_id)
    return Assignment(
        experiment_id=row.experiment_id,
        epoch=row.epoch,
        customer_id=row.customer_id,
        arm_id=row.arm_id,
        role=arm.role if arm else ArmRole.TREATMENT,
        bucket=row.bucket,
        source=AssignmentSource(row.source),
        assigned_at=row.assigned_at,
    )

"""Stage models, their runs, and the history of stages."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from tidegate.runtime.db import bulk_insert, insert
from tidegate.segmentation.model.scoring import RunState
from tidegate.segmentation.model.segment import Announcement
from tidegate.segmentation.model.staging import StageChange, StageCount, StageModel, StageRecord, StageRun
from tidegate.segmentation.store.tables import STAGE_CHANGES, STAGE_MODELS, STAGE_RUNS
from tidegate.segmentation.wire.staging import load_model

_MODEL, _RUN, _CHANGE = STAGE_MODELS.c, STAGE_RUNS.c, STAGE_CHANGES.c


def create(connection: sa.Connection, model: StageModel) -> bool:
    """Stores a new model; False when the id is taken."""
    statement = insert(connection, STAGE_MODELS).values(_row(model)).on_conflict_do_nothing()
    return connection.scalar(statement.returning(_MODEL.model_id)) is not None


def save(connection: sa.Connection, model: StageModel) -> None:
    """Stores all of a model that was locked in this transaction."""
    same = _MODEL.model_id == model.model_id
    connection.execute(sa.update(STAGE_MODELS).where(same).values(_row(model)))


def load(connection: sa.Connection, model_id: str) -> StageModel | None:
    """One model."""
    return _one(connection, sa.select(STAGE_MODELS).where(_MODEL.model_id == model_id))


def lock(connection: sa.Connection, model_id: str) -> StageModel | None:
    """One model, held until the write transaction ends."""
    return _one(connection, sa.select(STAGE_MODELS).where(_MODEL.model_id == model_id).with_for_update())


def page(connection: sa.Connection, *, after: str = "", limit: int | None = None) -> list[StageModel]:
    """Up to ``limit`` models with ids behind ``after``; without a limit all of them."""
    statement = sa.select(STAGE_MODELS).where(_MODEL.model_id > after).order_by(_MODEL.model_id).limit(limit)
    return [_model(row) for row in connection.execute(statement)]


def add_run(connection: sa.Connection, run: StageRun) -> None:
    """Stores a new run. The model is locked, and none of its runs is under way."""
    connection.execute(sa.insert(STAGE_RUNS).values(_run_row(run)))


def save_run(connection: sa.Connection, run: StageRun) -> None:
    """Stores all of a run."""
    connection.execute(sa.update(STAGE_RUNS).where(_RUN.run_id == run.run_id).values(_run_row(run)))


def load_run(connection: sa.Connection, model_id: str, run_id: str) -> StageRun | None:
    """One run of a model; '' is the newest."""
    statement = sa.select(STAGE_RUNS).where(_RUN.model_id == model_id).order_by(_RUN.run_id.desc()).limit(1)
    if run_id:
        statement = statement.where(_RUN.run_id == run_id)
    found = connection.execute(statement).one_or_none()
    return None if found is None else _run(found)


def running(connection: sa.Connection) -> list[StageRun]:
    """The runs under way, oldest first."""
    statement = sa.select(STAGE_RUNS).where(_RUN.state == RunState.RUNNING).order_by(_RUN.run_id)
    return [_run(row) for row in connection.execute(statement)]


def record(connection: sa.Connection, run: StageRun, changes: Sequence[StageChange]) -> None:
    """Adds a run's changes to the history, and notes how far that went: what is noted is not added again."""
    bulk_insert(
        connection,
        STAGE_CHANGES,
        [
            {
                "model_id": run.model_id,
                "run_id": run.run_id,
                "customer_id": each.customer_id,
                "stage": each.stage,
                "entered_at": run.as_of,
            }
            for each in changes
        ],
    )
    through = changes[-1].customer_id
    connection.execute(sa.update(STAGE_RUNS).where(_RUN.run_id == run.run_id).values(recorded_through=through))


def unrecord(connection: sa.Connection, run_id: str) -> None:
    """Takes what was recorded of a run that has failed out of the history."""
    connection.execute(sa.delete(STAGE_CHANGES).where(_CHANGE.run_id == run_id))


def history(
    connection: sa.Connection, model_id: str, *, through: str, after: tuple[str, int], limit: int
) -> list[StageRecord]:
    """Entries of a model's history behind ``after``, a run and a customer, up to the run ``through``."""
    statement = sa.select(_CHANGE.customer_id, _CHANGE.run_id, _CHANGE.stage, _ENTERED).where(
        _CHANGE.model_id == model_id,
        _CHANGE.run_id <= through,
        sa.tuple_(_CHANGE.run_id, _CHANGE.customer_id) > sa.tuple_(*map(sa.literal, after)),
    )
    ordered = statement.order_by(_CHANGE.run_id, _CHANGE.customer_id).limit(limit)
    return [StageRecord._make(row) for row in connection.execute(ordered)]


_ENTERED = sa.type_coerce(_CHANGE.entered_at, sa.BigInteger)


def _one(connection: sa.Connection, statement: sa.Select[Any]) -> StageModel | None:
    found = connection.execute(statement).one_or_none()
    return None if found is None else _model(found)


def _row(model: StageModel) -> dict[str, Any]:
    return {column.name: getattr(model, column.name) for column in _MODEL}


def _model(row: sa.Row[Any]) -> StageModel:
    return replace(
        load_model(row.body, row.model_id),
        version=row.version,
        latest_run_id=row.latest_run_id,
        etag=row.etag,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _run_row(run: StageRun) -> dict[str, Any]:
    plain = {column.name: getattr(run, column.name) for column in _RUN}
    return plain | {"stage_counts": [asdict(each) for each in run.stage_counts]}


def _run(row: sa.Row[Any]) -> StageRun:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name for it)
    values |= {
        "stage_counts": tuple(StageCount(**each) for each in values["stage_counts"]),
        "state": RunState(values["state"]),
        "announcement": Announcement(values["announcement"]),
    }
    return StageRun(**values)

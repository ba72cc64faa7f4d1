"""Score models and their runs."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from tidegate.runtime.db import insert
from tidegate.segmentation.model.scoring import ComponentCuts, RunState, ScoreModel, ScoreRun, TierCount
from tidegate.segmentation.model.segment import Announcement
from tidegate.segmentation.store.tables import SCORE_MODELS, SCORE_RUNS
from tidegate.segmentation.wire.scoring import load_model

_RUN = SCORE_RUNS.c


def create(connection: sa.Connection, model: ScoreModel) -> bool:
    """Stores a new model; False when the id is taken."""
    statement = insert(connection, SCORE_MODELS).values(_row(model)).on_conflict_do_nothing()
    return connection.scalar(statement.returning(SCORE_MODELS.c.model_id)) is not None


def save(connection: sa.Connection, model: ScoreModel) -> None:
    """Stores all of a model that was locked in this transaction."""
    same = SCORE_MODELS.c.model_id == model.model_id
    connection.execute(sa.update(SCORE_MODELS).where(same).values(_row(model)))


def load(connection: sa.Connection, model_id: str) -> ScoreModel | None:
    """One model."""
    return _one(connection, sa.select(SCORE_MODELS).where(SCORE_MODELS.c.model_id == model_id))


def lock(connection: sa.Connection, model_id: str) -> ScoreModel | None:
    """One model, held until the write transaction ends."""
    same = SCORE_MODELS.c.model_id == model_id
    return _one(connection, sa.select(SCORE_MODELS).where(same).with_for_update())


def page(connection: sa.Connection, *, after: str, limit: int) -> list[ScoreModel]:
    """Up to ``limit`` models with ids behind ``after``."""
    statement = sa.select(SCORE_MODELS).where(SCORE_MODELS.c.model_id > after)
    return [_model(row) for row in connection.execute(statement.order_by(SCORE_MODELS.c.model_id).limit(limit))]


def add_run(connection: sa.Connection, run: ScoreRun) -> None:
    """Stores a new run. The model is locked, and none of its runs is under way."""
    connection.execute(sa.insert(SCORE_RUNS).values(_run_row(run)))


def save_run(connection: sa.Connection, run: ScoreRun) -> None:
    """Stores all of a run."""
    connection.execute(sa.update(SCORE_RUNS).where(_RUN.run_id == run.run_id).values(_run_row(run)))


def note_announced(connection: sa.Connection, run_id: str, customer_id: int) -> None:
    """Notes that tiers of customers up to this id are announced."""
    connection.execute(sa.update(SCORE_RUNS).where(_RUN.run_id == run_id).values(announced_through=customer_id))


def load_run(connection: sa.Connection, model_id: str, run_id: str) -> ScoreRun | None:
    """One run of a model; '' is the newest."""
    statement = sa.select(SCORE_RUNS).where(_RUN.model_id == model_id).order_by(_RUN.run_id.desc()).limit(1)
    if run_id:
        statement = statement.where(_RUN.run_id == run_id)
    found = connection.execute(statement).one_or_none()
    return None if found is None else _run(found)


def running(connection: sa.Connection) -> list[ScoreRun]:
    """The runs under way, oldest first."""
    statement = sa.select(SCORE_RUNS).where(_RUN.state == RunState.RUNNING).order_by(_RUN.run_id)
    return [_run(row) for row in connection.execute(statement)]


def _one(connection: sa.Connection, statement: sa.Select[Any]) -> ScoreModel | None:
    found = connection.execute(statement).one_or_none()
    return None if found is None else _model(found)


def _row(model: ScoreModel) -> dict[str, Any]:
    return {column.name: getattr(model, column.name) for column in SCORE_MODELS.c}


def _model(row: sa.Row[Any]) -> ScoreModel:
    return replace(
        load_model(row.body, row.model_id),
        version=row.version,
        latest_run_id=row.latest_run_id,
        etag=row.etag,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _run_row(run: ScoreRun) -> dict[str, Any]:
    plain = {column.name: getattr(run, column.name) for column in SCORE_RUNS.c}
    return plain | {"cuts": _documents(run.cuts), "tier_counts": _documents(run.tier_counts)}


def _documents(items: Sequence[ComponentCuts] | Sequence[TierCount]) -> list[dict[str, Any]]:
    return [asdict(each) for each in items]


def _run(row: sa.Row[Any]) -> ScoreRun:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's public name for it)
    cuts = (
        ComponentCuts(each["component_id"], tuple(each["cuts"]), tuple(each["class_sizes"])) for each in values["cuts"]
    )
    values |= {
        "cuts": tuple(cuts),
        "tier_counts": tuple(TierCount(**each) for each in values["tier_counts"]),
        "state": RunState(values["state"]),
        "announcement": Announcement(values["announcement"]),
    }
    return ScoreRun(**values)

"""Runs of stage models that are interrupted, and the history that outlives the analytic store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from segmentation.test_score_runs import MODEL as SCORES
from segmentation.test_score_runs import ordered, scores_of
from support import segmentation_words as w
from support.segmentation_rig import START, ZONE, Rig, rig, sqlite_database
from support.stages import in_stage, stage_model
from tidegate.runtime.db import Database
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.model.scoring import RunState
from tidegate.segmentation.model.segment import Announcement, Segment
from tidegate.segmentation.model.staging import StageModel, StageRun
from tidegate.segmentation.naming import Names
from tidegate.segmentation.stages import Stages
from tidegate.segmentation.wire.scoring import read_model as read_score_model
from tidegate.segmentation.wire.staging import read_model

DAY = timedelta(days=1)
MODEL = stage_model("life", {"buyer": w.event(w.events("buy", rolling=30 * DAY)), "known": None})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = sqlite_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def told(tmp_path: Path, database: Database) -> Iterator[Rig]:
    with rig(tmp_path, database) as made:
        yield made


def stages_over(told: Rig) -> Stages:
    questions = Questions(ZONE)
    return Stages(
        told.database,
        told.feed,
        told.analytics,
        facts=told.facts,
        evaluator=told.evaluator,
        questions=questions,
        names=Names(told.facts, questions),
        clock=told.clock,
        changed=told.evaluator.refresh_definitions,
    )


def settle(told: Rig, stages: Stages) -> None:
    """Makes passes as the loop does until nothing is left to do."""
    for _ in range(100):
        if not any([told.evaluator.step(), stages.step()]):
            return
    raise AssertionError("each pass found something to do")


def bought(told: Rig, *customers: int) -> None:
    told.hear([w.happened(each, "buy", told.clock.now() - timedelta(hours=1)) for each in customers])


def started(stages: Stages, model_id: str = "life", announcement: Announcement | None = Announcement.ALL) -> StageRun:
    return stages.run(model_id, announcement=announcement, wait=0, position=0)


def present(stages: Stages, *customers: int) -> list[str]:
    found = stages.stages("life", customers, as_of=None)
    return [found[each].stage if each in found else "" for each in customers]


def announced(told: Rig) -> list[int]:
    return [each.customer_id for each in told.feed.read(0, limit=1_000).entries if each.kind == "stage_changed"]


def test_a_run_killed_while_it_records_goes_on_and_records_nobody_twice(
    told: Rig, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.hear([w.created(each) for each in range(1, 7)])
    stages = stages_over(told)
    stages.create(read_model(MODEL))
    started(stages)
    monkeypatch.setattr("tidegate.segmentation.stages._BATCH", 2)
    write, written = stages._write, []

    def killed(connection: sa.Connection, run: StageRun, changes: Any) -> None:
        written.append(changes)
        if len(written) > 2:
            raise sa.exc.OperationalError("INSERT", {}, Exception("server closed the connection"))
        write(connection, run, changes)

    with monkeypatch.context() as broken:
        broken.setattr(stages, "_write", killed)
        with pytest.raises(sa.exc.OperationalError):
            settle(told, stages)
    assert announced(told) == [1, 2, 3, 4]
    assert present(stages, 1, 2) == ["", ""]
    told.analytics.close()
    with rig(tmp_path, database) as again:
        stages = stages_over(again)
        bought(again, 1)
        settle(again, stages)
        assert announced(again) == [1, 2, 3, 4, 5, 6]
        assert present(stages, *range(1, 7)) == ["known"] * 6
        assert stages.get_run("life", "").state is RunState.SUCCEEDED


def test_a_run_killed_at_its_end_is_in_force_once(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told.hear([w.created(1)])
    stages = stages_over(told)
    stages.create(read_model(MODEL))
    started(stages)
    with monkeypatch.context() as killed:
        killed.setattr(stages, "_end", lambda _run: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            settle(told, stages)
    bought(told, 1)
    stages = stages_over(told)
    settle(told, stages)
    assert announced(told) == [1]
    assert present(stages, 1) == ["known"]
    started(stages)
    settle(told, stages)
    assert present(stages, 1) == ["buyer"]


def test_history_outlives_the_analytic_store(told: Rig, database: Database, tmp_path: Path) -> None:
    told.hear([w.created(1), w.created(2)])
    bought(told, 1)
    stages = stages_over(told)
    stages.create(read_model(MODEL))
    started(stages)
    settle(told, stages)
    told.clock.advance(40 * DAY)
    started(stages)
    settle(told, stages)
    span = {"first": START, "second": told.clock.now()}
    before = list(stages.flow("life", **span))
    assert before == [("buyer", "known", 1), ("known", "known", 1)]
    told.analytics.close()
    (tmp_path / "segmentation.duckdb").unlink()
    with rig(tmp_path, database, clock=told.clock) as again:
        stages = stages_over(again)
        again.hear([w.created(1), w.created(2)])
        again.create("known", in_stage("life", "known"))
        settle(again, stages)
        assert again.members("known") == {1, 2}
        assert list(stages.flow("life", **span)) == before
        assert present(stages, 1, 2) == ["known", "known"]
        started(stages)
        settle(again, stages)
        assert announced(again) == [1, 2, 1]


def test_a_model_that_cannot_be_run_stops_no_other_and_leaves_no_history(
    told: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.hear([w.created(1)])
    stages = stages_over(told)
    for model_id in ("bad", "life"):
        stages.create(read_model(stage_model(model_id, {"known": None})))
        started(stages, model_id)
    record = stages._record

    def overflow(run: StageRun) -> None:
        record(run)
        if run.model_id == "bad":
            raise OverflowError("date value out of range")

    monkeypatch.setattr(stages, "_record", overflow)
    settle(told, stages)
    assert stages.get_run("life", "").state is RunState.SUCCEEDED
    failed = stages.get_run("bad", "")
    assert failed.state is RunState.FAILED
    assert "OverflowError" in failed.error
    assert stages.stages("bad", [1], as_of=None) == {}
    with told.database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM stage_changes WHERE model_id = 'bad'")) == 0


def test_who_is_merged_away_during_a_run_is_in_no_flow(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told.hear([w.created(1), w.created(2)])
    stages = stages_over(told)
    stages.create(read_model(MODEL))
    started(stages)
    record = stages._record

    def late(run: StageRun) -> None:
        record(run)
        told.hear([w.merged(1, 2)])

    with monkeypatch.context() as merging:
        merging.setattr(stages, "_record", late)
        settle(told, stages)
    first = told.clock.now()
    told.clock.advance(DAY)
    started(stages)
    settle(told, stages)
    assert announced(told) == [1, 2]
    assert stages.flow("life", first=first, second=told.clock.now()) == [("known", "known", 1)]


def test_a_run_waits_for_the_segments_that_its_rules_name(told: Rig) -> None:
    told.hear([w.created(1), w.created(2)])
    bought(told, 1)
    told.create("buyers", w.event("buy"))
    told.create("others", w.negate(w.in_segment("buyers")))
    stages = stages_over(told)
    model: StageModel = read_model(stage_model("life", {"other": w.in_segment("others"), "buyer": None}))
    stages.create(model)
    started(stages)
    assert stages.step() is True  # sees the run
    assert stages.step() is False  # waits for a pass of the evaluation
    assert stages.get_run("life", "").state is RunState.RUNNING
    settle(told, stages)
    assert present(stages, 1, 2) == ["buyer", "other"]
    told.hear([w.happened(2, "buy", START)])
    started(stages)
    assert (stages.step(), stages.step()) == (True, False)
    settle(told, stages)
    assert present(stages, 1, 2) == ["buyer", "buyer"]


def test_a_run_waits_for_a_segment_that_cannot_be_computed_yet(told: Rig) -> None:
    told.hear([w.created(1)])
    late = replace(told.segments, identity_head=lambda position: position + 1)
    rule = w.event("buy").SerializeToString()
    late.create(Segment(segment_id="buyers", rule=rule), Announcement.QUIET)
    told.create("others", w.negate(w.in_segment("buyers")))
    stages = stages_over(told)
    stages.create(read_model(stage_model("life", {"other": w.in_segment("others"), "buyer": None})))
    started(stages)
    settle(told, stages)
    assert stages.get_run("life", "").state is RunState.RUNNING
    bought(told, 1)
    settle(told, stages)
    assert present(stages, 1) == ["buyer"]


def test_a_run_waits_for_the_scores_and_stages_that_its_rules_name(told: Rig) -> None:
    ordered(told, 1)
    told.hear([w.created(2)])
    scores, stages = scores_of(told), stages_over(told)
    scores.create(read_score_model(SCORES))
    low = w.Rule(tier={"model_id": "orders", "tiers": ["low"]})
    stages.create(read_model(stage_model("life", {"buyer": low, "known": None})))
    stages.create(read_model(stage_model("plan", {"warm": in_stage("life", "buyer"), "cold": None})))
    started(stages, "plan")
    started(stages, "life")
    scores.run("orders", as_of=None, announcement=None, wait=0, position=0)
    settle(told, stages)
    assert {stages.get_run(each, "").state for each in ("life", "plan")} == {RunState.RUNNING}
    scores.step()
    settle(told, stages)
    assert present(stages, 1, 2) == ["buyer", "known"]
    assert {each: found.stage for each, found in stages.stages("plan", [1, 2], as_of=None).items()} == {
        1: "warm",
        2: "cold",
    }


def test_a_system_at_rest_asks_nothing(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told.hear([w.created(1)])
    stages = stages_over(told)
    stages.create(read_model(MODEL))
    started(stages)
    settle(told, stages)
    monkeypatch.setattr(told.database, "read", lambda: 1 / 0)
    assert stages.step() is False

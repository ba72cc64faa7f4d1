"""A run of a score model reaches every segment that depends on it, whatever is being computed meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support import segmentation_words as w
from support.segmentation_rig import START, ZONE, Rig, rig, sqlite_database
from tidegate.api.segmentation.v1 import rules_pb2, score_models_pb2
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.model.scoring import RunState, ScoreModel, ScoreRun
from tidegate.segmentation.model.segment import Announcement
from tidegate.segmentation.naming import Names
from tidegate.segmentation.scores import Scores
from tidegate.segmentation.wire.scoring import read_model

MODEL = score_models_pb2.ScoreModel(
    model_id="orders",
    components=[
        score_models_pb2.ScoreComponent(
            component_id="frequency",
            measure=score_models_pb2.MEASURE_FREQUENCY,
            events=w.events("order"),
            fixed_cuts=score_models_pb2.FixedCuts(cuts=[2.0]),
        )
    ],
    tiers=[score_models_pb2.Tier(tier="high", minimum_score=2), score_models_pb2.Tier(tier="low", minimum_score=0)],
)
BEST = rules_pb2.Rule(tier=rules_pb2.TierRule(model_id="orders", tiers=["high"]))


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Rig]:
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as made:
        yield made
    database.close()


def scores_of(told: Rig) -> Scores:
    questions = Questions(ZONE)
    return Scores(
        told.database,
        told.feed,
        told.analytics,
        facts=told.facts,
        questions=questions,
        names=Names(told.facts, questions),
        clock=told.clock,
        changed=told.evaluator.refresh_definitions,
    )


def started(scores: Scores, model_id: str = "orders") -> None:
    """A run of a model is under way."""
    model = score_models_pb2.ScoreModel()
    model.CopyFrom(MODEL)
    model.model_id = model_id
    scores.create(read_model(model))
    scores.run(model_id, as_of=None, announcement=Announcement.ALL, wait=0, position=0)


def ordered(told: Rig, *customers: int) -> None:
    told.hear([w.created(each) for each in sorted(set(customers))])
    told.hear([w.happened(each, "order", START - timedelta(hours=1)) for each in customers])


def tiers_told(told: Rig) -> list[int]:
    entries = told.feed.read(0, limit=1_000).entries
    return sorted(each.customer_id for each in entries if each.kind == "tier_changed")


def test_a_run_goes_on_when_the_database_is_back(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered(told, 1)
    scores = scores_of(told)
    started(scores)

    def away(*_: object) -> Any:
        raise sa.exc.OperationalError("UPDATE", {}, Exception("server closed the connection"))

    with monkeypatch.context() as broken:
        broken.setattr(told.database, "run", away)
        with pytest.raises(sa.exc.OperationalError):
            scores.step()
    assert scores.step() is True
    assert scores.get_run("orders", "").state is RunState.SUCCEEDED
    assert tiers_told(told) == [1]


def test_a_model_that_cannot_be_run_stops_no_other(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered(told, 1)
    scores = scores_of(told)
    started(scores, "bad")
    started(scores, "good")
    measure = scores._measure

    def overflow(run: ScoreRun, model: ScoreModel) -> ScoreRun:
        if run.model_id == "bad":
            raise OverflowError("date value out of range")
        return measure(run, model)

    monkeypatch.setattr(scores, "_measure", overflow)
    scores.step()
    assert scores.get_run("good", "").state is RunState.SUCCEEDED
    failed = scores.get_run("bad", "")
    assert failed.state is RunState.FAILED
    assert "OverflowError" in failed.error


def test_who_is_merged_away_during_a_run_has_no_score_of_it(told: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered(told, 1, 2)
    scores = scores_of(told)
    started(scores)
    announce = scores._announce

    def late(run: ScoreRun) -> None:
        announce(run)
        told.hear([w.merged(1, 2)])

    monkeypatch.setattr(scores, "_announce", late)
    scores.step()
    with told.analytics.reader() as connection:
        for table in ("scores", "component_scores"):
            assert connection.execute(f"SELECT DISTINCT customer_id FROM {table}").fetchall() == [(1,)]


def test_a_run_killed_at_its_end_tells_of_everyone_whose_facts_changed_before_it_is_made_again(
    told: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(told, 1, 2, 3)
    scores = scores_of(told)
    started(scores)
    with monkeypatch.context() as killed:
        killed.setattr(scores, "_end", lambda _run: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            scores.step()
    assert tiers_told(told) == [1, 2, 3]
    told.hear([w.happened(1, "order", START - timedelta(hours=1))])
    scores_of(told).step()
    assert tiers_told(told) == [1, 1, 2, 3]


def test_a_run_that_ends_during_a_first_computation_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rig(tmp_path, sqlite_database(tmp_path)) as told:
        scores = scores_of(told)
        earlier = START - timedelta(hours=1)
        told.hear([w.created(1, "phone"), w.created(2, "phone")])
        told.hear([w.happened(customer, "order", earlier) for customer in (1, 1, 2)])
        told.settle()
        scores.create(read_model(MODEL))
        scores.run("orders", as_of=None, announcement=Announcement.QUIET, wait=0, position=0)
        told.create("best", BEST)
        publish = told.publisher.publish

        def late(*args: Any, **named: Any) -> Any:
            scores.step()  # the members have been asked for already, by no scores at all
            return publish(*args, **named)

        monkeypatch.setattr(told.publisher, "publish", late)
        told.settle()
        assert told.members("best") == {1}


@pytest.mark.parametrize(
    ("orders_by_day", "tiers"),
    [
        ((4, 3, 2, 3, 4), ("gold", "gold", "silver", "silver", "gold")),
        ((3, 4, 1, 1), ("silver", "gold", "silver", "silver")),
        ((1, 2, 1), ("", "silver", "silver")),
        ((4, 0, 3), ("gold", None, "silver")),
    ],
)
def test_a_tier_is_kept_down_to_its_stay_score(
    told: Rig, orders_by_day: tuple[int, ...], tiers: tuple[str | None, ...]
) -> None:
    day = timedelta(days=1)
    model = score_models_pb2.ScoreModel()
    model.CopyFrom(MODEL)
    model.components[0].events.window.rolling.FromTimedelta(day)
    model.components[0].fixed_cuts.cuts[:] = [1.0, 2.0, 3.0, 4.0]
    del model.tiers[:]
    model.tiers.add(tier="gold", minimum_score=5, stay_score=4)
    model.tiers.add(tier="silver", minimum_score=3, stay_score=2)
    scores = scores_of(told)
    scores.create(read_model(model))
    told.hear([w.created(1)])
    found = []
    for orders in orders_by_day:
        told.clock.advance(day)
        told.hear([w.happened(1, "order", told.clock.now() - timedelta(hours=1)) for _ in range(orders)])
        scores.run("orders", as_of=None, announcement=Announcement.ALL, wait=0, position=0)
        scores.step()
        customer, _ = scores.scores("orders", [1])
        found.append(customer[1].tier if customer else None)
    assert tuple(found) == tiers


def test_a_tier_is_left_no_later_than_it_is_entered(told: Rig) -> None:
    model = score_models_pb2.ScoreModel()
    model.CopyFrom(MODEL)
    model.tiers[0].stay_score = 2.5
    with pytest.raises(InvalidArgument) as refused:
        scores_of(told).create(read_model(model))
    assert [each.field for each in refused.value.violations] == ["model.tiers[0].stay_score"]

"""A run of a score model reaches every segment that depends on it, whatever is being computed meanwhile."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import segmentation_words as w
from support.segmentation_rig import START, ZONE, rig, sqlite_database
from tidegate.api.segmentation.v1 import rules_pb2, score_models_pb2
from tidegate.segmentation.analytic_store.questions import Questions
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


def test_a_run_that_ends_during_a_first_computation_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rig(tmp_path, sqlite_database(tmp_path)) as told:
        scores = Scores(
            told.database,
            told.feed,
            told.analytics,
            facts=told.facts,
            questions=Questions(ZONE),
            names=Names(told.facts, Questions(ZONE)),
            clock=told.clock,
            changed=told.evaluator.refresh_definitions,
        )
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

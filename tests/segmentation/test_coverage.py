"""Coverage of tiers against plain Python over the rows, and what is wrong with a request for it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.described import DAYS, History, before, history, span
from support.segmentation_rig import START, ZONE
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.api.segmentation.v1 import score_models_pb2
from tidegate.runtime.errors import InvalidArgument, NotFound
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.model.segment import Announcement
from tidegate.segmentation.naming import Names
from tidegate.segmentation.scores import Scores
from tidegate.segmentation.wire import descriptions as wire
from tidegate.segmentation.wire.scoring import read_model

DAY = timedelta(days=1)
END = START + DAYS * DAY
SPAN = (START + 3 * DAY, START + 15 * DAY)
MODEL = score_models_pb2.ScoreModel(
    model_id="orders",
    components=[
        score_models_pb2.ScoreComponent(
            component_id="frequency",
            measure=score_models_pb2.MEASURE_FREQUENCY,
            events=w.events("buy"),
            fixed_cuts=score_models_pb2.FixedCuts(cuts=[2.0, 4.0]),
        )
    ],
    tiers=[
        score_models_pb2.Tier(tier="best", minimum_score=4),
        score_models_pb2.Tier(tier="high", minimum_score=3),
        score_models_pb2.Tier(tier="middle", minimum_score=2),
    ],
)
Covered = tuple[str, str, int, int, int]


def scored(told: History) -> Scores:
    """The model, run once."""
    rig, questions = told.told, Questions(ZONE)
    scores = Scores(
        rig.database,
        rig.feed,
        rig.analytics,
        facts=rig.facts,
        questions=questions,
        names=Names(rig.facts, questions),
        clock=rig.clock,
        changed=rig.evaluator.refresh_definitions,
    )
    scores.create(read_model(MODEL))
    scores.run("orders", as_of=None, announcement=Announcement.QUIET, wait=0, position=0)
    while scores.step():
        pass
    return scores


@pytest.fixture(params=[1, 2])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    with history(tmp_path / "told", request.param) as made:
        yield made


def ask(told: History, **fields: object) -> list[Covered]:
    given = {"model_id": "orders", "touches": w.events("click"), "span": span(*SPAN)} | fields
    request = pb.GetTierCoverageRequest(**given)  # type: ignore[arg-type]
    found = wire.write_coverage(told.descriptions.coverage(wire.read_coverage(request)))
    return [(each.tier, each.group, each.customers, each.touched_customers, each.touches) for each in found.tiers]


def tiers_of(told: History, scores: Scores) -> dict[int, str]:
    found, _ = scores.scores("orders", sorted(told.customers))
    return {customer: each.tier for customer, each in found.items()}


@pytest.mark.parametrize("split", ["", "channel"])
def test_every_tier_with_every_group(told: History, split: str) -> None:
    tiers = tiers_of(told, scored(told))
    sizes = Counter(tiers.values())
    people, touches = defaultdict(set), Counter[tuple[str, str]]()
    for row in told.named("click"):
        if row.customer in tiers and before(row, END) and SPAN[0] <= row.time < SPAN[1]:
            key = (tiers[row.customer], row.channel if split else "")
            people[key].add(row.customer)
            touches[key] += 1
    of_groups = Counter[str]()
    for (_, group), count in touches.items():
        of_groups[group] += count
    groups = sorted(of_groups, key=lambda group: (-of_groups[group], group))
    expected = [
        (tier, group, sizes[tier], len(people[tier, group]), touches[tier, group])
        for tier in ("best", "high", "middle", "")
        if tier or sizes[tier]
        for group in groups
    ]
    assert sizes["high"]
    assert sizes["middle"]
    assert ask(told, group_by_property=split) == expected


def test_tiers_that_nobody_touched(told: History) -> None:
    sizes = Counter(tiers_of(told, scored(told)).values())
    expected = [(tier, "", sizes[tier], 0, 0) for tier in ("best", "high", "middle", "") if tier or sizes[tier]]
    assert ask(told, touches=w.events("never")) == expected
    assert ask(told, touches=w.events("never"), group_by_property="channel") == expected


def test_a_model_that_was_never_run_has_empty_tiers(tmp_path: Path) -> None:
    with history(tmp_path / "nothing", 0, empty=True) as nothing:
        scored(nothing)
        assert [(tier, touches) for tier, _, _, _, touches in ask(nothing)][:3] == [
            ("best", 0),
            ("high", 0),
            ("middle", 0),
        ]


def test_a_model_over_stores_covers_no_customers(told: History) -> None:
    scores = scored(told)
    over_stores = score_models_pb2.ScoreModel(subject=score_models_pb2.SUBJECT_STORE)
    over_stores.MergeFrom(MODEL)
    over_stores.model_id = "stores"
    scores.create(read_model(over_stores))
    with pytest.raises(InvalidArgument) as caught:
        ask(told, model_id="stores")
    assert [each.field for each in caught.value.violations] == ["model_id"]


def test_what_is_wrong_is_named_by_path(told: History) -> None:
    with pytest.raises(NotFound):
        ask(told)
    scored(told)
    with pytest.raises(InvalidArgument) as caught:
        ask(told, touches=w.events(), span=span(START, START), group_by_property="x" * 129)
    assert [each.field for each in caught.value.violations] == ["touches.names", "span", "group_by_property"]

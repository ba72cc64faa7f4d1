"""S08, two models of prospects: what they are worth, and how active they are. Weighted scores are cut into tiers; rules
over tiers and events give high, mid and low intent, every two weeks. A minimum stay, or a lower score
at which a tier is lost, keeps the intent from flapping.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.described import length
from support.people import START, event, ingest, put, upsert
from support.server import Suite, serving
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import rules_pb2, segments_pb2
from tidegate.api.segmentation.v1 import score_models_pb2 as pb
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

PEOPLE = 60
DAY = timedelta(days=1)
TWO_WEEKS, STAY, LATELY, YEAR = 14 * DAY, 35 * DAY, 10 * DAY, 365 * DAY
DRIVE, ACTIVITY = "test_drive", "activity"


@dataclass(frozen=True)
class Act:
    """Something that a prospect did."""

    name: str
    time: datetime
    budget: int = 0
    model: str = ""


def component(component_id: str, weight: float, cuts: Sequence[float], **fields: object) -> pb.ScoreComponent:
    given: dict[str, object] = {"events": w.events(ACTIVITY), "measure": pb.MEASURE_AGGREGATE, **fields}
    return pb.ScoreComponent(
        component_id=component_id,
        weight=weight,
        fixed_cuts=pb.FixedCuts(cuts=cuts),
        **given,  # type: ignore[arg-type]
    )


def tiers(**minimum_scores: float) -> list[pb.Tier]:
    return [pb.Tier(tier=tier, minimum_score=least) for tier, least in minimum_scores.items()]


VALUE = pb.ScoreModel(
    model_id="prospect-value",
    components=[
        component("intent", 3, [1, 2, 4], events=w.events(DRIVE, "configured"), measure=pb.MEASURE_FREQUENCY),
        component("budget", 2, [200_000, 350_000], aggregate=rules_pb2.AGGREGATE_MAX, property="budget"),
        component("liking", 1, [2, 3], aggregate=rules_pb2.AGGREGATE_DISTINCT, property="model"),
    ],
    tiers=tiers(gold=2.5, silver=1.75, bronze=0),
)
ACTIVE = pb.ScoreModel(
    model_id="activity-value",
    components=[
        component("last", 5, [8, 31, 91], measure=pb.MEASURE_RECENCY),
        component("year", 3, [3, 6], events=w.events(ACTIVITY, rolling=YEAR), measure=pb.MEASURE_FREQUENCY),
        component("all", 2, [4, 10], measure=pb.MEASURE_FREQUENCY),
    ],
    tiers=tiers(hot=3, warm=2, cold=0),
)


def rank(value: float, cuts: Sequence[float]) -> int:
    return 1 + sum(value >= cut for cut in cuts)


def value_score(acts: Sequence[Act]) -> float:
    """Intent counts three times, budget twice, liking once; who has none of it is in the lowest class."""
    seen = [act for act in acts if act.name == ACTIVITY]
    intent = rank(sum(act.name != ACTIVITY for act in acts), [1, 2, 4])
    budget = rank(max((act.budget for act in seen), default=0), [200_000, 350_000])
    liking = rank(len({act.model for act in seen}), [2, 3])
    return (3 * intent + 2 * budget + liking) / 6


def active_score(acts: Sequence[Act], now: datetime) -> float | None:
    """Weights of a half, three tenths, and two tenths; None for who never did anything."""
    ages = [now - act.time for act in acts if act.name == ACTIVITY]
    if not ages:
        return None
    last = 5 - rank(min(ages) // DAY, [8, 31, 91])
    return (5 * last + 3 * rank(sum(age <= YEAR for age in ages), [3, 6]) + 2 * rank(len(ages), [4, 10])) / 10


def tier_of(score: float | None, model: pb.ScoreModel) -> str:
    if score is None:
        return ""
    return next(each.tier for each in model.tiers if score >= each.minimum_score - 1e-9)


def has_tier(model: pb.ScoreModel, *names: str) -> w.Rule:
    return w.Rule(tier=rules_pb2.TierRule(model_id=model.model_id, tiers=names))


DROVE_LATELY = w.event(w.events(DRIVE, rolling=LATELY))
PROMISING = w.all_of(has_tier(VALUE, "gold"), w.any_of(has_tier(ACTIVE, "hot"), DROVE_LATELY))
MIDDLING = w.any_of(has_tier(VALUE, "gold", "silver"), has_tier(ACTIVE, "hot"))
INTENT = {
    "intent.high": PROMISING,
    "intent.mid": w.all_of(w.negate(w.in_segment("intent.high")), MIDDLING),
    "intent.low": w.all_of(w.negate(w.in_segment("intent.high")), w.negate(MIDDLING)),
}


@dataclass
class Company:
    """A maker of cars, its prospects, and what they did."""

    suite: Suite
    clock: ManualClock
    ids: list[int] = field(default_factory=list)
    acts: dict[int, list[Act]] = field(default_factory=lambda: {who: [] for who in range(PEOPLE)})

    def __post_init__(self) -> None:
        self.identity = self.suite.stub("identity", IdentityServiceStub)
        self.segmentation = self.suite.stub("segmentation", SegmentationServiceStub)

    def tell(self, acts: Sequence[tuple[int, Act]]) -> None:
        told = []
        for who, act in acts:
            self.acts[who].append(act)
            properties = {"budget": act.budget, "model": act.model} if act.name == ACTIVITY else {}
            time = (act.time - START).total_seconds()
            name = f"a-{who}-{len(self.acts[who])}"
            told.append(event(name, f"member_id m{who}", name=act.name, time=time, properties=properties))
        for first in range(0, len(told), 1_000):
            assert not [each for each in ingest(self.identity, *told[first : first + 1_000]) if each.HasField("error")]
        self.suite.settle()

    def score(self) -> dict[str, pb.ScoreRun]:
        """Both models run, and what rests on them follows."""
        runs = {}
        for model in (VALUE, ACTIVE):
            request = pb.RunScoreModelRequest(model_id=model.model_id, wait=length(timedelta(seconds=20)))
            runs[model.model_id] = self.segmentation.RunScoreModel(request, timeout=60).run
        self.suite.settle()
        return runs

    def scores(self, model: pb.ScoreModel) -> list[tuple[float | None, str]]:
        request = pb.GetScoresRequest(model_id=model.model_id, customer_ids=self.ids)
        found = self.segmentation.GetScores(request).scores
        return [(each.score if each.scored else None, each.tier) for each in found]

    def members(self, segment_id: str) -> set[int]:
        pages = self.segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
        return {self.ids.index(each.customer_id) for page in pages for each in page.members}

    def moves(self, segment_id: str, who: int) -> list[datetime]:
        """When somebody came into a segment or went out of it, the first time first."""
        request = segments_pb2.ListMembershipChangesRequest(segment_id=segment_id, customer_id=self.ids[who])
        found = self.segmentation.ListMembershipChanges(request).changes
        return sorted(each.time.ToDatetime(START.tzinfo) for each in found)

    def wanted(self) -> tuple[list[float], list[float | None]]:
        """The scores worked out again."""
        now = self.clock.now()
        acts = [self.acts[who] for who in range(PEOPLE)]
        return [value_score(each) for each in acts], [active_score(each, now) for each in acts]

    def promising(self) -> set[int]:
        """Whom the rule of high intent means now, by the scores of now."""
        now = self.clock.now()
        found = set()
        for who, (value, active) in enumerate(zip(*self.wanted(), strict=True)):
            drove = any(act.name == DRIVE and now - act.time <= LATELY for act in self.acts[who])
            if tier_of(value, VALUE) == "gold" and (drove or tier_of(active, ACTIVE) == "hot"):
                found.add(who)
        return found

    def middling(self) -> set[int]:
        scores = enumerate(zip(*self.wanted(), strict=True))
        return {
            who
            for who, (value, active) in scores
            if tier_of(value, VALUE) in ("gold", "silver") or tier_of(active, ACTIVE) == "hot"
        }


@pytest.fixture
def company(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Company]:
    with serving(tmp_path, clock=clock, database_url=database_url) as suite:
        made = Company(suite, clock)
        made.ids = [
            each.customer_id for each in put(made.identity, *(upsert(f"member_id m{n}") for n in range(PEOPLE)))
        ]
        yield made


def define(company: Company, stay: Mapping[str, timedelta]) -> None:
    """The models and the segments of intent; those in ``stay`` have a minimum one."""
    for model in (VALUE, ACTIVE):
        company.segmentation.CreateScoreModel(pb.CreateScoreModelRequest(model=model))
    company.score()
    for segment_id, rule in INTENT.items():
        segment = segments_pb2.Segment(segment_id=segment_id, rule=rule)
        if segment_id in stay:
            segment.minimum_stay.FromTimedelta(stay[segment_id])
        company.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    company.suite.settle()


def did(chance: random.Random, now: datetime, oldest: float) -> Act:
    """Anything, in so many days before now."""
    time = now - timedelta(seconds=round(chance.uniform(0.01, oldest) * 86_400))
    if chance.random() < 0.25:
        return Act(chance.choice((DRIVE, "configured")), time)
    return Act(ACTIVITY, time, chance.choice((120_000, 200_000, 280_000, 400_000)), chance.choice(("S", "X", "Y", "Z")))


def history(chance: random.Random, now: datetime) -> list[tuple[int, Act]]:
    """Some did much and some little, of late or long ago; every tenth nothing at all."""
    return [
        (who, did(chance, now, chance.choice((20, 120, 700))))
        for who in range(PEOPLE)
        if who % 10
        for _ in range(chance.choice((1, 2, 4, 8, 14)))
    ]


def check_scores(company: Company, runs: Mapping[str, pb.ScoreRun]) -> None:
    values, actives = company.wanted()
    both: list[tuple[pb.ScoreModel, Sequence[float | None]]] = [(VALUE, values), (ACTIVE, actives)]
    for model, wanted in both:
        scored = [score if company.acts[who] else None for who, score in enumerate(wanted)]
        assert [score for score, _ in company.scores(model)] == pytest.approx(scored)
        assert [tier for _, tier in company.scores(model)] == [tier_of(each, model) for each in scored]
        counts = {each.tier: each.customers for each in runs[model.model_id].tier_counts if each.customers}
        assert counts == Counter(tier_of(each, model) for each in scored if each is not None)


def test_s08_two_models_give_tiers_and_the_tiers_give_the_intent(company: Company) -> None:
    chance = random.Random(8)
    company.tell(history(chance, company.clock.now()))
    define(company, {})
    for _ in range(3):
        company.clock.advance(TWO_WEEKS)
        now = company.clock.now()
        company.tell([(chance.randrange(1, PEOPLE), did(chance, now, 13)) for _ in range(30)])
        check_scores(company, company.score())
        high, middling = company.promising(), company.middling()
        assert company.members("intent.high") == high
        assert company.members("intent.mid") == middling - high
        assert company.members("intent.low") == set(range(PEOPLE)) - middling - high
        assert min(len(high), len(middling - high)) > 3


def prospect(company: Company) -> datetime:
    """One who is worth much and was active long ago; when that is."""
    begun = company.clock.now()
    rich = [Act(ACTIVITY, begun - 40 * DAY, 400_000, model) for model in ("S", "X", "Y")]
    company.tell([(1, act) for act in (*rich, *[Act("configured", begun - 40 * DAY)] * 2)])
    return begun


def fortnight_passes(company: Company, *, active: bool) -> None:
    company.clock.advance(TWO_WEEKS)
    if active:
        company.tell([(1, Act(ACTIVITY, company.clock.now() - timedelta(hours=1), 400_000, "S"))])
    company.score()


def test_s08_the_intent_does_not_flap(company: Company) -> None:
    """Somebody is active every other fortnight: by the rule alone they are high in one and not in the next."""
    begun = prospect(company)
    define(company, {"intent.high": STAY})
    unsteady = segments_pb2.Segment(segment_id="unsteady", rule=PROMISING)
    company.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=unsteady))
    company.suite.settle()
    by_rule, steady, unsteadily = [], [], []
    for fortnight in range(1, 7):
        fortnight_passes(company, active=bool(fortnight % 2))
        by_rule.append(1 in company.promising())
        unsteadily.append(company.members("unsteady") == {1})
        steady.append(company.members("intent.high") == {1})
    assert by_rule == [True, False] * 3
    assert unsteadily == by_rule
    assert len(company.moves("unsteady", 1)) == 6
    assert steady == [True, True, True, False, True, True], "five weeks after it began the rule is asked again"
    assert company.moves("intent.high", 1) == [begun + at * TWO_WEEKS for at in (1, 4, 5)]
    assert company.members("intent.mid") == set()


def test_s08_a_tier_that_is_kept_down_to_a_lower_score_does_not_flap(company: Company) -> None:
    """Hot from 3 on, and until the score is below 2.4: a quiet fortnight costs half a point, six weeks more."""
    begun = prospect(company)
    define(company, {})
    steady = pb.ScoreModel()
    steady.CopyFrom(ACTIVE)
    steady.tiers[0].stay_score = 2.4
    company.segmentation.UpdateScoreModel(pb.UpdateScoreModelRequest(model=steady))
    found = []
    for active in (False, True, False, True, False, False, False, True):
        fortnight_passes(company, active=active)
        score, tier = company.scores(ACTIVE)[1]
        assert score == pytest.approx(active_score(company.acts[1], company.clock.now()))
        assert company.members("intent.high") == ({1} if tier == "hot" else set())
        found.append((score, tier))
    assert [tier for _, tier in found] == ["cold", "hot", "hot", "hot", "hot", "hot", "warm", "hot"]
    assert [score for score, _ in found] == pytest.approx([1.8, 3, 2.5, 3, 2.5, 2.5, 2, 3.3])
    assert company.moves("intent.high", 1) == [begun + at * TWO_WEEKS for at in (2, 7, 8)]

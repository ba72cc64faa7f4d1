"""S10, stores ranked so that leads go to the better ones.

(score of added contacts + score of groups) x 50 % + (score of the test-drive rate + score of the order rate) x 50 %,
over the stores' own events; tiers cut the ranking.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from segmentation.test_contract import refusal
from support import segmentation_words as w
from support.entities import entity, entity_event, put_entities
from support.feeds import changes
from support.people import START
from support.server import Suite, serving
from tidegate.api.identity.v1 import entities_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import changes_pb2, rules_pb2
from tidegate.api.segmentation.v1 import score_models_pb2 as pb
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

DAY = timedelta(days=1)
STORES = 40
CUTS = {"contacts": (5, 10, 20), "groups": (2, 4), "test_drives": (0.1, 0.2, 0.3), "orders": (0.05, 0.1)}
TIERS = {"first": 3.0, "second": 2.0, "third": 1.0}


def model() -> pb.ScoreModel:
    """Two counts of the last 30 days, and the two rates that the dealers' system told last; all of one weight."""
    contacts, groups = (w.events(name, rolling=30 * DAY) for name in ("contact_added", "group_made"))
    rated = w.events("rates_counted", rolling=30 * DAY)
    frequency, told, last = pb.MEASURE_FREQUENCY, pb.MEASURE_AGGREGATE, rules_pb2.AGGREGATE_LAST
    components = [
        pb.ScoreComponent(component_id="contacts", measure=frequency, events=contacts),
        pb.ScoreComponent(component_id="groups", measure=frequency, events=groups),
        pb.ScoreComponent(
            component_id="test_drives", measure=told, events=rated, aggregate=last, property="test_drive_rate"
        ),
        pb.ScoreComponent(component_id="orders", measure=told, events=rated, aggregate=last, property="order_rate"),
    ]
    for each in components:
        each.fixed_cuts.cuts.extend(CUTS[each.component_id])
    tiers = [pb.Tier(tier=tier, minimum_score=least) for tier, least in TIERS.items()]
    return pb.ScoreModel(model_id="stores", components=components, tiers=tiers, subject=pb.SUBJECT_STORE)


@dataclass
class Store:
    """A store and what it did."""

    name: str
    contacts: int
    groups: int
    rates: list[tuple[float, float]] = field(default_factory=list)

    def score(self) -> float:
        """What the model means, said again."""
        test_drives, orders = self.rates[-1]
        values = {"contacts": self.contacts, "groups": self.groups, "test_drives": test_drives, "orders": orders}
        return sum(1 + sum(values[name] >= cut for cut in cuts) for name, cuts in CUTS.items()) / len(CUTS)


@dataclass
class Dealers:
    """A maker of cars and its stores."""

    suite: Suite
    clock: ManualClock
    identity: IdentityServiceStub
    segmentation: SegmentationServiceStub

    def report(self, *happened: tuple[str, str, dict[str, float]]) -> None:
        """What happened in stores an hour ago."""
        time = self.clock.now() - timedelta(hours=1)
        events = [
            entity_event(
                f"{time}-{at}",
                entity_,
                what=what,
                time=(time - START).total_seconds() + at / 1_000,
                properties=properties,
            )
            for at, (entity_, what, properties) in enumerate(happened)
        ]
        for start in range(0, len(events), 1_000):
            request = entities_pb2.IngestEntityEventsRequest(events=events[start : start + 1_000])
            answer = self.identity.IngestEntityEvents(request)
            assert not [each for each in answer.results if each.HasField("error")]
        self.suite.settle()

    def run(self) -> pb.ScoreRun:
        request = pb.RunScoreModelRequest(model_id="stores")
        request.wait.FromSeconds(20)
        run = self.segmentation.RunScoreModel(request).run
        assert run.state == pb.RUN_STATE_SUCCEEDED, run.error
        return run

    def scores(self, *names: str) -> list[pb.CustomerScore]:
        return list(self.segmentation.GetScores(pb.GetScoresRequest(model_id="stores", entity_ids=names)).scores)


@pytest.fixture
def dealers(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Dealers]:
    with serving(tmp_path, "identity", "segmentation", "delivery", clock=clock, database_url=database_url) as suite:
        identity = suite.stub("identity", IdentityServiceStub)
        yield Dealers(suite, clock, identity, suite.stub("segmentation", SegmentationServiceStub))


def rated(store: Store) -> tuple[str, str, dict[str, float]]:
    test_drives, orders = store.rates[-1]
    return f"store {store.name}", "rates_counted", {"test_drive_rate": test_drives, "order_rate": orders}


def tier(score: float) -> str:
    return next(name for name, least in TIERS.items() if score >= least)


def test_s10_stores_are_ranked_by_what_they_do(dealers: Dealers) -> None:
    chance = random.Random(10)
    stores = [
        Store(
            f"s{at}", chance.randint(0, 25), chance.randint(0, 5), [(chance.uniform(0, 0.4), chance.uniform(0, 0.15))]
        )
        for at in range(STORES)
    ]
    others = [entity("store closed", archived=True), entity("store quiet"), entity("staff s0")]
    put_entities(dealers.identity, *(entity(f"store {each.name}") for each in stores), *others)
    dealers.report(
        *(rated(each) for each in stores),
        *((f"store {each.name}", "contact_added", {}) for each in stores for _ in range(each.contacts)),
        *((f"store {each.name}", "group_made", {}) for each in stores for _ in range(each.groups)),
        ("store closed", "contact_added", {}),
        ("staff s0", "contact_added", {}),
    )
    dealers.segmentation.CreateScoreModel(pb.CreateScoreModelRequest(model=model()))
    assert dealers.run().customers == STORES
    names = [each.name for each in stores]
    found = dealers.scores(*names, "closed", "quiet")
    assert [each.scored for each in found] == [True] * STORES + [False] * 2
    assert [each.entity_id for each in found] == [*names, "closed", "quiet"]
    scores = [each.score() for each in stores]
    assert [each.score for each in found[:STORES]] == pytest.approx(scores)
    assert [each.tier for each in found[:STORES]] == [tier(each) for each in scores]
    assert len(set(scores)) > 5

    dealers.clock.advance(DAY)
    better = stores[scores.index(min(scores))]
    better.rates.append((0.5, 0.5))
    dealers.report(rated(better))
    dealers.run()
    assert dealers.scores(better.name)[0].score == pytest.approx(better.score())
    request = changes_pb2.ListChangesRequest(kinds=["tier_changed"])
    told = [each.tier_changed for each in changes(dealers.segmentation, request)]
    assert [(each.entity_id, each.previous_tier, each.tier) for each in told] == [
        (better.name, tier(min(scores)), tier(better.score()))
    ]
    assert {(each.customer_id, each.subject) for each in told} == {(0, pb.SUBJECT_STORE)}


def test_s10_a_ranking_of_stores_is_asked_by_stores_and_named_by_no_rule(dealers: Dealers) -> None:
    segmentation = dealers.segmentation
    segmented = model()
    segmented.segment_id = "vips"
    assert refusal(lambda: segmentation.CreateScoreModel(pb.CreateScoreModelRequest(model=segmented)))[2] == [
        "model.segment_id"
    ]
    segmentation.CreateScoreModel(pb.CreateScoreModelRequest(model=model()))
    moved = model()
    moved.subject = pb.SUBJECT_STAFF
    assert refusal(lambda: segmentation.UpdateScoreModel(pb.UpdateScoreModelRequest(model=moved)))[2] == [
        "model.subject"
    ]
    asked = pb.GetScoresRequest(model_id="stores", customer_ids=[1])
    assert refusal(lambda: segmentation.GetScores(asked))[2] == ["customer_ids"]
    asked = pb.GetScoresRequest(model_id="stores", customer_ids=[1], entity_ids=["s1"])
    assert refusal(lambda: segmentation.GetScores(asked))[2] == ["entity_ids"]
    best = rules_pb2.Rule(tier=rules_pb2.TierRule(model_id="stores", tiers=["first"]))
    validated = segmentation.ValidateRule(rules_pb2.ValidateRuleRequest(rule=best))
    assert [each.field for each in validated.violations] == ["rule.tier.model_id"]

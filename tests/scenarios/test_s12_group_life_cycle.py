"""S12, the life cycle of chat groups: age, inflow, outflow and inactivity give a group's stage, and that its plan."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean

import pytest
from support import segmentation_words as w
from support.entities import entity, entity_event, put_entities, reference
from support.feeds import changes
from support.people import START
from support.server import Suite, serving
from support.stages import create_stages, entity_stages, flow, run_stages, sizes
from tidegate.api.identity.v1 import entities_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import changes_pb2, score_models_pb2, segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

DAY = timedelta(days=1)
GROUPS = 70
COURSES = {  # inflow, outflow, inactivity a day
    "filling": (0.05, 0.0, 0.1),
    "steady": (0.01, 0.01, 0.4),
    "leaking": (0.0, 0.03, 0.5),
    "silent": (0.0, 0.01, 0.9),
}
PLANS = {"new": "welcome week", "dying": "move on", "declining": "wake up", "growing": "invite", "mature": "keep going"}


def mean(rate: str, least: float) -> w.Rule:
    measured = w.events("group_measured", rolling=14 * DAY)
    return w.event(measured, "MEAN", w.compare("GREATER_OR_EQUAL", least), rate)


LIFE = {
    "new": w.attribute("created_at", w.within(-14 * DAY)),
    "dying": w.any_of(mean("inactivity_rate", 0.8), mean("outflow_rate", 0.05)),
    "declining": w.any_of(mean("inactivity_rate", 0.6), mean("outflow_rate", 0.02)),
    "growing": mean("inflow_rate", 0.03),
    "mature": None,
}


@dataclass
class Group:
    """A chat group: when it was made, and what was measured of it."""

    name: str
    made: datetime
    course: str
    archived: bool = False
    measured: list[tuple[datetime, tuple[float, ...]]] = field(default_factory=list)

    def stage(self, now: datetime) -> str:
        """What the rules mean, said again."""
        if self.archived:
            return ""
        if now - self.made <= 14 * DAY:
            return "new"
        lately = [rates for time, rates in self.measured if now - 14 * DAY <= time < now]
        inflow, outflow, inactivity = (fmean(each) for each in zip(*lately, strict=True)) if lately else (0, 0, 0)
        if inactivity >= 0.8 or outflow >= 0.05:
            return "dying"
        if inactivity >= 0.6 or outflow >= 0.02:
            return "declining"
        return "growing" if inflow >= 0.03 else "mature"


@dataclass
class Community:
    """Chat groups of a brand, which their platform measures every day."""

    suite: Suite
    clock: ManualClock
    identity: IdentityServiceStub
    segmentation: SegmentationServiceStub
    groups: list[Group]

    def tell(self, *groups: Group) -> None:
        """Who the groups are, to identity."""
        told = [
            entity(f"chat_group {each.name}", attributes={"created_at": each.made}, archived=each.archived)
            for each in groups
        ]
        assert not [each for each in put_entities(self.identity, *told) if each.HasField("error")]

    def measure(self, chance: random.Random, days: int) -> None:
        """The measures of the last so many days."""
        now = self.clock.now()
        events = []
        for group in self.groups:
            for day in range(days):
                rates = tuple(max(each + chance.uniform(-0.009, 0.009), 0.0) for each in COURSES[group.course])
                time = now - day * DAY - timedelta(hours=1)
                group.measured.append((time, rates))
                properties = dict(zip(("inflow_rate", "outflow_rate", "inactivity_rate"), rates, strict=True))
                events.append(
                    entity_event(
                        f"{group.name}-{time}",
                        f"chat_group {group.name}",
                        what="group_measured",
                        time=(time - START).total_seconds(),
                        properties=properties,
                    )
                )
        for start in range(0, len(events), 1_000):
            request = entities_pb2.IngestEntityEventsRequest(events=events[start : start + 1_000])
            answer = self.identity.IngestEntityEvents(request)
            assert not [each for each in answer.results if each.HasField("error")]
        self.suite.settle()

    def stages(self, now: datetime) -> list[str]:
        return [each.stage(now) for each in self.groups]

    def plan(self, after: int) -> None:
        """Gives each group whose stage changed the plan of its stage, as a follower of the feed does."""
        request = changes_pb2.ListChangesRequest(after_position=after, kinds=["stage_changed"])
        moved = [each.stage_changed for each in changes(self.segmentation, request)]
        assert moved
        assert {each.subject for each in moved} == {score_models_pb2.SUBJECT_CHAT_GROUP}
        planned = [
            entity(f"chat_group {each.entity_id}", attributes={"plan": PLANS[each.stage]})
            for each in moved
            if each.stage
        ]
        put_entities(self.identity, *planned)

    def plans(self) -> list[str]:
        references = [reference(f"chat_group {each.name}") for each in self.groups]
        request = entities_pb2.BatchGetEntitiesRequest(entities=references)
        found = self.identity.BatchGetEntities(request).results
        return [each.entity.attributes["plan"].string_value for each in found]


@pytest.fixture
def community(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Community]:
    with serving(tmp_path, "identity", "segmentation", "delivery", clock=clock, database_url=database_url) as suite:
        chance = random.Random(12)
        now = clock.now()
        groups = [
            Group(
                f"g{at}", now - timedelta(days=chance.choice([3, 20, 60, 200]), hours=5), chance.choice(list(COURSES))
            )
            for at in range(GROUPS)
        ]
        made = Community(
            suite,
            clock,
            suite.stub("identity", IdentityServiceStub),
            suite.stub("segmentation", SegmentationServiceStub),
            groups,
        )
        made.tell(*groups)
        yield made


def test_s12_groups_go_through_their_lives_and_their_stage_picks_the_plan(community: Community) -> None:
    chance = random.Random(21)
    community.measure(chance, 14)
    put_entities(community.identity, entity("store wuhan", attributes={"created_at": community.clock.now()}))
    create_stages(community.segmentation, "groups", LIFE, "CHAT_GROUP")
    first = community.clock.now()
    run = run_stages(community.segmentation, "groups", segments_pb2.ANNOUNCEMENT_ALL)
    then = community.stages(first)
    assert set(then) == set(LIFE)
    assert sizes(run) == Counter(then)
    names = [each.name for each in community.groups]
    assert [each.stage for each in entity_stages(community.segmentation, "groups", names)] == then
    community.plan(0)
    assert community.plans() == [PLANS[stage] for stage in then]
    told = community.segmentation.ListChanges(changes_pb2.ListChangesRequest()).head_position

    community.clock.advance(28 * DAY)
    for group in chance.sample(community.groups, 30):
        group.course = chance.choice(list(COURSES))
    gone = community.groups[7]
    gone.archived = True
    community.tell(gone)
    community.measure(chance, 14)
    second = community.clock.now()
    assert sizes(run_stages(community.segmentation, "groups")) == Counter(community.stages(second))
    now = community.stages(second)
    moves = Counter(zip(then, now, strict=True))
    matrix = flow(community.segmentation, "groups", first, second)
    assert {(before, after): count for before, after, count in matrix} == moves
    assert len(moves) > 8
    assert [each.stage for each in entity_stages(community.segmentation, "groups", names, first)] == then
    community.plan(told)
    assert community.plans() == [PLANS[new or old] for old, new in zip(then, now, strict=True)]

"""S16, the stages of awareness, interest, purchase and loyalty, from behaviour.

Stage flow between two dates; a tag group whose values exclude each other; the overlap of segments.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.feeds import changes
from support.people import START, customer, event, ingest, put, upsert
from support.server import Suite, serving
from support.stages import create_stages, flow, in_stage, run_stages, sizes, stages_of
from tidegate.api.identity.v1 import tags_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import changes_pb2, segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

DAY = timedelta(days=1)
PEOPLE = 120
RULES = {
    "loyalty": w.event(w.events("order_paid", rolling=180 * DAY), "COUNT", w.compare("GREATER_OR_EQUAL", 2)),
    "purchase": w.event(w.events("order_paid", rolling=180 * DAY)),
    "interest": w.any_of(
        w.event(w.events("cart_left", rolling=30 * DAY)),
        w.event(w.events("article_read", rolling=30 * DAY), "COUNT", w.compare("GREATER_OR_EQUAL", 2)),
    ),
    "awareness": w.event(w.events("advertisement_seen", "article_read", rolling=90 * DAY)),
}
LIKELY = {"advertisement_seen": 8, "article_read": 5, "cart_left": 2, "order_paid": 2}


@dataclass
class Company:
    """Customers who do this and that, and what they have done so far."""

    suite: Suite
    clock: ManualClock
    identity: IdentityServiceStub
    segmentation: SegmentationServiceStub
    ids: list[int] = field(default_factory=list)
    done: list[tuple[int, str, datetime]] = field(default_factory=list)

    def behave(self, chance: random.Random, amount: int, days: float) -> None:
        """So many things happen within the last days."""
        now = self.clock.now()
        new = [
            (
                chance.randrange(PEOPLE),
                chance.choices(list(LIKELY), list(LIKELY.values()))[0],
                now - timedelta(seconds=round(chance.random() * days * 86_400)),
            )
            for _ in range(amount)
        ]
        events = [
            event(f"{now}-{number}", f"member_id m{at}", name=name, time=(time - START).total_seconds())
            for number, (at, name, time) in enumerate(new)
        ]
        assert not [each for each in ingest(self.identity, *events) if each.HasField("error")]
        self.done += new
        self.suite.settle()

    def stage(self, at: int, now: datetime) -> str:
        """What the rules mean, said again."""
        done = [(name, now - time) for who, name, time in self.done if who == at and time < now]
        orders = sum(name == "order_paid" and age <= 180 * DAY for name, age in done)
        carts = sum(name == "cart_left" and age <= 30 * DAY for name, age in done)
        read = sum(name == "article_read" and age <= 30 * DAY for name, age in done)
        if orders:
            return "loyalty" if orders > 1 else "purchase"
        if carts or read > 1:
            return "interest"
        aware = [name for name, age in done if name in {"advertisement_seen", "article_read"} and age <= 90 * DAY]
        return "awareness" if aware else ""

    def stages(self, now: datetime) -> list[str]:
        return [self.stage(at, now) for at in range(PEOPLE)]


@pytest.fixture
def company(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Company]:
    names = ("identity", "segmentation", "delivery")
    with serving(tmp_path, *names, clock=clock, database_url=database_url) as suite:
        identity = suite.stub("identity", IdentityServiceStub)
        made = Company(suite, clock, identity, suite.stub("segmentation", SegmentationServiceStub))
        group = tags_pb2.TagGroup(group_id="aipl", exclusive=True)
        made.identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))
        results = put(made.identity, *(upsert(f"member_id m{at}") for at in range(PEOPLE)))
        made.ids = [each.customer_id for each in results]
        yield made


def tag_by_stage(company: Company, after: int) -> int:
    """Puts the tag of their stage on those whose stage changed, as a follower of the feed does; where it stands now."""
    request = changes_pb2.ListChangesRequest(after_position=after, kinds=["stage_changed"])
    found = [each.stage_changed for each in changes(company.segmentation, request)]
    moved = [upsert(customer_id=each.customer_id, add_tags=[f"aipl={each.stage}"]) for each in found if each.stage]
    assert moved
    put(company.identity, *moved)
    company.suite.settle()
    return company.segmentation.ListChanges(changes_pb2.ListChangesRequest()).head_position


def tags(company: Company, at: int) -> set[str]:
    return {each.tag for each in customer(company.identity, company.ids[at]).tags}


def test_s16_customers_move_between_the_stages_of_behaviour(company: Company) -> None:
    chance = random.Random(16)
    company.behave(chance, 400, 120)
    create_stages(company.segmentation, "aipl", RULES)
    first = company.clock.now()
    run = run_stages(company.segmentation, "aipl", segments_pb2.ANNOUNCEMENT_ALL)
    then = company.stages(first)
    assert set(then) == {*RULES, ""}
    assert sizes(run) == Counter(then)
    told = tag_by_stage(company, 0)

    company.clock.advance(45 * DAY)
    company.suite.settle()
    company.behave(chance, 150, 45)
    second = company.clock.now()
    run = run_stages(company.segmentation, "aipl")
    now = company.stages(second)
    assert sizes(run) == Counter(now)
    moves = Counter(zip(then, now, strict=True))
    matrix = flow(company.segmentation, "aipl", first, second)
    assert {(before, after): count for before, after, count in matrix} == moves
    order = [*RULES, ""]
    assert [each[:2] for each in matrix] == sorted(moves, key=lambda each: [order.index(stage) for stage in each])
    assert len(moves) > 10
    found = [each.stage for each in stages_of(company.segmentation, "aipl", company.ids, first)]
    assert found == then
    tag_by_stage(company, told)
    last_tagged = [new or old for old, new in zip(then, now, strict=True)]
    for at in range(0, PEOPLE, 10):
        assert tags(company, at) == ({f"aipl={last_tagged[at]}"} if last_tagged[at] else set())


def test_s16_the_overlap_of_segments_is_shown(company: Company) -> None:
    company.behave(random.Random(61), 400, 120)
    create_stages(company.segmentation, "aipl", RULES)
    run_stages(company.segmentation, "aipl")
    wanted = {
        "buyers": in_stage("aipl", "purchase", "loyalty"),
        "loyal": in_stage("aipl", "loyalty"),
        "interested": in_stage("aipl", "interest"),
        "readers": w.event("article_read"),
    }
    for segment_id, rule in wanted.items():
        segment = segments_pb2.Segment(segment_id=segment_id, rule=rule)
        company.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    company.suite.settle()
    answer = company.segmentation.CompareSegments(segments_pb2.CompareSegmentsRequest(segment_ids=list(wanted)))
    members = _expected(company)
    assert {each.segment_id: each.members for each in answer.sizes} == {name: len(who) for name, who in members.items()}
    overlaps = {(each.first_segment_id, each.second_segment_id): each for each in answer.overlaps}
    assert len(overlaps) == 6
    for (first, second), overlap in overlaps.items():
        both, either = members[first] & members[second], members[first] | members[second]
        assert overlap.both == len(both)
        assert overlap.jaccard == pytest.approx(len(both) / len(either))
    assert overlaps["loyal", "interested"].both == 0
    assert overlaps["buyers", "loyal"].both == len(members["loyal"]) > 0


def _expected(company: Company) -> Mapping[str, set[int]]:
    stages = company.stages(company.clock.now())
    named = {"buyers": {"purchase", "loyalty"}, "loyal": {"loyalty"}, "interested": {"interest"}}
    found = {name: {at for at, stage in enumerate(stages) if stage in wanted} for name, wanted in named.items()}
    return found | {"readers": {at for at, name, _ in company.done if name == "article_read"}}

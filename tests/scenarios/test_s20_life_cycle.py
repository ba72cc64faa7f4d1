"""S20, six stages of a customer's life, each with its journey; who is lost is called back.

Registered, introduced, growing, mature, silent, lost; lost is whose frequency falls, or who has not bought for a year.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from journey.canvases import definition, end, send
from support import segmentation_words as w
from support.people import START, event, ingest, put, upsert
from support.server import Suite, serving
from support.stages import create_stages, flow, in_stage, run_stages, sizes, stages_of
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1.consents_pb2 import DECISION_GRANTED, Consent
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.journey.v1 import entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

DAY = timedelta(days=1)
PEOPLE = 90
BOUGHT = w.event("order_paid")
BEFORE = w.events("order_paid", filters={"paid_at": w.within(-180 * DAY, -90 * DAY)})
FALLING = w.all_of(
    w.event(BEFORE, "COUNT", w.compare("GREATER_OR_EQUAL", 3)),
    w.event(w.events("order_paid", rolling=90 * DAY), "COUNT", w.compare("LESS_OR_EQUAL", 1)),
)


def in_a_year(least: int) -> w.Rule:
    return w.event(w.events("order_paid", rolling=365 * DAY), "COUNT", w.compare("GREATER_OR_EQUAL", least))


LIFE = {
    "lost": w.all_of(BOUGHT, w.any_of(w.negate(in_a_year(1)), FALLING)),
    "silent": w.all_of(BOUGHT, w.negate(w.event(w.events("order_paid", rolling=60 * DAY)))),
    "mature": in_a_year(4),
    "growing": in_a_year(2),
    "introduced": BOUGHT,
    "registered": None,
}


def stage_of(ages: Sequence[timedelta]) -> str:
    """What the rules mean, said again over the ages of somebody's orders."""
    if not ages:
        return "registered"
    year, quarter = sum(age <= 365 * DAY for age in ages), sum(age <= 90 * DAY for age in ages)
    if not year or (sum(90 * DAY < age <= 180 * DAY for age in ages) >= 3 and quarter <= 1):
        return "lost"
    if min(ages) > 60 * DAY:
        return "silent"
    return {1: "introduced", 2: "growing", 3: "growing"}.get(year, "mature")


@dataclass
class Shop:
    """A shop with its members and what they bought."""

    suite: Suite
    clock: ManualClock
    mails: Path
    identity: IdentityServiceStub
    segmentation: SegmentationServiceStub
    journey: JourneyServiceStub
    ids: list[int] = field(default_factory=list)
    orders: list[tuple[int, datetime]] = field(default_factory=list)

    def sell(self, *orders: tuple[int, datetime]) -> None:
        """These members bought then."""
        number = len(self.orders)
        events = [
            event(
                f"o{number + at}",
                f"email m{who}@example.com",
                time=(time - START).total_seconds(),
                properties={"paid_at": time},
            )
            for at, (who, time) in enumerate(orders)
        ]
        assert not [each for each in ingest(self.identity, *events) if each.HasField("error")]
        self.orders += orders
        self.suite.settle()

    def stages(self, now: datetime) -> list[str]:
        ages: dict[int, list[timedelta]] = {who: [] for who in range(PEOPLE)}
        for who, time in self.orders:
            if time < now:
                ages[who].append(now - time)
        return [stage_of(ages[who]) for who in range(PEOPLE)]

    def entered(self, stage: str) -> set[int]:
        """Who is or was in the journey of a stage."""
        found = self.journey.ListEnrollments(api.ListEnrollmentsRequest(journey_id=stage, page_size=1_000)).enrollments
        return {self.ids.index(each.customer_id) for each in found}

    def written(self) -> int:
        return len(self.mails.read_text().splitlines()) if self.mails.exists() else 0


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    with serving(tmp_path, clock=clock, database_url=database_url) as suite:
        made = Shop(
            suite,
            clock,
            tmp_path / "mails.jsonl",
            suite.stub("identity", IdentityServiceStub),
            suite.stub("segmentation", SegmentationServiceStub),
            suite.stub("journey", JourneyServiceStub),
        )
        settings = Struct()
        settings.update({"file": str(made.mails)})
        delivery = suite.stub("delivery", DeliveryServiceStub)
        account = Account(account_id="console", channel="email", adapter="console", settings=settings)
        delivery.CreateAccount(delivery_api.CreateAccountRequest(account=account))
        content = TemplateContent(channel="email", parts={"subject": "We miss you", "text": "Come back"})
        template = Template(template_id="recall", contents=[content])
        delivery.CreateTemplate(delivery_api.CreateTemplateRequest(template=template))
        agreed = Consent(purpose="marketing", channel="email", decision=DECISION_GRANTED, source="shop")
        members = (upsert(f"email m{who}@example.com", consents=[agreed]) for who in range(PEOPLE))
        made.ids = [each.customer_id for each in put(made.identity, *members)]
        yield made


def history(chance: random.Random, now: datetime) -> list[tuple[int, datetime]]:
    """Orders of all kinds of members: none, one, some, many, many who stop, and those who stopped long ago."""
    kinds = [(0, 1, 1), (1, 0, 50), (3, 0, 200), (9, 0, 350), (5, 95, 175), (2, 370, 800), (2, 65, 300)]
    bought = []
    for who in range(PEOPLE):
        amount, newest, oldest = kinds[who % len(kinds)]
        ages = (timedelta(seconds=round(chance.uniform(newest, oldest) * 86_400)) for _ in range(amount))
        bought += [(who, now - age) for age in ages]
    return bought


def publish(shop: Shop, stage: str) -> None:
    """The journey of a stage: the lost are written to."""
    entry = entry_pb2.Entry(triggers=[entry_pb2.Trigger(segment=entry_pb2.SegmentTrigger(segment_id=f"life.{stage}"))])
    nodes = [send(template_id="recall"), end("done")] if stage == "lost" else [end("done")]
    edges = ["hello done"] if stage == "lost" else []
    journey = journeys_pb2.Journey(journey_id=stage, draft=definition(nodes, edges, entry=entry))
    shop.journey.CreateJourney(api.CreateJourneyRequest(journey=journey))
    shop.journey.PublishJourney(api.PublishJourneyRequest(journey_id=stage))


def test_s20_members_go_through_six_stages_and_the_lost_are_called_back(shop: Shop) -> None:
    chance = random.Random(20)
    first = shop.clock.now()
    shop.sell(*history(chance, first))
    create_stages(shop.segmentation, "life", LIFE)
    for stage in LIFE:
        segment = segments_pb2.Segment(segment_id=f"life.{stage}", rule=in_stage("life", stage))
        shop.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    then = shop.stages(first)
    assert sizes(run_stages(shop.segmentation, "life")) == Counter(then)
    assert set(then) == set(LIFE)
    shop.suite.settle()
    for stage in LIFE:
        publish(shop, stage)
    shop.suite.settle()

    shop.clock.advance(100 * DAY)
    shop.suite.settle()
    second = shop.clock.now()
    buyers = chance.sample(range(PEOPLE), 40)
    shop.sell(*((who, second - timedelta(days=chance.randint(1, 99), hours=1)) for who in buyers))
    run = run_stages(shop.segmentation, "life")
    shop.suite.settle()
    now = shop.stages(second)
    assert sizes(run) == Counter(now)
    assert [each.stage for each in stages_of(shop.segmentation, "life", shop.ids)] == now
    moves = Counter(zip(then, now, strict=True))
    matrix = flow(shop.segmentation, "life", first, second)
    assert {(before, after): count for before, after, count in matrix} == moves
    moved = {stage: {who for who in range(PEOPLE) if now[who] == stage != then[who]} for stage in LIFE}
    assert {stage: shop.entered(stage) for stage in LIFE} == moved
    assert len(moved["lost"]) > 5
    assert shop.written() == len(moved["lost"])

    recalled = sorted(moved["lost"])[:3]
    shop.clock.advance(DAY)
    shop.sell(*((who, shop.clock.now() - timedelta(hours=at + 1)) for who in recalled for at in range(4)))
    run_stages(shop.segmentation, "life")
    shop.suite.settle()
    back = stages_of(shop.segmentation, "life", [shop.ids[who] for who in recalled])
    assert {each.stage for each in back} == {"mature"}
    assert shop.entered("mature") == moved["mature"] | set(recalled)

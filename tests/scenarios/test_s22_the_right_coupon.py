"""S22, the right coupon: by the quadrant of spend and frequency, four kinds of members get four kinds of coupons."""

import json
import random
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from journey.canvases import branch, definition, end, send
from support import segmentation_words as w
from support.described import length
from support.people import START, event, ingest, put, upsert
from support.server import Suite, serving
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1.consents_pb2 import DECISION_GRANTED, Consent
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.journey.v1 import canvas_pb2, entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1 import rules_pb2, segments_pb2
from tidegate.api.segmentation.v1 import score_models_pb2 as pb
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

PEOPLE = 60
COUPONS = {  # by the class of spend and that of frequency
    (1, 1): "free-shipping",
    (1, 2): "bundle",
    (2, 1): "money-off",
    (2, 2): "early-access",
}
HALVES = pb.QuantileEdges(classes=2)
MODEL = pb.ScoreModel(
    model_id="coupons",
    components=[
        pb.ScoreComponent(
            component_id="spend",
            measure=pb.MEASURE_MONETARY,
            events=w.events("order_paid"),
            property="cents",
            quantile_edges=HALVES,
        ),
        pb.ScoreComponent(
            component_id="frequency",
            measure=pb.MEASURE_FREQUENCY,
            events=w.events("order_paid"),
            quantile_edges=HALVES,
        ),
    ],
)


def in_class(component: str, number: int) -> w.Rule:
    comparison = w.compare("EQUAL", number)
    return w.Rule(score=rules_pb2.ScoreRule(model_id="coupons", component_id=component, comparison=comparison))


def quadrant(spend: int, frequency: int) -> w.Rule:
    return w.all_of(in_class("spend", spend), in_class("frequency", frequency))


def address(who: int) -> str:
    return f"m{who}@example.com"


@dataclass
class Shop:
    """A shop, its members, their orders in cents, and the coupons that went out."""

    suite: Suite
    clock: ManualClock
    mails: Path
    ids: list[int] = field(default_factory=list)
    orders: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.identity = self.suite.stub("identity", IdentityServiceStub)
        self.segmentation = self.suite.stub("segmentation", SegmentationServiceStub)
        self.journey = self.suite.stub("journey", JourneyServiceStub)

    def sell(self, *orders: tuple[int, int]) -> None:
        """These members buy now for so many cents."""
        now = (self.clock.now() - START).total_seconds()
        sold = []
        for who, cents in orders:
            bought = self.orders.setdefault(who, [])
            bought.append(cents)
            name = f"o-{who}-{len(bought)}"
            sold.append(event(name, f"email {address(who)}", time=now, properties={"cents": cents}))
        assert not [each for each in ingest(self.identity, *sold) if each.HasField("error")]
        self.suite.settle()

    def run(self) -> pb.ScoreRun:
        self.clock.advance(timedelta(hours=1))
        request = pb.RunScoreModelRequest(model_id="coupons", wait=length(timedelta(seconds=20)))
        run = self.segmentation.RunScoreModel(request).run
        assert run.state == pb.RUN_STATE_SUCCEEDED
        self.suite.settle()
        return run

    def give(self, round_id: str) -> dict[str, str]:
        """All members are offered what fits them; the coupons by address."""
        before = len(self.sent())
        items = [entry_pb2.EnrollmentItem(customer_id=each, entry_id=f"{round_id}-{each}") for each in self.ids]
        self.journey.EnrollCustomers(api.EnrollCustomersRequest(journey_id="coupons", items=items))
        self.suite.settle()
        return dict(self.sent()[before:])

    def sent(self) -> list[tuple[str, str]]:
        lines = self.mails.read_text().splitlines() if self.mails.exists() else []
        mails = map(json.loads, lines)
        return [(mail["address"], mail["subject"]) for mail in mails]

    def deserved(self) -> dict[str, str]:
        """The quadrants worked out again: above the median or not, of spend and of the number of orders."""
        spend = {who: sum(each) for who, each in self.orders.items()}
        count = {who: len(each) for who, each in self.orders.items()}
        edges = statistics.median(spend.values()), statistics.median(count.values())
        return {address(who): COUPONS[1 + (spend[who] > edges[0]), 1 + (count[who] > edges[1])] for who in self.orders}

    def id_of(self, mail_address: str) -> int:
        return self.ids[[address(who) for who in range(PEOPLE)].index(mail_address)]

    def members(self, segment_id: str) -> set[int]:
        pages = self.segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
        return {each.customer_id for page in pages for each in page.members}


def history(chance: random.Random) -> list[tuple[int, int]]:
    """Dear and cheap orders, few and many; every tenth member never bought."""
    return [
        (who, chance.randint(1_000, 5_000) * (20 if who % 2 else 1))
        for who in range(PEOPLE)
        if who % 10
        for _ in range(chance.randint(1, 3) if who % 4 < 2 else chance.randint(6, 12))
    ]


def journey_of_coupons() -> journeys_pb2.Definition:
    """One journey, whose branch chooses the coupon by the quadrant; who has none is sent nothing."""
    cases = [canvas_pb2.BranchCase(label=coupon, segment_id=coupon) for coupon in COUPONS.values()]
    sends = [send(f"send-{coupon}", template_id=coupon) for coupon in COUPONS.values()]
    edges = [edge for coupon in COUPONS.values() for edge in (f"which {coupon} send-{coupon}", f"send-{coupon} done")]
    policy = entry_pb2.EntryPolicy(frequency=entry_pb2.ENTRY_FREQUENCY_ALWAYS)
    nodes = [branch("which", *cases), *sends, end("done")]
    return definition(nodes, [*edges, "which done"], entry=entry_pb2.Entry(policy=policy))


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    with serving(tmp_path, clock=clock, database_url=database_url) as suite:
        made = Shop(suite, clock, tmp_path / "mails.jsonl")
        prepare_delivery(made)
        agreed = Consent(purpose="marketing", channel="email", decision=DECISION_GRANTED, source="shop")
        members = (upsert(f"email {address(who)}", consents=[agreed]) for who in range(PEOPLE))
        made.ids = [each.customer_id for each in put(made.identity, *members)]
        made.segmentation.CreateScoreModel(pb.CreateScoreModelRequest(model=MODEL))
        for classes, coupon in COUPONS.items():
            segment = segments_pb2.Segment(segment_id=coupon, rule=quadrant(*classes))
            made.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
        journey = journeys_pb2.Journey(journey_id="coupons", draft=journey_of_coupons())
        made.journey.CreateJourney(api.CreateJourneyRequest(journey=journey))
        made.journey.PublishJourney(api.PublishJourneyRequest(journey_id="coupons"))
        suite.settle()
        yield made


def prepare_delivery(shop: Shop) -> None:
    settings = Struct()
    settings.update({"file": str(shop.mails)})
    delivery = shop.suite.stub("delivery", DeliveryServiceStub)
    account = Account(account_id="console", channel="email", adapter="console", settings=settings)
    delivery.CreateAccount(delivery_api.CreateAccountRequest(account=account))
    for coupon in COUPONS.values():
        content = TemplateContent(channel="email", parts={"subject": coupon, "text": "For you"})
        template = Template(template_id=coupon, contents=[content])
        delivery.CreateTemplate(delivery_api.CreateTemplateRequest(template=template))


def test_s22_each_quadrant_gets_its_coupon(shop: Shop) -> None:
    chance = random.Random(22)
    shop.sell(*history(chance))
    run = shop.run()
    assert [list(each.cuts) for each in run.cuts] == [
        [statistics.median(sum(each) for each in shop.orders.values())],
        [statistics.median(len(each) for each in shop.orders.values())],
    ]
    first = shop.deserved()
    assert set(first.values()) == set(COUPONS.values())
    assert shop.give("spring") == first
    for coupon in COUPONS.values():
        assert shop.members(coupon) == {shop.id_of(address) for address, won in first.items() if won == coupon}


def test_s22_who_buys_more_gets_another_coupon_the_next_time(shop: Shop) -> None:
    chance = random.Random(222)
    shop.sell(*history(chance))
    shop.run()
    first = shop.deserved()
    assert shop.give("spring") == first
    few = [who for who in shop.orders if first[address(who)] == "free-shipping"][:4]
    shop.sell(*((few[0], 900_000), (few[1], 900_000)), *((who, 10) for who in few[2:] for _ in range(9)))
    assert shop.give("between") == first, "scores are those of the last run"
    shop.run()
    second = shop.deserved()
    assert [second[address(who)] for who in few] == ["money-off", "money-off", "bundle", "bundle"]
    assert shop.give("summer") == second
    rounds = (first, first, second)
    assert Counter(shop.sent()) == Counter(mail for each in rounds for mail in each.items()), "each got one a round"

"""S15, watching: per phase, tier and channel while it runs: coverage, touches, sent, delivered, opened, clicked,
converted, revenue within a window, cost and return, complaints and unsubscribes. All through the contracts.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import Shop
from support.described import length, span
from support.people import ingest, value
from support.server import serving
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2, receipts_pb2
from tidegate.api.identity.v1 import events_pb2
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.api.segmentation.v1 import score_models_pb2
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.channels import OutboundMessage, Outcome
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder
from tidegate.segmentation.service import build as build_segmentation

DAY = timedelta(days=1)
HIGH, LOW = range(3), range(3, 7)
PRICES = {"sms": 50_000, "email": 1_000}  # millionths of a yuan
COSTS = {"sms": 5.0, "email": 0.1}  # the same in fen
PHASES = ("early", "peak")
MODEL = score_models_pb2.ScoreModel(
    model_id="spend",
    components=[
        score_models_pb2.ScoreComponent(
            component_id="monetary",
            measure=score_models_pb2.MEASURE_MONETARY,
            events=w.events("order_paid"),
            property="cents",
            fixed_cuts=score_models_pb2.FixedCuts(cuts=[10_000.0]),
        )
    ],
    tiers=[score_models_pb2.Tier(tier="high", minimum_score=2), score_models_pb2.Tier(tier="low", minimum_score=0)],
)


class Campaign:
    """The campaign as it runs: eight members, two phases of a day each, two channels."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.reports = shop.suite.stub("segmentation", ReportServiceStub)
        self.members = shop.customers(8)
        for member in (*HIGH, *LOW):
            self.buy(member, 50_000 if member in HIGH else 1_000)
        self.settle()
        segmentation = shop.suite.stub("segmentation", SegmentationServiceStub)
        segmentation.CreateScoreModel(score_models_pb2.CreateScoreModelRequest(model=MODEL))
        run = score_models_pb2.RunScoreModelRequest(model_id="spend", wait=length(timedelta(seconds=20)))
        assert segmentation.RunScoreModel(run).run.state == score_models_pb2.RUN_STATE_SUCCEEDED
        self.start = self.shop.clock.now() + timedelta(hours=1)
        self._run()

    def _run(self) -> None:
        self.pass_time(hours=1)
        early = self.send("early", (0, "sms"), (1, "sms"), (3, "sms"), (0, "email"))
        self.report("DELIVERED", *early[:2], early[3])
        self.report("OPENED", early[3])
        self.report("CLICKED", early[0], early[2])
        self.pass_time(hours=1)
        self.report("COMPLAINT", early[1])
        self.buy(0, 8_000)
        self.buy(3, 2_000)
        self.buy(7, 500)
        self.pass_time(hours=23)
        peak = self.send("peak", (0, "sms"), (4, "sms"), (4, "email"))
        self.report("DELIVERED", *peak)
        self.report("CLICKED", peak[1])
        self.pass_time(hours=2)
        self.buy(4, 3_000)
        self.report("UNSUBSCRIBED", peak[2])
        self.pass_time(hours=1)

    def settle(self) -> None:
        self.shop.suite.settle()

    def pass_time(self, hours: int) -> None:
        self.settle()
        self.shop.clock.advance(timedelta(hours=hours))

    def buy(self, member: int, cents: int) -> None:
        made = events_pb2.Event(source="shop", event_id=f"o-{next(self.shop.numbers)}", name="order_paid")
        made.time.FromDatetime(self.shop.clock.now())
        made.identifiers.append(Identifier(namespace="member_id", value=f"m{member}"))
        made.properties["cents"].CopyFrom(value(cents))
        [result] = ingest(self.shop.identity, made)
        assert not result.HasField("error")

    def send(self, phase: str, *wanted: tuple[int, str]) -> list[str]:
        made = [
            self.shop.message(
                self.members[member],
                channel,
                campaign_id="double11",
                phase_id=phase,
                tier="high" if member in HIGH else "low",
            )
            for member, channel in wanted
        ]
        ids = self.shop.send(*made)
        self.shop.final(*ids)
        return ids

    def report(self, kind: str, *message_ids: str) -> None:
        """The provider's reports, a minute later."""
        self.settle()
        self.shop.clock.advance(timedelta(minutes=1))
        receipts = [
            receipts_pb2.Receipt(
                account_id=f"{self.shop.get(each).channel}-1", message_id=each, kind=f"RECEIPT_KIND_{kind}"
            )
            for each in message_ids
        ]
        results = self.shop.delivery.RecordReceipts(
            delivery_service_pb2.RecordReceiptsRequest(receipts=receipts)
        ).results
        assert not [each for each in results if each.HasField("error")]
        self.settle()

    def phase(self, name: str) -> tuple[datetime, datetime]:
        start = self.start + PHASES.index(name) * DAY
        return start, start + DAY


@pytest.fixture
def campaign(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Campaign]:
    told = Told(answer=priced)
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "segmentation": build_segmentation,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Campaign(Shop(suite, clock, told))


def priced(message: OutboundMessage) -> Outcome:
    price = PRICES["email" if "@" in message.address else "sms"]
    return Outcome.accepted(f"p-{message.message_id}", cost_micros=price)


def test_s15_coverage_and_touches_by_phase_tier_and_channel(campaign: Campaign) -> None:
    def covered(phase: str) -> dict[tuple[str, str], tuple[int, int, int]]:
        request = pb.GetTierCoverageRequest(
            model_id="spend",
            touches=w.events("message.sent"),
            span=span(*campaign.phase(phase)),
            group_by_property="channel",
        )
        return {
            (each.tier, each.group): (each.customers, each.touched_customers, each.touches)
            for each in campaign.reports.GetTierCoverage(request).tiers
        }

    assert covered("early") == {
        ("high", "sms"): (3, 2, 2),
        ("high", "email"): (3, 1, 1),
        ("low", "sms"): (4, 1, 1),
        ("low", "email"): (4, 0, 0),
    }
    assert covered("peak") == {
        ("high", "sms"): (3, 1, 1),
        ("high", "email"): (3, 0, 0),
        ("low", "sms"): (4, 1, 1),
        ("low", "email"): (4, 1, 1),
    }


def test_s15_sent_delivered_clicked_converted(campaign: Campaign) -> None:
    def funnel(split: str, *names: str) -> dict[str, list[int]]:
        request = pb.GetFunnelRequest(
            steps=[pb.FunnelStep(step_id=name.replace("message.", ""), events=w.events(name)) for name in names],
            span=span(campaign.start, None),
            within=length(DAY),
            group_by_property=split,
        )
        return {
            each.group: [step.persons for step in each.steps] for each in campaign.reports.GetFunnel(request).groups
        }

    steps = ("message.sent", "message.clicked", "order_paid")
    assert funnel("phase_id", *steps) == {"early": [3, 2, 2], "peak": [2, 1, 1]}
    assert funnel("tier", *steps) == {"high": [2, 1, 1], "low": [2, 2, 2]}
    assert funnel("channel", "message.sent", "message.delivered", "message.opened") == {
        "sms": [4, 3, 1],
        "email": [2, 2, 1],
    }


def counts(campaign: Campaign, name: str, *, split: str, total: str = "") -> dict[str, float]:
    request = pb.GetTimeSeriesRequest(
        events=w.events(name),
        aggregate="AGGREGATE_SUM" if total else "AGGREGATE_COUNT",
        property=total,
        span=span(campaign.start, campaign.start + 2 * DAY),
        step=pb.TIME_STEP_MONTH,
        group_by_property=split,
    )
    found = campaign.reports.GetTimeSeries(request).series
    return {each.group: sum(point.value for point in each.points) for each in found}


def test_s15_what_customers_do_is_told_by_phase_tier_and_channel(campaign: Campaign) -> None:
    for split, values in (("phase_id", ("early", "peak")), ("tier", ("high", "low")), ("channel", ("sms", "email"))):
        assert counts(campaign, "message.complained", split=split) == {values[0]: 1}
        assert counts(campaign, "message.unsubscribed", split=split) == {values[1]: 1}
    assert counts(campaign, "message.opened", split="phase_id") == {"early": 1}
    assert counts(campaign, "message.clicked", split="tier") == {"low": 2, "high": 1}


def test_s15_revenue_within_a_window_cost_and_return(campaign: Campaign) -> None:
    spent = counts(campaign, "message.sent", split="channel", total="cost_micros")
    sent = counts(campaign, "message.sent", split="channel")
    assert spent == {channel: sent[channel] * PRICES[channel] for channel in PRICES}
    assert {channel: spent[channel] / sent[channel] / 10_000 for channel in sent} == COSTS
    request = pb.GetAttributionRequest(
        outcome=pb.Outcome(outcome_id="bought", events=w.events("order_paid"), revenue_property="cents"),
        touches=w.events("message.sent"),
        window=length(timedelta(hours=12)),
        model=pb.ATTRIBUTION_MODEL_LAST_TOUCH,
        group_by_properties=["channel", "phase_id", "tier"],
        costs=COSTS,
        span=span(campaign.start, None),
    )
    found = campaign.reports.GetAttribution(request)
    revenue = {  # a text and a mail of one instant: which of them is the last is no matter here
        (each.values[1], each.values[2]): 0.0 for each in found.groups
    }
    for each in found.groups:
        revenue[each.values[1], each.values[2]] += each.revenue
        assert each.cost == pytest.approx(each.touches * COSTS[each.values[0]])
        assert each.return_on_cost == pytest.approx((each.revenue - each.cost) / each.cost)
    assert revenue == {
        ("early", "high"): 8_000,
        ("early", "low"): 2_000,
        ("peak", "high"): 0,
        ("peak", "low"): 3_000,
    }
    assert {tuple(each.values): each.touches for each in found.groups} == {
        ("sms", "early", "high"): 2,
        ("email", "early", "high"): 1,
        ("sms", "early", "low"): 1,
        ("sms", "peak", "high"): 1,
        ("sms", "peak", "low"): 1,
        ("email", "peak", "low"): 1,
    }
    assert (found.unattributed_conversions, found.unattributed_revenue) == (1, 500)

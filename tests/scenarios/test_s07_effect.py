"""S07, effect: orders by cohort, existing and new; conversion of those who were talked to against the control, with
intervals, a check of the split itself, and "not enough data" where that is the truth.
"""

import json
import math
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from journey.canvases import definition, end, send, split
from support import segmentation_words as w
from support.described import span
from support.people import START, event, ingest, put, upsert
from support.server import Suite, serving
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1.consents_pb2 import DECISION_GRANTED, Consent
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.journey.v1 import entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1 import experiments_pb2
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

PEOPLE = 600
Z = statistics.NormalDist().inv_cdf(0.975)
TALK, CONTROL = "talk", "control"
BOUGHT = pb.Outcome(outcome_id="bought", events=w.events("order_paid"), revenue_property="cents")


def address(who: int) -> str:
    return f"m{who}@example.com"


@dataclass
class Effect:
    """A campaign's customers, what they bought before it and since, and the arms they are in."""

    suite: Suite
    clock: ManualClock
    mails: Path
    ids: list[int] = field(default_factory=list)
    orders: list[tuple[int, datetime, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begun = self.clock.now()
        self.identity = self.suite.stub("identity", IdentityServiceStub)
        self.segmentation = self.suite.stub("segmentation", SegmentationServiceStub)
        self.reports = self.suite.stub("segmentation", ReportServiceStub)

    def sell(self, *orders: tuple[int, datetime, int]) -> None:
        """These customers bought then, for so many cents."""
        sold = [
            event(
                f"o-{number}",
                f"email {address(who)}",
                time=(time - START).total_seconds(),
                properties={"cents": cents},
            )
            for number, (who, time, cents) in enumerate(orders, start=len(self.orders))
        ]
        assert not [each for each in ingest(self.identity, *sold) if each.HasField("error")]
        self.orders += orders
        self.suite.settle()

    def spent(self, who: int) -> int:
        """What somebody has bought for since the campaign began."""
        return sum(cents for buyer, time, cents in self.orders if buyer == who and time >= self.begun)

    def experiment(self, *arms: experiments_pb2.Arm) -> None:
        made = experiments_pb2.Experiment(experiment_id="double11", arms=arms, salt="s07")
        self.segmentation.CreateExperiment(experiments_pb2.CreateExperimentRequest(experiment=made))
        self.segmentation.StartExperiment(experiments_pb2.StartExperimentRequest(experiment_id="double11"))

    def arms(self) -> dict[str, list[int]]:
        """Everybody's arm, stored now where it was not before."""
        request = experiments_pb2.AssignRequest(experiment_id="double11", customer_ids=self.ids)
        found: dict[str, list[int]] = {}
        for who, each in enumerate(self.segmentation.Assign(request).results):
            found.setdefault(each.assignment.arm_id, []).append(who)
        self.suite.settle()
        return found

    def uplift(self) -> pb.GetUpliftResponse:
        return self.reports.GetUplift(pb.GetUpliftRequest(experiment_id="double11", outcomes=[BOUGHT]))

    def written(self) -> set[str]:
        """The addresses that were written to."""
        return {json.loads(line)["address"] for line in self.mails.read_text().splitlines()}


@pytest.fixture
def effect(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Effect]:
    with serving(tmp_path, clock=clock, database_url=database_url) as suite:
        made = Effect(suite, clock, tmp_path / "mails.jsonl")
        agreed = Consent(purpose="marketing", channel="email", decision=DECISION_GRANTED, source="shop")
        people = (upsert(f"email {address(who)}", consents=[agreed]) for who in range(PEOPLE))
        made.ids = [each.customer_id for each in put(made.identity, *people)]
        suite.settle()
        yield made


def talk(effect: Effect) -> None:
    """Everybody walks the journey; nine in ten are written to."""
    settings = Struct()
    settings.update({"file": str(effect.mails)})
    delivery = effect.suite.stub("delivery", DeliveryServiceStub)
    account = Account(account_id="console", channel="email", adapter="console", settings=settings)
    delivery.CreateAccount(delivery_api.CreateAccountRequest(account=account))
    content = TemplateContent(channel="email", parts={"subject": "Hello", "text": "Double 11"})
    template = Template(template_id="hello", contents=[content])
    delivery.CreateTemplate(delivery_api.CreateTemplateRequest(template=template))
    journey = effect.suite.stub("journey", JourneyServiceStub)
    edges = [f"split {TALK} hello", f"split {CONTROL} hello", "hello end"]
    draft = definition([split(), send(template_id="hello"), end()], edges)
    made = journeys_pb2.Journey(journey_id="double11", draft=draft)
    journey.CreateJourney(api.CreateJourneyRequest(journey=made))
    journey.PublishJourney(api.PublishJourneyRequest(journey_id="double11"))
    items = [entry_pb2.EnrollmentItem(customer_id=each) for each in effect.ids]
    journey.EnrollCustomers(api.EnrollCustomersRequest(journey_id="double11", items=items))
    effect.suite.settle()


def arm(arm_id: str, start: int, end_: int) -> experiments_pb2.Arm:
    role = experiments_pb2.ARM_ROLE_CONTROL if arm_id == CONTROL else experiments_pb2.ARM_ROLE_TREATMENT
    ranges = [experiments_pb2.BucketRange(start=start, end=end_)]
    return experiments_pb2.Arm(arm_id=arm_id, role=role, ranges=ranges)


def wilson(successes: int, size: int) -> tuple[float, float]:
    """The rates p with (rate - p)² = z² p (1 - p) / n, by the formula for quadratic equations."""
    rate, square = successes / size, Z * Z / size
    middle, root = 2 * rate + square, math.sqrt((2 * rate + square) ** 2 - 4 * (1 + square) * rate**2)
    return (middle - root) / (2 + 2 * square), (middle + root) / (2 + 2 * square)


def newcombe(x1: int, n1: int, x0: int, n0: int) -> tuple[float, float]:
    """Newcombe's tenth method."""
    (low1, high1), (low0, high0), p1, p0 = wilson(x1, n1), wilson(x0, n0), x1 / n1, x0 / n0
    below, above = math.dist((p1, p0), (low1, high0)), math.dist((p1, p0), (high1, low0))
    return p1 - p0 - below, p1 - p0 + above


def pearson(x1: int, n1: int, x0: int, n0: int, ratio: float) -> float:
    """Pearson's statistic against the likeliest rates with this ratio, which are searched for.

    The ends of Koopman's interval are the ratios at which it is the square of the normal quantile.
    """

    def likelihood(p: float) -> float:
        return sum(
            x * math.log(each) + (n - x) * math.log1p(-each) for x, n, each in ((x1, n1, ratio * p), (x0, n0, p))
        )

    low, high = 1e-9, min(1, 1 / ratio) - 1e-9
    for _ in range(200):
        third = (high - low) / 3
        if likelihood(low + third) < likelihood(high - third):
            low += third
        else:
            high -= third
    rates = ((x1, n1, ratio * low), (x0, n0, low))
    return sum((x - n * p) ** 2 / (n * p * (1 - p)) for x, n, p in rates)


def chi_squared(talked: int, control: int) -> tuple[float, float]:
    """Nine to one were meant: the statistic, and its p value with one degree of freedom."""
    everybody = talked + control
    statistic = sum((size - share * everybody) ** 2 / (share * everybody) for size, share in
                    ((talked, 0.9), (control, 0.1)))  # fmt: skip
    return statistic, math.erfc(math.sqrt(statistic / 2))


def ends(estimate: pb.Estimate) -> tuple[float, float]:
    assert estimate.interval.level == pytest.approx(0.95)
    return estimate.interval.lower, estimate.interval.upper


def check_uplift(effect: Effect, arms: dict[str, list[int]], report: pb.GetUpliftResponse) -> None:
    sums = {name: [effect.spent(who) for who in arms[name]] for name in (TALK, CONTROL)}
    counts = {name: (sum(each > 0 for each in spent), len(spent)) for name, spent in sums.items()}
    told = {each.arm_id: (each.outcomes[0].conversions, each.customers) for each in report.arms}
    assert told == counts
    assert {each.arm_id: each.outcomes[0].revenue for each in report.arms} == {a: sum(s) for a, s in sums.items()}
    (x1, n1), (x0, n0) = counts[TALK], counts[CONTROL]
    [uplift] = report.uplifts
    assert uplift.arm_id == TALK
    assert uplift.difference.value == pytest.approx(x1 / n1 - x0 / n0)
    assert ends(uplift.difference) == pytest.approx(newcombe(x1, n1, x0, n0))
    assert uplift.ratio.value == pytest.approx((x1 * n0) / (x0 * n1))
    for each in ends(uplift.ratio):
        assert pearson(x1, n1, x0, n0, each) == pytest.approx(Z * Z, rel=1e-5)
    assert ends(uplift.ratio)[0] < uplift.ratio.value < ends(uplift.ratio)[1]
    means = {name: statistics.fmean(spent) for name, spent in sums.items()}
    assert uplift.revenue_per_head.value == pytest.approx(means[TALK] - means[CONTROL])
    error = math.sqrt(sum(statistics.variance(spent) / len(spent) for spent in sums.values()))
    lower, upper = ends(uplift.revenue_per_head)
    assert (upper - lower) / 2 / error == pytest.approx(1.98, abs=0.03)  # Student's quantile of some 50 and more
    assert (lower + upper) / 2 == pytest.approx(uplift.revenue_per_head.value)


def check_split(report: pb.GetUpliftResponse, talked: int, control: int) -> None:
    statistic, p_value = chi_squared(talked, control)
    assert report.sample_ratio.checked
    assert report.sample_ratio.chi_squared == pytest.approx(statistic)
    assert report.sample_ratio.p_value == pytest.approx(p_value)
    mismatch = "SAMPLE_RATIO_MISMATCH" in [each.reason for each in report.warnings]
    assert mismatch == (p_value < 0.001)


def buyers(chance: random.Random, people: Sequence[int], rate: float) -> list[int]:
    return chance.sample(people, round(rate * len(people)))


def test_s07_conversion_of_those_talked_to_against_the_control(effect: Effect) -> None:
    chance = random.Random(7)
    before = effect.begun - timedelta(days=20)
    effect.sell(*((who, before, 9_900) for who in range(0, PEOPLE, 3)))
    effect.experiment(arm(CONTROL, 0, 1_000), arm(TALK, 1_000, 10_000))
    talk(effect)
    arms = effect.arms()
    assert effect.written() == {address(who) for who in arms[TALK]}
    early = effect.uplift()
    [nothing] = early.uplifts
    assert nothing.sufficiency == pb.SUFFICIENCY_NOT_ENOUGH
    assert "NOT_ENOUGH_DATA" in [each.reason for each in early.warnings]
    assert (nothing.difference.value, nothing.ratio.HasField("value")) == (0, False)
    assert ends(nothing.difference) == pytest.approx(newcombe(0, len(arms[TALK]), 0, len(arms[CONTROL])))
    effect.clock.advance(timedelta(days=3))
    bought = buyers(chance, arms[TALK], 0.3) + buyers(chance, arms[CONTROL], 0.12)
    effect.sell(
        *((who, effect.clock.now() - timedelta(hours=2), chance.randint(1_000, 20_000)) for who in bought),
        *((who, effect.clock.now() - timedelta(hours=1), chance.randint(1_000, 20_000)) for who in bought[::4]),
    )
    report = effect.uplift()
    check_uplift(effect, arms, report)
    check_split(report, len(arms[TALK]), len(arms[CONTROL]))
    assert report.uplifts[0].sufficiency == pb.SUFFICIENCY_ENOUGH
    assert report.uplifts[0].difference.interval.lower > 0, "it helped"


def test_s07_orders_of_existing_and_of_new_customers(effect: Effect) -> None:
    chance = random.Random(77)
    existing = set(range(0, PEOPLE, 3))
    effect.sell(*((who, effect.begun - timedelta(days=20), 9_900) for who in existing))
    effect.clock.advance(timedelta(days=3))
    bought = chance.choices(range(PEOPLE), k=200)
    now = effect.clock.now()
    effect.sell(*((who, now - timedelta(minutes=at + 1), 100 * at + 500) for at, who in enumerate(bought)))
    before = w.events("order_paid")
    before.window.interval.CopyFrom(span(None, effect.begun))
    cohorts = {"existing": w.event(before), "new": w.negate(w.event(before))}
    found = effect.reports.GetCohortComparison(
        pb.GetCohortComparisonRequest(
            cohorts=[pb.Cohort(cohort_id=name, rule=rule) for name, rule in cohorts.items()],
            outcomes=[BOUGHT],
            span=span(effect.begun, now),
        )
    )
    groups = {"existing": existing, "new": set(range(PEOPLE)) - existing}
    for cohort in found.cohorts:
        sums = [effect.spent(who) for who in groups[cohort.cohort_id]]
        [outcome] = cohort.outcomes
        assert cohort.customers == len(sums)
        assert outcome.conversions == sum(each > 0 for each in sums)
        assert outcome.revenue == sum(sums)
        assert outcome.revenue_per_head == pytest.approx(statistics.fmean(sums))
    assert found.overlapping_customers == 0


def test_s07_a_split_that_is_not_what_it_was_meant_to_be_is_told(effect: Effect) -> None:
    """The talked-to arm was given the rest of the buckets later, and those in them did not come to the split again."""
    effect.experiment(arm(CONTROL, 0, 1_000), arm(TALK, 1_000, 5_500))
    few = effect.arms()
    grown = effect.segmentation.GetExperiment(experiments_pb2.GetExperimentRequest(experiment_id="double11")).experiment
    grown.arms[0].share = grown.arms[1].share = 0
    grown.arms[1].ranges.add(start=5_500, end=10_000)
    effect.segmentation.UpdateExperiment(experiments_pb2.UpdateExperimentRequest(experiment=grown))
    broken = effect.uplift()
    check_split(broken, len(few[TALK]), len(few[CONTROL]))
    assert "SAMPLE_RATIO_MISMATCH" in [each.reason for each in broken.warnings]
    whole = effect.arms()
    assert set(whole) == {TALK, CONTROL}
    mended = effect.uplift()
    check_split(mended, len(whole[TALK]), len(whole[CONTROL]))
    assert "SAMPLE_RATIO_MISMATCH" not in [each.reason for each in mended.warnings]

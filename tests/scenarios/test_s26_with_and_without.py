"""S26, with and without: customers with a WeCom contact against those without, and said to be no proof of cause."""

import statistics
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.described import span
from support.people import START, event, ingest, put, upsert
from support.server import Suite, serving
from tidegate.api.identity.v1 import merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.runtime.clock import ManualClock

CONTACT = "wecom.external_userid:corp"
DAY = 86_400
ORDERS = {  # by customer: day of October, and cents
    1: [(2, 5_000), (9, 7_000), (16, 6_500)],
    2: [(3, 4_000), (20, 4_500)],
    3: [(5, 9_900)],
    4: [],
    11: [(4, 3_000)],
    12: [(6, 2_500), (40, 9_999)],
    13: [],
    14: [],
    15: [(8, 1_000)],
}
WITH = (1, 2, 3, 4)


@pytest.fixture
def suite(tmp_path: Path, database_url: str) -> Iterator[Suite]:
    clock = ManualClock(START + timedelta(days=60))
    with serving(tmp_path, "identity", "segmentation", clock=clock, database_url=database_url) as made:
        yield made


def have(suite: Suite) -> dict[int, int]:
    """The customers with their orders; those with a contact have a WeCom identifier. The ids by number."""
    identity = suite.stub("identity", IdentityServiceStub)
    names = {
        number: [f"member_id m{number}", *([f"{CONTACT} w{number}"] if number in WITH else [])] for number in ORDERS
    }
    results = put(identity, *(upsert(*each) for each in names.values()))
    for number, orders in ORDERS.items():
        for at, (day, cents) in enumerate(orders):
            paid = event(f"o-{number}-{at}", f"member_id m{number}", time=(day - 1) * DAY, properties={"cents": cents})
            ingest(identity, paid)
    return {number: result.customer_id for number, result in zip(ORDERS, results, strict=True)}


def compare(suite: Suite) -> pb.GetCohortComparisonResponse:
    """Spend in October: of those with a contact, and of those without."""
    suite.settle()
    contact = w.identifier("wecom.external_userid")
    request = pb.GetCohortComparisonRequest(
        cohorts=[
            pb.Cohort(cohort_id="with", rule=contact),
            pb.Cohort(cohort_id="without", rule=w.negate(contact)),
        ],
        outcomes=[
            pb.Outcome(outcome_id="bought", events=w.events("order_paid"), revenue_property="cents"),
        ],
        span=span(START, START + timedelta(days=31)),
    )
    return suite.stub("segmentation", ReportServiceStub).GetCohortComparison(request)


def spent(*numbers: int) -> list[int]:
    return [sum(cents for day, cents in ORDERS[number] if day <= 31) for number in numbers]


def frequency(suite: Suite) -> dict[str, float]:
    """Orders of all, per customer with an order, day by day."""
    request = pb.GetTimeSeriesRequest(
        events=w.events("order_paid"), span=span(START, START + timedelta(days=31)), step=pb.TIME_STEP_MONTH
    )
    [series] = suite.stub("segmentation", ReportServiceStub).GetTimeSeries(request).series
    return {"orders": sum(each.value for each in series.points), "customers": series.points[0].customers}


def test_s26_with_a_contact_and_without(suite: Suite) -> None:
    have(suite)
    found = compare(suite)
    without = [number for number in ORDERS if number not in WITH]
    assert [(each.cohort_id, each.customers) for each in found.cohorts] == [("with", 4), ("without", 5)]
    for cohort, numbers in zip(found.cohorts, (list(WITH), without), strict=True):
        [bought] = cohort.outcomes
        sums = spent(*numbers)
        assert bought.conversions == sum(each > 0 for each in sums)
        assert bought.rate == pytest.approx(bought.conversions / len(numbers))
        assert bought.revenue == sum(sums)
        assert bought.revenue_per_head == pytest.approx(statistics.fmean(sums))
        assert bought.revenue_variance == pytest.approx(statistics.variance(sums))
    assert found.overlapping_customers == 0
    assert [each.reason for each in found.warnings] == ["NO_PROOF_OF_CAUSE", "NOT_ENOUGH_DATA"]
    assert "proves no cause" in found.warnings[0].message
    assert frequency(suite) == {"orders": 9, "customers": 6}


def test_s26_who_turns_out_to_have_a_contact_brings_all_orders_along(suite: Suite) -> None:
    ids = have(suite)
    identity = suite.stub("identity", IdentityServiceStub)
    identity.MergeCustomers(
        merges_pb2.MergeCustomersRequest(
            customers=[CustomerReference(customer_id=ids[number]) for number in (3, 11)],
            reason="one person",
            override_rules=True,
        )
    )
    found = compare(suite)
    sums = [5_000 + 7_000 + 6_500, 4_000 + 4_500, 9_900 + 3_000, 0]
    assert [each.customers for each in found.cohorts] == [4, 4]
    assert found.cohorts[0].outcomes[0].revenue == sum(sums)
    assert found.cohorts[0].outcomes[0].revenue_variance == pytest.approx(statistics.variance(sums))

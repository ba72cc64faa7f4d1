"""S11, intervals: from contact to test drive, from test drive to order: counts, conversion, the times between."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.described import length, span
from support.people import START, event, ingest, put, upsert
from support.server import Suite, serving
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.runtime.clock import ManualClock

HOUR = 3_600
CONTACT, DRIVE, ORDER = "contact", "test_drive", "order_paid"
LEADS: dict[int, list[tuple[str, float]]] = {  # what happened, hours after the campaign began
    1: [(CONTACT, 0), (CONTACT, 30), (DRIVE, 48), (DRIVE, 400), (ORDER, 120)],
    2: [(CONTACT, 5), (DRIVE, 29), (ORDER, 29 + 240)],
    3: [(CONTACT, 10), (DRIVE, 10 + 72)],
    4: [(CONTACT, 20), (DRIVE, 20 + 200), (ORDER, 20)],
    5: [(CONTACT, 24)],
    6: [(DRIVE, 50), (ORDER, 50 + 24)],
    7: [(CONTACT, -100), (CONTACT, 40), (DRIVE, 60)],
}
MONTH = span(START, START + timedelta(days=30))


@pytest.fixture
def suite(tmp_path: Path, database_url: str) -> Iterator[Suite]:
    clock = ManualClock(START + timedelta(days=30))
    with serving(tmp_path, "identity", "segmentation", clock=clock, database_url=database_url) as made:
        yield made


def happen(suite: Suite, leads: dict[int, list[tuple[str, float]]]) -> None:
    identity = suite.stub("identity", IdentityServiceStub)
    for number, events in leads.items():
        for at, (name, hours) in enumerate(events):
            ingest(identity, event(f"{number}-{at}", f"device d{number}", name=name, time=hours * HOUR))
    suite.settle()


def intervals(suite: Suite, first: str, second: str) -> pb.GetIntervalDistributionResponse:
    request = pb.GetIntervalDistributionRequest(
        first=w.events(first), second=w.events(second), span=MONTH, bar_width=length(timedelta(days=2))
    )
    return suite.stub("segmentation", ReportServiceStub).GetIntervalDistribution(request)


def hours(found: pb.GetIntervalDistributionResponse) -> dict[float, float]:
    return {each.probability: each.duration.ToTimedelta() / timedelta(hours=1) for each in found.quantiles}


def test_s11_from_contact_to_test_drive_to_order(suite: Suite) -> None:
    happen(suite, LEADS)
    drives = intervals(suite, CONTACT, DRIVE)
    assert (drives.started, drives.finished) == (5, 4)  # the seventh was contacted before
    assert hours(drives)[0.5] == pytest.approx((48 + 72) / 2)  # of 24, 48, 72 and 200 hours
    assert hours(drives)[0.25] == pytest.approx(24 + 0.75 * 24)
    assert hours(drives)[0.9] == pytest.approx(72 + 0.7 * 128)
    assert [each.customers for each in drives.bars] == [1, 2, 0, 0, 1]  # by two days
    assert [each.start.ToTimedelta() for each in drives.bars] == [timedelta(days=2 * at) for at in range(5)]
    orders = intervals(suite, DRIVE, ORDER)
    assert (orders.started, orders.finished) == (6, 3)  # the fourth ordered before the drive
    assert hours(orders)[0.5] == pytest.approx(72)  # of 24, 72 and 240 hours
    assert [each.customers for each in orders.bars] == [1, 1, 0, 0, 0, 1]


def test_s11_two_devices_of_one_person_are_one_lead(suite: Suite) -> None:
    happen(suite, {1: [(CONTACT, 0)], 2: [(DRIVE, 36)]})
    apart = intervals(suite, CONTACT, DRIVE)
    assert (apart.started, apart.finished) == (1, 0)
    put(
        suite.stub("identity", IdentityServiceStub),
        upsert("device d1", "phone 138 0013 8000"),
        upsert("device d2", "phone 138 0013 8000"),
    )
    suite.settle()
    joined = intervals(suite, CONTACT, DRIVE)
    assert (joined.started, joined.finished) == (1, 1)
    assert hours(joined)[0.5] == 36

"""S06, referral: a customer's own code brings visits and new customers; who brought whom, and the ratio to natural
traffic, told by the contracts.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.described import span
from support.people import START, event, ingest, put, resolved, upsert
from support.relations import brought, chain, code, create
from support.server import Suite, serving
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.segmentation.v1 import reports_pb2 as pb
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.runtime.clock import ManualClock

DAY = 86_400
VISITS = [  # who, on which day, by whose code
    ("anna", 0, ""),
    ("ben", 1, "anna"),
    ("cara", 2, "anna"),
    ("cara", 3, "anna"),
    ("dan", 3, "ben"),
    ("dan", 4, ""),
    ("eve", 4, ""),
    ("fred", 5, "dan"),
    ("eve", 6, "anna"),
]
OCTOBER = span(START, START + timedelta(days=31))


@pytest.fixture
def suite(tmp_path: Path, database_url: str) -> Iterator[Suite]:
    clock = ManualClock(START + timedelta(days=10))
    with serving(tmp_path, "identity", "segmentation", clock=clock, database_url=database_url) as made:
        yield made


def visit(suite: Suite) -> dict[str, int]:
    """All visits in their order; whoever visits gets a code of their own. The ids by name."""
    identity = suite.stub("identity", IdentityServiceStub)
    ids: dict[str, int] = {}
    for at, (name, day, source) in enumerate(VISITS):
        properties = {"source_code": f"poster-{source}"} if source else {}
        ingest(identity, event(f"v-{at}", f"device {name}-device", name="visit", time=day * DAY, properties=properties))
        [found] = resolved(identity, f"device {name}-device")
        if name not in ids:
            create(identity, code(f"poster-{name}", inviter=found))
        ids[name] = found
    suite.settle()
    return ids


def tree(suite: Suite, **fields: object) -> list[tuple[int, int, int, int, int]]:
    request = pb.GetReferralTreeRequest(**fields)  # type: ignore[arg-type]
    nodes = suite.stub("segmentation", ReportServiceStub).GetReferralTree(request).nodes
    return [
        (each.customer_id, each.inviter_customer_id, each.generation, each.brought, each.brought_in_all)
        for each in nodes
    ]


def visits(suite: Suite) -> dict[str, tuple[float, int]]:
    """Visits of the month and the visitors, by source code; '' is natural traffic."""
    request = pb.GetTimeSeriesRequest(
        events=w.events("visit"), span=OCTOBER, step=pb.TIME_STEP_MONTH, group_by_property="source_code"
    )
    series = suite.stub("segmentation", ReportServiceStub).GetTimeSeries(request).series
    return {each.group: (each.points[0].value, each.points[0].customers) for each in series}


def test_s06_a_poster_brings_visits_and_new_customers(suite: Suite) -> None:
    ids = visit(suite)
    assert tree(suite) == [
        (ids["anna"], 0, 0, 2, 4),
        (ids["ben"], ids["anna"], 1, 1, 2),
        (ids["cara"], ids["anna"], 1, 0, 0),
        (ids["dan"], ids["ben"], 2, 1, 1),
        (ids["fred"], ids["dan"], 3, 0, 0),
    ]
    identity = suite.stub("identity", IdentityServiceStub)
    assert chain(identity, ids["fred"]) == [ids["dan"], ids["ben"], ids["anna"]]
    assert tree(suite, customer_id=ids["ben"], generations=1) == [
        (ids["ben"], ids["anna"], 0, 1, 2),
        (ids["dan"], ids["ben"], 1, 1, 1),
    ]
    late = span(START + timedelta(days=3), None)
    assert tree(suite, span=late) == [
        (ids["anna"], 0, 0, 0, 2),
        (ids["dan"], ids["ben"], 2, 1, 1),
        (ids["fred"], ids["dan"], 3, 0, 0),
    ]


def test_s06_visits_and_new_customers_by_source_and_the_ratio_to_natural_traffic(suite: Suite) -> None:
    visit(suite)
    by_code = visits(suite)
    assert by_code == {"": (3, 3), "poster-anna": (4, 3), "poster-ben": (1, 1), "poster-dan": (1, 1)}
    codes = [each for each in sorted(by_code) if each]
    told = brought(suite.stub("identity", IdentityServiceStub), *codes, interval=OCTOBER)
    assert dict(zip(codes, told, strict=True)) == {  # visits, customers, new customers
        "poster-anna": (4, 3, 2),
        "poster-ben": (1, 1, 1),
        "poster-dan": (1, 1, 1),
    }
    assert [(found, people) for found, people, _ in told] == [by_code[each] for each in codes]
    coded = sum(by_code[each][0] for each in codes)
    assert coded / by_code[""][0] == 2  # twice as many visits by posters as without


def test_s06_two_devices_of_one_person_were_brought_once(suite: Suite) -> None:
    ids = visit(suite)
    identity = suite.stub("identity", IdentityServiceStub)
    put(identity, *(upsert(f"device {name}-device", "phone 138 0013 8000") for name in ("cara", "fred")))
    suite.settle()
    assert tree(suite) == [
        (ids["anna"], 0, 0, 2, 3),
        (ids["ben"], ids["anna"], 1, 1, 1),
        (ids["cara"], ids["anna"], 1, 0, 0),
        (ids["dan"], ids["ben"], 2, 0, 0),
    ]

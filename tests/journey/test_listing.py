"""ListEnrollments by the times at which walks began and ended."""

import base64
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from journey.canvases import definition, end, wait
from journey.conftest import World
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Interval, Place
from tidegate.api.journey.v1 import journey_service_pb2 as api

ENTRY, END = api.ENROLLMENT_ORDER_ENTRY_TIME, api.ENROLLMENT_ORDER_END_TIME


def ids(world: World, order: api.EnrollmentOrder, **fields: Any) -> list[str]:
    """All pages, two walks each."""
    request = api.ListEnrollmentsRequest(customer_id=1, order=order, page_size=2, **fields)
    found: list[str] = []
    while True:
        answer = world.stub.ListEnrollments(request)
        found += [walk.enrollment_id for walk in answer.enrollments]
        request.page_token = answer.next_page_token
        if not request.page_token:
            return found


@pytest.fixture
def walks(world: World) -> list[str]:
    """Walks of customer 1 through journeys that take 1, 3, 3, and 2 hours: entered at once, the last an hour later."""
    for name, hours in (("a", 1), ("b", 3), ("c", 3), ("d", 2)):
        made = definition([wait(hours=hours), end()], ["pause end"])
        world.publish(made, name)
    found = [world.enroll(1, journey_id=name)[0].enrollment_id for name in "abc"]
    world.pass_time(hours=1)
    found.append(world.enroll(1, journey_id="d")[0].enrollment_id)
    world.enroll(2, journey_id="a")
    return found


def test_walks_are_listed_by_when_they_began_or_ended(world: World, walks: list[str]) -> None:
    a, b, c, d = walks
    assert ids(world, ENTRY) == [d, *sorted([a, b, c], reverse=True)]
    assert ids(world, END) == [a]
    world.pass_time(hours=2)
    assert ids(world, END) == [*sorted([b, c, d], reverse=True), a]
    now = Timestamp()
    now.FromDatetime(world.now())
    assert ids(world, END, interval=Interval(end=now)) == [a]
    assert ids(world, END, interval=Interval(start=now)) == sorted([b, c, d], reverse=True)
    assert ids(world, END, behind=Place(time=now)) == [a]
    assert ids(world, END, behind=Place(time=now, id=sorted([b, c, d])[1])) == [min(b, c, d), a]
    hour_ago = Timestamp()
    hour_ago.FromDatetime(world.now() - timedelta(hours=2))
    assert ids(world, ENTRY, interval=Interval(start=hour_ago)) == [d]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"order": ENTRY, "customer_id": 0, "journey_id": "a"}, "customer_id"),
    ({"order": 9}, "order"),
    ({"behind": Place(time=Timestamp())}, "behind"),
    ({"interval": Interval()}, "interval"),
    ({"order": END, "behind": Place(id="x")}, "behind.time"),
    ({"order": END, "behind": Place(time=Timestamp(), id="a\0")}, "behind.id"),
    ({"order": END, "interval": Interval(start=Timestamp(seconds=10**15))}, "interval.start"),
    ({"order": END, "page_token": base64.b64encode(b"no place").decode()}, "page_token"),
]


def test_what_is_wrong_is_named(world: World, subtests: pytest.Subtests) -> None:
    for wrong, field in WRONG:
        with subtests.test(field=field):
            request = api.ListEnrollmentsRequest(**{"customer_id": 1, **wrong})
            assert set(failure(partial(world.stub.ListEnrollments, request)).violations) == {field}

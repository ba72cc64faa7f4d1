"""From a request for walks to the list that is meant, and the places in its pages' tokens."""

import re
from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.journey.v1 import enrollments_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.journey.codec import instant
from tidegate.journey.listing import Listing, Order
from tidegate.journey.servicer.tools import page_key
from tidegate.runtime.clock import micros
from tidegate.runtime.errors import InvalidArgument, Violations

_ORDERS = {
    api.ENROLLMENT_ORDER_UNSPECIFIED: Order.ID,
    api.ENROLLMENT_ORDER_ENTRY_TIME: Order.ENTRY,
    api.ENROLLMENT_ORDER_END_TIME: Order.END,
}
_STATES = {
    enrollments_pb2.ENROLLMENT_STATE_OPEN: "open",
    enrollments_pb2.ENROLLMENT_STATE_FINISHED: "finished",
    enrollments_pb2.ENROLLMENT_STATE_EXITED: "exited",
    enrollments_pb2.ENROLLMENT_STATE_MERGED: "merged",
}
_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # years 1 to 9999, in seconds
_NUL = "\0"
_PLACE = re.compile(r"(-?[0-9]{1,18})/([^\0]*)")


def listing(request: api.ListEnrollmentsRequest) -> Listing:
    """The list that is asked for. Raises InvalidArgument."""
    faults = Violations()
    if not request.journey_id and not request.customer_id:
        faults.add("journey_id", "name a journey or a customer")
    order = _ORDERS.get(request.order)
    if order is None:
        faults.add("order", f"{request.order} is no order of walks")
    elif order is not Order.ID and not request.customer_id:
        faults.add("customer_id", "is required with an order by time")
    for field in ("interval", "behind"):
        if order is Order.ID and request.HasField(field):
            faults.add(field, "needs an order by time")
    start, end = (_bound(request, field, faults) for field in ("start", "end"))
    behind = _behind(request, faults)
    faults.raise_if_any()
    assert order is not None
    return Listing(
        journey_id=request.journey_id,
        customer_id=request.customer_id,
        states=[_STATES[each] for each in request.states if each in _STATES],
        node_id=request.node_id,
        order=order,
        start=start,
        end=end,
        behind=_token_place(request.page_token, order) or behind,
    )


def place_key(order: Order, walk_id: str, entered: datetime, ended: datetime | None) -> str:
    """A walk's place in a list, for the token of the page behind it."""
    time = {Order.ENTRY: entered, Order.END: ended}.get(order)
    return walk_id if time is None else f"{micros(time)}/{walk_id}"


def _token_place(token: str, order: Order) -> tuple[Any, ...] | None:
    key = page_key(token)
    if not key:
        return None
    if order is Order.ID:
        return (key,)
    found = _PLACE.fullmatch(key)
    if found is None:
        raise InvalidArgument.at("page_token", "is no token of an earlier page; begin without one")
    return int(found[1]), found[2]


def _bound(request: api.ListEnrollmentsRequest, field: str, faults: Violations) -> int | None:
    if not request.interval.HasField(field):
        return None
    return _time(getattr(request.interval, field), f"interval.{field}", faults)


def _behind(request: api.ListEnrollmentsRequest, faults: Violations) -> tuple[int, str] | None:
    if not request.HasField("behind"):
        return None
    if not request.behind.HasField("time"):
        faults.add("behind.time", "is required")
    if _NUL in request.behind.id:
        faults.add("behind.id", "must not contain the character NUL")
    return _time(request.behind.time, "behind.time", faults), request.behind.id


def _time(given: Timestamp, path: str, faults: Violations) -> int:
    """Microseconds since the epoch; 0 for what is no instant."""
    if not (_FIRST <= given.seconds <= _LAST and 0 <= given.nanos < 1_000_000_000):
        faults.add(path, "is no instant of the years 1 to 9999")
        return 0
    return micros(instant(given))

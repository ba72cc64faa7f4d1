"""Asks delivery and journey for what they have of a customer.

These are the calls that go against the arrows between services: delivery and journey call identity. No circle comes
of it, because what is asked here is read from their databases, by methods that call nobody; see recounting.py for how
many may be under way.
"""

from typing import Any

import grpc
import structlog
from google.protobuf.timestamp_pb2 import Timestamp

from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.common.v1.common_pb2 import Place as WirePlace
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1.messages_pb2 import Message, MessageFilter
from tidegate.api.journey.v1 import journey_service_pb2 as journey_api
from tidegate.api.journey.v1.enrollments_pb2 import Enrollment
from tidegate.identity.model import Span
from tidegate.identity.timeline import Entry, Kind, Place, Stream, Stretch
from tidegate.runtime.client import Peers
from tidegate.runtime.edge import remaining

LOG = structlog.get_logger(__name__)
SERVICES = {Kind.MESSAGE: "delivery", Kind.JOURNEY_ENTRY: "journey", Kind.JOURNEY_END: "journey"}
"""Who has the entries of a kind; identity has the others."""

_LONGEST = 3.0
_SHARE = 0.8
_AWAY = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
)
_ORDERS = {
    Kind.JOURNEY_ENTRY: journey_api.ENROLLMENT_ORDER_ENTRY_TIME,
    Kind.JOURNEY_END: journey_api.ENROLLMENT_ORDER_END_TIME,
}


class Question:
    """A question that is under way."""

    def __init__(self, kind: Kind, future: Any) -> None:
        self._kind = kind
        self._future = future

    def answer(self) -> Stream | None:
        """The entries that were asked for; None when the service is away. Waits for them."""
        try:
            found = self._future.result()
        except grpc.FutureCancelledError:
            return None
        except grpc.RpcError as error:
            if not isinstance(error, grpc.Call) or error.code() not in _AWAY:
                raise
            LOG.warning("timeline.incomplete", service=SERVICES[self._kind], code=error.code().name)
            return None
        subjects = found.messages if self._kind is Kind.MESSAGE else found.enrollments
        return Stream([_entry(self._kind, each) for each in subjects], bool(found.next_page_token))


class Asker:
    """Asks without waiting for the answers."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def ask(self, kind: Kind, customer_id: int, wanted: Stretch) -> Question | None:
        """Asks for a stretch of a kind of SERVICES; None when this process does not know the service."""
        if not self._peers.knows(SERVICES[kind]):
            return None
        if kind is Kind.MESSAGE:
            messages = self._peers.delivery().ListMessages
            return Question(kind, messages.future(_messages(customer_id, wanted), timeout=_seconds()))
        walks = self._peers.journey().ListEnrollments
        return Question(kind, walks.future(_walks(kind, customer_id, wanted), timeout=_seconds()))


def _seconds() -> float:
    """How long a service may take, so that the rest is answered in time when it takes longer."""
    left = remaining()
    return _LONGEST if left is None else min(_LONGEST, left * _SHARE)


def _messages(customer_id: int, wanted: Stretch) -> delivery_api.ListMessagesRequest:
    return delivery_api.ListMessagesRequest(
        filter=MessageFilter(customer_id=customer_id, accept_time=_interval(wanted.span)),
        order=delivery_api.MESSAGE_ORDER_ACCEPT_TIME,
        behind=_place(wanted),
        page_size=wanted.limit,
    )


def _walks(kind: Kind, customer_id: int, wanted: Stretch) -> journey_api.ListEnrollmentsRequest:
    return journey_api.ListEnrollmentsRequest(
        customer_id=customer_id,
        order=_ORDERS[kind],
        interval=_interval(wanted.span),
        behind=_place(wanted),
        page_size=wanted.limit,
    )


def _interval(span: Span) -> Interval:
    return Interval(
        start=None if span.start is None else _timestamp(span.start),
        end=None if span.end is None else _timestamp(span.end),
    )


def _place(wanted: Stretch) -> WirePlace | None:
    if wanted.behind is None:
        return None
    time, key = wanted.behind
    return WirePlace(time=_timestamp(time), id=key)


def _timestamp(micros: int) -> Timestamp:
    made = Timestamp()
    made.FromMicroseconds(micros)
    return made


def _entry(kind: Kind, subject: Message | Enrollment) -> Entry:
    if isinstance(subject, Message):
        time, key = subject.accept_time, subject.message_id
    else:
        time = subject.entry_time if kind is Kind.JOURNEY_ENTRY else subject.end_time
        key = subject.enrollment_id
    return Entry(Place(time.ToMicroseconds(), kind, (key,)), subject)

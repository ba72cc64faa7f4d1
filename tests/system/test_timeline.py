"""A customer's timeline over identity, journey, and delivery."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from journey.canvases import by_event, definition, end, send, wait
from support.people import identifier, put, upsert, who
from support.server import Suite, serving
from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1 import messages_pb2
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1 import consents_pb2, events_pb2, merges_pb2, timeline_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.journey.v1 import entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as journey_api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.runtime.clock import ManualClock

STATES, REASONS = messages_pb2.MessageState, messages_pb2.DropReason


class Shop:
    """The suite with a journey that writes to whoever left a cart, and ends a day later."""

    def __init__(self, suite: Suite, clock: ManualClock, folder: Path) -> None:
        self.suite = suite
        self.clock = clock
        self.identity = suite.stub("identity", IdentityServiceStub)
        self.journey = suite.stub("journey", JourneyServiceStub)
        self.delivery = suite.stub("delivery", DeliveryServiceStub)
        self._open(folder)

    def _open(self, folder: Path) -> None:
        settings = Struct()
        settings.update({"file": str(folder / "mails.jsonl")})
        account = Account(account_id="console", channel="email", adapter="console", settings=settings)
        self.delivery.CreateAccount(delivery_api.CreateAccountRequest(account=account))
        content = TemplateContent(channel="email", parts={"subject": "Hi", "text": "Your cart waits"})
        template = Template(template_id="welcome", contents=[content])
        self.delivery.CreateTemplate(delivery_api.CreateTemplateRequest(template=template))
        made = definition(
            [send(), wait(days=1), end("end", reason="too late")],
            ["hello pause", "pause end"],
            entry=entry_pb2.Entry(triggers=[by_event("cart_left")]),
        )
        journey = journeys_pb2.Journey(journey_id="cart", draft=made)
        self.journey.CreateJourney(journey_api.CreateJourneyRequest(journey=journey))
        self.journey.PublishJourney(journey_api.PublishJourneyRequest(journey_id="cart"))
        self.suite.settle()

    def known(self, *names: str, agrees: bool = True) -> list[int]:
        """Customers, who have agreed to e-mail."""
        consent = consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="shop")
        people = [upsert(f"email {name}@example.com", consents=[consent] if agrees else []) for name in names]
        return [result.customer_id for result in put(self.identity, *people)]

    def leave_cart(self, name: str) -> None:
        happened = events_pb2.Event(
            source="shop",
            event_id=f"cart-{name}",
            name="cart_left",
            time=self.clock.now(),
            identifiers=[identifier(f"email {name}@example.com")],
        )
        self.identity.IngestEvents(events_pb2.IngestEventsRequest(events=[happened]))
        self.suite.settle()

    def write(self, customer_id: int, count: int) -> list[str]:
        """So many service messages at one instant; their ids, the newest first."""
        messages = [
            messages_pb2.OutgoingMessage(
                idempotency_key=f"{customer_id}-{self.clock.now()}-{number}",
                recipient=messages_pb2.Recipient(customer_id=customer_id),
                channels=["email"],
                template_id="welcome",
                message_class=messages_pb2.MESSAGE_CLASS_TRANSACTIONAL,
            )
            for number in range(count)
        ]
        results = self.delivery.Send(delivery_api.SendRequest(messages=messages)).results
        self.suite.settle()
        return sorted((result.accepted.message_id for result in results), reverse=True)

    def pass_time(self, **delta: float) -> None:
        self.clock.advance(timedelta(**delta))
        self.suite.settle()

    def asked(self, customer_id: int, **fields: Any) -> timeline_pb2.ListCustomerTimelineResponse:
        request = timeline_pb2.ListCustomerTimelineRequest(customer=who(customer_id), **fields)
        answer: timeline_pb2.ListCustomerTimelineResponse = self.identity.ListCustomerTimeline(request)
        return answer

    def told(self, customer_id: int, **fields: Any) -> list[str]:
        answer = self.asked(customer_id, **fields)
        assert not answer.missing_services
        return [short(entry) for entry in answer.entries]

    def in_pages(self, customer_id: int, size: int, **fields: Any) -> list[str]:
        """The lines of all pages; none but the last is shorter than ``size``."""
        found: list[str] = []
        token = ""
        while True:
            answer = self.asked(customer_id, page_size=size, page_token=token, **fields)
            found += [short(entry) for entry in answer.entries]
            token = answer.next_page_token
            if not token:
                return found
            assert len(answer.entries) == size


def short(entry: timeline_pb2.TimelineEntry) -> str:
    kind = timeline_pb2.TimelineKind.Name(entry.kind).removeprefix("TIMELINE_KIND_").lower()
    match entry.WhichOneof("subject"):
        case "event":
            return f"{kind} {entry.event.event.name}"
        case "message":
            reason = REASONS.Name(entry.message.drop_reason) if entry.message.drop_reason else ""
            state = STATES.Name(entry.message.state).removeprefix("MESSAGE_STATE_").lower()
            return f"{kind} {entry.message.template_id} {state} {reason.removeprefix('DROP_REASON_').lower()}".strip()
        case "enrollment":
            why = entry.enrollment.end_reason if entry.kind == timeline_pb2.TIMELINE_KIND_JOURNEY_END else ""
            return f"{kind} {entry.enrollment.journey_id}/{entry.enrollment.version} {why}".strip()
        case _:
            return kind


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    with serving(tmp_path, clock=clock, database_url=database_url) as suite:
        yield Shop(suite, clock, tmp_path)


def test_what_followed_from_an_event_stands_above_it_and_pages_cross_the_services(shop: Shop) -> None:
    """All of the first day happens at one instant of a clock that stands still."""
    (ann,) = shop.known("ann")
    shop.leave_cart("ann")
    shop.pass_time(days=2)
    whole = [
        "journey_end cart/1 too late",
        "message welcome sent",
        "journey_entry cart/1",
        "consent",
        "event cart_left",
    ]
    assert shop.told(ann) == whole
    for size in (1, 2, 3, 5):
        assert shop.in_pages(ann, size) == whole
    first, *_ = shop.asked(ann).entries
    assert first.time == first.enrollment.end_time
    assert first.enrollment.entry_time == shop.asked(ann).entries[2].time


def test_messages_of_one_instant_are_each_told_once(shop: Shop) -> None:
    (ann,) = shop.known("ann", agrees=False)
    ids = shop.write(ann, 5)
    shop.pass_time(hours=1)
    later = shop.write(ann, 2)
    kinds = [timeline_pb2.TIMELINE_KIND_MESSAGE]
    told = [entry.message.message_id for entry in shop.asked(ann, kinds=kinds).entries]
    assert told == [*later, *ids]
    found: list[str] = []
    token = ""
    while len(found) < len(told):
        answer = shop.asked(ann, kinds=kinds, page_size=2, page_token=token)
        found += [entry.message.message_id for entry in answer.entries]
        token = answer.next_page_token
    assert found == told
    assert not token


def test_a_message_that_was_dropped_says_why_and_a_span_leaves_out_the_rest(shop: Shop) -> None:
    (bob,) = shop.known("bob", agrees=False)
    shop.leave_cart("bob")
    begin = Timestamp()
    begin.FromDatetime(shop.clock.now() + timedelta(hours=1))
    shop.pass_time(days=2)
    dropped = "message welcome dropped no_consent"
    assert dropped in shop.told(bob)
    assert shop.told(bob, interval=Interval(end=begin)) == [dropped, "journey_entry cart/1", "event cart_left"]
    assert shop.told(bob, interval=Interval(start=begin)) == ["journey_end cart/1 too late"]
    journeys = [timeline_pb2.TIMELINE_KIND_JOURNEY_ENTRY, timeline_pb2.TIMELINE_KIND_JOURNEY_END]
    assert shop.in_pages(bob, 1, kinds=journeys) == ["journey_end cart/1 too late", "journey_entry cart/1"]


def test_merged_customers_have_one_timeline_and_split_ones_have_their_own_again(shop: Shop) -> None:
    ann, bob = shop.known("ann", "bob", agrees=False)
    mine, theirs = shop.write(ann, 1), shop.write(bob, 1)
    kinds = [timeline_pb2.TIMELINE_KIND_MESSAGE]

    def messages(customer_id: int) -> list[str]:
        return [entry.message.message_id for entry in shop.asked(customer_id, kinds=kinds).entries]

    shop.pass_time(hours=1)
    both = merges_pb2.MergeCustomersRequest(customers=[who(ann), who(bob)], reason="one person", override_rules=True)
    shop.identity.MergeCustomers(both)
    shop.suite.settle()
    assert messages(bob) == messages(ann) == sorted([*mine, *theirs], reverse=True)
    assert shop.told(bob)[0] == "merge"
    shop.pass_time(hours=1)
    apart = merges_pb2.SplitCustomerRequest(customer_id=ann, original_customer_ids=[bob], reason="two persons")
    shop.identity.SplitCustomer(apart)
    shop.suite.settle()
    assert (messages(ann), messages(bob)) == (mine, theirs)
    assert shop.told(ann)[:2] == shop.told(bob)[:2] == ["split", "merge"]


def test_what_identity_asks_for_is_answered_without_identity(tmp_path: Path, clock: ManualClock) -> None:
    """So that two services never wait for each other."""
    with serving(tmp_path, "journey", "delivery", clock=clock) as suite:
        delivery, journey = suite.stub("delivery", DeliveryServiceStub), suite.stub("journey", JourneyServiceStub)
        chosen = messages_pb2.MessageFilter(customer_id=1)
        order = delivery_api.MESSAGE_ORDER_ACCEPT_TIME
        assert not delivery.ListMessages(delivery_api.ListMessagesRequest(filter=chosen, order=order)).messages
        for by in (journey_api.ENROLLMENT_ORDER_ENTRY_TIME, journey_api.ENROLLMENT_ORDER_END_TIME):
            request = journey_api.ListEnrollmentsRequest(customer_id=1, order=by)
            assert not journey.ListEnrollments(request).enrollments

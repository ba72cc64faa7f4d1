"""journey among the real identity, segmentation, and delivery: entries, waits, exits, and messages taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from journey.canvases import case, definition, end, event, send, wait_for
from support.server import Suite, serving
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1 import messages_pb2, policies_pb2, policy_service_pb2
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1 import merges_pb2
from tidegate.api.identity.v1.consents_pb2 import DECISION_GRANTED, Consent
from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert, UpsertCustomersRequest
from tidegate.api.identity.v1.events_pb2 import Event, IngestEventsRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.api.journey.v1 import enrollments_pb2, entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1 import rules_pb2, segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import ManualClock

CART_LEFT = entry_pb2.Trigger(segment=entry_pb2.SegmentTrigger(segment_id="cart-left"))


@dataclass
class Shop:
    """The whole suite in one process, and the file that the console channel writes."""

    suite: Suite
    clock: ManualClock
    mails: Path

    def known(self, *names: str) -> dict[str, int]:
        """Customers with an address who have agreed to e-mail."""
        consent = Consent(purpose="marketing", channel="email", decision=DECISION_GRANTED, source="shop")
        upserts = [CustomerUpsert(identifiers=[address(name)], source="shop", consents=[consent]) for name in names]
        stub = self.suite.stub("identity", IdentityServiceStub)
        results = stub.UpsertCustomers(UpsertCustomersRequest(customers=upserts)).results
        return {name: result.customer_id for name, result in zip(names, results, strict=True)}

    def report(self, name: str, *people: str) -> None:
        """An event of each of these people, now."""
        events = [
            Event(
                source="shop",
                event_id=f"{name}-{person}",
                name=name,
                time=self.clock.now(),
                identifiers=[address(person)],
            )
            for person in people
        ]
        stub = self.suite.stub("identity", IdentityServiceStub)
        answer = stub.IngestEvents(IngestEventsRequest(events=events))
        assert not [result for result in answer.results if result.HasField("error")]
        self.suite.settle()

    def publish(self, made: journeys_pb2.Definition) -> None:
        stub = self.suite.stub("journey", JourneyServiceStub)
        journey = journeys_pb2.Journey(journey_id="cart", draft=made)
        stub.CreateJourney(api.CreateJourneyRequest(journey=journey))
        stub.PublishJourney(api.PublishJourneyRequest(journey_id="cart"))
        self.suite.settle()

    def pass_time(self, **delta: float) -> None:
        self.clock.advance(timedelta(**delta))
        self.suite.settle()

    def paths(self) -> dict[int, list[str]]:
        """The steps of every customer."""
        stub = self.suite.stub("journey", JourneyServiceStub)
        found = stub.ListEnrollments(api.ListEnrollmentsRequest(journey_id="cart")).enrollments
        walks = [stub.GetEnrollment(api.GetEnrollmentRequest(enrollment_id=each.enrollment_id)) for each in found]
        return {
            walk.enrollment.customer_id: [f"{step.node_id} {step.edge_label}".strip() for step in walk.steps]
            for walk in walks
        }

    def written(self) -> list[str]:
        """What went out, a line per message."""
        return self.mails.read_text().splitlines() if self.mails.exists() else []

    def states(self) -> list[int]:
        """The states of all messages, with the reasons of those that were dropped."""
        stub = self.suite.stub("delivery", DeliveryServiceStub)
        listed = stub.ListMessages(delivery_api.ListMessagesRequest()).messages
        return sorted(message.drop_reason or message.state for message in listed)


def address(name: str) -> Identifier:
    return Identifier(namespace="email", value=f"{name}@example.com")


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    with serving(tmp_path, clock=clock, database_url=database_url) as suite:
        shop = Shop(suite, clock, tmp_path / "mails.jsonl")
        settings = Struct()
        settings.update({"file": str(shop.mails)})
        delivery = suite.stub("delivery", DeliveryServiceStub)
        account = Account(account_id="console", channel="email", adapter="console", settings=settings)
        delivery.CreateAccount(delivery_api.CreateAccountRequest(account=account))
        content = TemplateContent(channel="email", parts={"subject": "Hi", "text": "Your cart waits"})
        template = Template(template_id="welcome", contents=[content])
        delivery.CreateTemplate(delivery_api.CreateTemplateRequest(template=template))
        yield shop


def left_a_cart() -> segments_pb2.Segment:
    chosen = rules_pb2.EventSelection(names=["cart_left"])
    chosen.window.rolling.FromTimedelta(timedelta(days=1))
    at_least_one = rules_pb2.EventRule(events=chosen)
    return segments_pb2.Segment(segment_id="cart-left", rule=rules_pb2.Rule(event=at_least_one))


def test_a_cart_is_left_and_bought(shop: Shop) -> None:
    """Entry by segment, a message through the gate, and a wait that an order or the time-out ends."""
    people = shop.known("ann", "bob")
    stub = shop.suite.stub("segmentation", SegmentationServiceStub)
    stub.CreateSegment(segments_pb2.CreateSegmentRequest(segment=left_a_cart()))
    shop.suite.settle()
    shop.publish(
        definition(
            [
                send(),
                wait_for("order", case("bought", event("order_paid")), hours=4),
                end("thanks"),
                end("lost"),
            ],
            ["hello order", "order bought thanks", "order timeout lost"],
            entry=entry_pb2.Entry(triggers=[CART_LEFT]),
        )
    )
    shop.report("cart_left", "ann", "bob")
    assert len(shop.written()) == 2
    shop.report("order_paid", "ann")
    shop.pass_time(hours=4)
    assert shop.paths() == {
        people["ann"]: ["hello sent", "order bought", "thanks"],
        people["bob"]: ["hello sent", "order timeout", "lost"],
    }


def at_night(shop: Shop) -> None:
    """Quiet hours from ten to ten in the company's zone: whatever is sent at eleven at night waits."""
    quiet = policies_pb2.QuietHours(quiet_hours_id="night")
    quiet.windows.add(start="22:00", end="10:00")
    policies = shop.suite.stub("delivery", PolicyServiceStub)
    policies.CreateQuietHours(policy_service_pb2.CreateQuietHoursRequest(quiet_hours=quiet))
    shop.pass_time(hours=13)


def test_who_buys_at_night_gets_no_message_in_the_morning(shop: Shop) -> None:
    """The message waits for the end of quiet hours; the walk exits meanwhile, and the message is taken back."""
    people = shop.known("ann", "bob")
    at_night(shop)
    made = definition(
        [send(), end()],
        ["hello end"],
        entry=entry_pb2.Entry(triggers=[by_event_named("cart_left")]),
    )
    made.exits.conditions.add(happening=event("order_paid"), reason="bought")
    shop.publish(made)
    shop.report("cart_left", "ann", "bob")
    assert not shop.written()
    shop.report("order_paid", "ann")
    shop.pass_time(hours=11)
    assert shop.paths() == {people["ann"]: ["hello"], people["bob"]: ["hello sent", "end"]}
    assert len(shop.written()) == 1
    expected = [messages_pb2.DROP_REASON_CANCELLED, messages_pb2.MESSAGE_STATE_SENT]
    assert shop.states() == sorted(expected)


def by_event_named(name: str) -> entry_pb2.Trigger:
    return entry_pb2.Trigger(event=event(name).event)


def test_a_message_that_waits_when_its_journey_ends_is_never_sent(shop: Shop) -> None:
    """Delivery follows journey's feed, and journey takes the message back."""
    shop.known("ann")
    at_night(shop)
    shop.publish(
        definition([send(), end()], ["hello end"], entry=entry_pb2.Entry(triggers=[by_event_named("cart_left")]))
    )
    shop.report("cart_left", "ann")
    stub = shop.suite.stub("journey", JourneyServiceStub)
    stub.ArchiveJourney(api.ArchiveJourneyRequest(journey_id="cart"))
    shop.suite.settle()
    shop.pass_time(hours=11)
    assert not shop.written()
    assert ends(stub) == ["journey_archived"]


def test_people_who_are_joined_under_way_and_taken_apart_again_walk_on_as_who_they_are(shop: Shop) -> None:
    """One walk goes on for the joined; after the split each has the walk that began under their own id."""
    people = shop.known("ann", "bob")
    stub = shop.suite.stub("segmentation", SegmentationServiceStub)
    stub.CreateSegment(segments_pb2.CreateSegmentRequest(segment=left_a_cart()))
    shop.suite.settle()
    shop.publish(
        definition(
            [send(), wait_for("order", case("bought", event("order_paid")), hours=4), end("thanks"), end("lost")],
            ["hello order", "order bought thanks", "order timeout lost"],
            entry=entry_pb2.Entry(triggers=[CART_LEFT]),
        )
    )
    shop.report("cart_left", "ann")
    shop.pass_time(minutes=1)
    shop.report("cart_left", "bob")
    identity = shop.suite.stub("identity", IdentityServiceStub)
    both = [CustomerReference(customer_id=people[name]) for name in ("ann", "bob")]
    identity.MergeCustomers(merges_pb2.MergeCustomersRequest(customers=both, reason="one person"))
    shop.suite.settle()
    journey = shop.suite.stub("journey", JourneyServiceStub)
    walks = journey.ListEnrollments(api.ListEnrollmentsRequest(journey_id="cart")).enrollments
    assert {walk.customer_id for walk in walks} == {people["ann"]}
    assert members(stub) == [people["ann"]]
    apart = merges_pb2.SplitCustomerRequest(
        customer_id=people["ann"], original_customer_ids=[people["bob"]], reason="two persons"
    )
    identity.SplitCustomer(apart)
    shop.suite.settle()
    assert members(stub) == sorted(people.values())
    shop.report("order_paid", "ann")
    walks = journey.ListEnrollments(api.ListEnrollmentsRequest(journey_id="cart")).enrollments
    states = {walk.customer_id: walk.state for walk in walks}
    assert states == {
        people["ann"]: enrollments_pb2.ENROLLMENT_STATE_FINISHED,
        people["bob"]: enrollments_pb2.ENROLLMENT_STATE_MERGED,
    }
    assert len(shop.written()) == 2, "nobody comes in again by a merge or a split"


def members(stub: SegmentationServiceStub) -> list[int]:
    pages = stub.ListMembers(segments_pb2.ListMembersRequest(segment_id="cart-left"))
    return sorted(member.customer_id for page in pages for member in page.members)


def ends(stub: JourneyServiceStub) -> Sequence[str]:
    found = stub.ListEnrollments(api.ListEnrollmentsRequest(journey_id="cart")).enrollments
    return [walk.end_reason for walk in found]

"""One process on SQLite and four processes on PostgreSQL do the same: a small campaign from orders to mails."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from google.protobuf.struct_pb2 import Struct
from journey.canvases import branch, by_event, definition, end, send, split, wait
from support.database import fresh_database
from support.feeds import changes
from support.processes import SERVICES, Deployment, deployed
from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery_api
from tidegate.api.delivery.v1 import frequency_pb2 as frequency
from tidegate.api.delivery.v1 import messages_pb2 as messages
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.policy_service_pb2 import CreateFrequencyRuleRequest
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1 import changes_pb2 as identity_changes
from tidegate.api.identity.v1.consents_pb2 import DECISION_GRANTED, Consent
from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert, ResolveIdentifiersRequest, UpsertCustomersRequest
from tidegate.api.identity.v1.events_pb2 import Event, IngestEventsRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.journey.v1 import journey_service_pb2 as journey_api
from tidegate.api.journey.v1.canvas_pb2 import BranchCase
from tidegate.api.journey.v1.entry_pb2 import Entry
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.journey.v1.journeys_pb2 import Journey
from tidegate.api.segmentation.v1 import experiments_pb2 as experiments
from tidegate.api.segmentation.v1 import rules_pb2 as rules
from tidegate.api.segmentation.v1 import segments_pb2 as segments
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.runtime.clock import FileClock
from tidegate_simulators.mail import MailSink

ZONE = ZoneInfo("Asia/Shanghai")
OPENING = datetime(2026, 10, 10, 10, tzinfo=ZONE)
PEOPLE = 60
REGULAR = rules.Rule(segment=rules.SegmentRule(segment_id="regulars"))
TALK, CONTROL = "talk", "control"

CANVAS = definition(
    [
        split("split", "autumn"),
        send("hello", template_id="hello"),
        wait("pause", days=2),
        branch("regular", BranchCase(label="yes", rule=REGULAR)),
        send("again", template_id="again"),
        end("regular-customer", "regular-customer"),
        end("capped", "capped"),
        end("over", "over"),
    ],
    [
        *("split talk hello", "split control hello", "hello pause", "pause regular"),
        *("regular yes regular-customer", "regular otherwise again", "again capped capped", "again over"),
    ],
    entry=Entry(triggers=[by_event("order_paid")]),
)


@dataclass(frozen=True)
class Person:
    """Somebody whom the shop knows by a member id, and the web shop by an address until they log in."""

    number: int

    @property
    def member(self) -> Identifier:
        return Identifier(namespace="member_id", value=f"m{self.number}")

    @property
    def email(self) -> Identifier:
        return Identifier(namespace="email", value=f"person{self.number}@example.com")

    @property
    def agrees(self) -> bool:
        return self.number % 10 != 0

    @property
    def is_regular(self) -> bool:
        return self.number % 2 == 0


@dataclass(frozen=True)
class Shop:
    """The running suite, its clock, and the mails it sent."""

    deployment: Deployment
    clock: FileClock
    sink: MailSink

    @property
    def identity(self) -> IdentityServiceStub:
        return self.deployment.stub("identity", IdentityServiceStub)

    @property
    def segmentation(self) -> SegmentationServiceStub:
        return self.deployment.stub("segmentation", SegmentationServiceStub)

    @property
    def journey(self) -> JourneyServiceStub:
        return self.deployment.stub("journey", JourneyServiceStub)

    @property
    def delivery(self) -> DeliveryServiceStub:
        return self.deployment.stub("delivery", DeliveryServiceStub)

    def move(self, **delta: float) -> None:
        self.clock.advance(timedelta(**delta))
        self.deployment.settle()

    def report(self, name: str, *reported: tuple[str, Sequence[Identifier]]) -> None:
        """Reports an event, now, for each (id, identifiers)."""
        events = [
            Event(source="shop", event_id=event_id, name=name, identifiers=identifiers)
            for event_id, identifiers in reported
        ]
        for event in events:
            event.time.FromDatetime(self.clock.now())
        answer = self.identity.IngestEvents(IngestEventsRequest(events=events))
        assert not [result.error for result in answer.results if result.HasField("error")]

    def members(self, segment_id: str) -> int:
        pages = self.segmentation.ListMembers(segments.ListMembersRequest(segment_id=segment_id))
        return sum(len(page.members) for page in pages)


@pytest.fixture(params=["one process on SQLite", "four processes on PostgreSQL"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    clock = FileClock.create(tmp_path / "clock", OPENING)
    settings = {"CLOCK_FILE": str(tmp_path / "clock"), "ZONE": ZONE.key}
    with MailSink() as sink:
        if request.param.startswith("one"):
            with deployed([SERVICES], settings=settings) as deployment:
                yield Shop(deployment, clock, sink)
            return
        with (
            fresh_database() as url,
            deployed([[name] for name in SERVICES], database_url=url, settings=settings) as deployment,
        ):
            yield Shop(deployment, clock, sink)


def test_a_campaign_from_orders_to_mails(shop: Shop) -> None:
    people = [Person(number) for number in range(PEOPLE)]
    open_for_business(shop)
    become_known(shop, people)
    shop.report("order_paid", *((f"first-{each.number}", [each.member]) for each in people))
    shop.deployment.settle()
    talked_to = arms(shop, people)[TALK]
    greeted = {each.email.value for each in talked_to if each.agrees}
    assert Counter(recipients(shop.sink)) == Counter(greeted)

    shop.move(days=1)
    regulars = [each for each in people if each.is_regular]
    shop.report("order_paid", *((f"second-{each.number}", [each.email]) for each in regulars))
    shop.deployment.settle()
    assert shop.members("regulars") == len(regulars)

    shop.move(days=1)
    assert Counter(recipients(shop.sink)) == Counter(greeted), "the second mail is one too many in three days"
    assert endings(shop) == expected_endings(people, talked_to)
    assert settled(shop) == expected_messages(people, talked_to)
    greeted_once = next(each for each in talked_to if each.agrees and not each.is_regular)
    assert steps(shop, greeted_once) == [
        *(("split", TALK), ("hello", "sent"), ("pause", "next"), ("regular", "otherwise")),
        *(("again", "capped"), ("capped", "")),
    ]

    shop.move(days=30)
    assert shop.members("regulars") == 0


def open_for_business(shop: Shop) -> None:
    """What operators and planners set up: the relay, two templates, a limit, a segment, a split, the journey."""
    relay = Struct()
    relay.update({"host": shop.sink.host, "port": shop.sink.port, "security": "none"})
    relay.update({"sender": "Shop <shop@example.com>"})
    account = Account(account_id="relay", channel="email", adapter="email", settings=relay)
    shop.delivery.CreateAccount(delivery_api.CreateAccountRequest(account=account))
    for name in ("hello", "again"):
        content = TemplateContent(channel="email", parts={"subject": name, "text": f"{name} from the shop"})
        template = Template(template_id=name, contents=[content])
        shop.delivery.CreateTemplate(delivery_api.CreateTemplateRequest(template=template))
    rule = frequency.FrequencyRule(rule_id="three-days", max=1, on_exceed=frequency.EXCEED_POLICY_DROP)
    rule.window.rolling.duration.FromTimedelta(timedelta(days=3))
    policies = shop.deployment.stub("delivery", PolicyServiceStub)
    policies.CreateFrequencyRule(CreateFrequencyRuleRequest(frequency_rule=rule))
    regulars = segments.Segment(segment_id="regulars", rule=ordered_twice())
    shop.segmentation.CreateSegment(segments.CreateSegmentRequest(segment=regulars))
    shop.segmentation.CreateExperiment(experiments.CreateExperimentRequest(experiment=halves()))
    shop.segmentation.StartExperiment(experiments.StartExperimentRequest(experiment_id="autumn"))
    journey = Journey(journey_id="autumn", draft=CANVAS)
    shop.journey.CreateJourney(journey_api.CreateJourneyRequest(journey=journey))
    shop.journey.PublishJourney(journey_api.PublishJourneyRequest(journey_id="autumn"))


def ordered_twice() -> rules.Rule:
    """Two orders or more in the last thirty days."""
    twice = rules.Comparison(operator=rules.OPERATOR_GREATER_OR_EQUAL, values=[Value(int_value=2)])
    selection = rules.EventSelection(names=["order_paid"])
    selection.window.rolling.FromTimedelta(timedelta(days=30))
    return rules.Rule(event=rules.EventRule(events=selection, comparison=twice))


def halves() -> experiments.Experiment:
    """One half hears from the shop, the other one does not."""
    arms = [
        experiments.Arm(arm_id=TALK, share=5_000),
        experiments.Arm(arm_id=CONTROL, role=experiments.ARM_ROLE_CONTROL, share=5_000),
    ]
    return experiments.Experiment(experiment_id="autumn", arms=arms, salt="autumn")


def become_known(shop: Shop, people: Sequence[Person]) -> None:
    """The shop knows members, the web shop addresses; who logs in turns out to be one and the same."""
    upserts = [CustomerUpsert(identifiers=[each.member], source="shop", consents=consents(each)) for each in people]
    shop.identity.UpsertCustomers(UpsertCustomersRequest(customers=upserts))
    shop.report("page_viewed", *((f"view-{each.number}", [each.email]) for each in people))
    shop.report("logged_in", *((f"login-{each.number}", [each.member, each.email]) for each in people))
    shop.deployment.settle()
    found = changes(shop.identity, identity_changes.ListChangesRequest(page_size=10_000))
    kinds = Counter(change.WhichOneof("change") for change in found)
    assert (kinds["customer_created"], kinds["customer_merged"]) == (2 * PEOPLE, PEOPLE)


def consents(person: Person) -> list[Consent]:
    if not person.agrees:
        return []
    return [Consent(purpose="marketing", channel="email", decision=DECISION_GRANTED, source="shop")]


def arms(shop: Shop, people: Sequence[Person]) -> dict[str, list[Person]]:
    """Who is in which arm."""
    found: dict[str, list[Person]] = {TALK: [], CONTROL: []}
    for each in people:
        customer_id = customer_of(shop, each)
        request = experiments.GetAssignmentRequest(experiment_id="autumn", customer_id=customer_id)
        found[shop.segmentation.GetAssignment(request).assignment.arm_id].append(each)
    assert min(map(len, found.values())) >= PEOPLE // 5
    return found


def customer_of(shop: Shop, person: Person) -> int:
    request = ResolveIdentifiersRequest(identifiers=[person.email])
    return shop.identity.ResolveIdentifiers(request).results[0].customer_id


def recipients(sink: MailSink) -> list[str]:
    return [address for mail in sink.mails for address in mail.recipients]


def endings(shop: Shop) -> Counter[str]:
    """Why walks ended; a walk that did not end has no reason."""
    request = journey_api.ListEnrollmentsRequest(journey_id="autumn", page_size=1_000)
    return Counter(walk.end_reason for walk in shop.journey.ListEnrollments(request).enrollments)


def expected_endings(people: Sequence[Person], talked_to: Sequence[Person]) -> Counter[str]:
    capped = sum(each.agrees and not each.is_regular for each in talked_to)
    regular = sum(each.is_regular for each in people)
    return Counter({"regular-customer": regular, "capped": capped, "over": len(people) - regular - capped})


def settled(shop: Shop) -> Counter[tuple[str, str]]:
    """What became of the messages: template, and state or reason."""
    found = changes(shop.delivery, delivery_api.ListChangesRequest(page_size=10_000))
    told = (change.message_changed for change in found if change.HasField("message_changed"))
    return Counter(
        (each.template_id, messages.DropReason.Name(each.drop_reason) if each.drop_reason else "sent")
        for each in told
        if each.state in {messages.MESSAGE_STATE_SENT, messages.MESSAGE_STATE_DROPPED}
    )


def expected_messages(people: Sequence[Person], talked_to: Sequence[Person]) -> Counter[tuple[str, str]]:
    expected: Counter[tuple[str, str]] = Counter()
    for each in people:
        talk = each in talked_to
        expected["hello", fate(each, "sent" if talk else "DROP_REASON_HELD_OUT")] += 1
        if not each.is_regular:
            expected["again", fate(each, "DROP_REASON_FREQUENCY" if talk else "DROP_REASON_HELD_OUT")] += 1
    return expected


def fate(person: Person, otherwise: str) -> str:
    return otherwise if person.agrees else "DROP_REASON_NO_CONSENT"


def steps(shop: Shop, person: Person) -> list[tuple[str, str]]:
    """The person's walk: node and label, step by step."""
    request = journey_api.ListEnrollmentsRequest(customer_id=customer_of(shop, person))
    (walk,) = shop.journey.ListEnrollments(request).enrollments
    whole = shop.journey.GetEnrollment(journey_api.GetEnrollmentRequest(enrollment_id=walk.enrollment_id))
    return [(step.node_id, step.edge_label) for step in whole.steps]

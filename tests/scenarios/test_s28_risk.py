"""S28, risk: some of the newcomers that a referral brings are fake; one tag keeps them from audiences, rewards, every
journey, and everything at the gate, at once, and for as long as they have it.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from journey.canvases import by_event, definition, end, send, wait
from support import segmentation_words as w
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import TRANSACTIONAL, Shop
from support.people import ingest, value, who
from support.relations import code, create
from support.server import serving
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.identity.v1 import events_pb2, tags_pb2
from tidegate.api.journey.v1 import canvas_pb2, entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1 import reports_pb2, segments_pb2
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.journey.service import build as build_journey
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder
from tidegate.segmentation.service import build as build_segmentation

RISK = "risk=fake"
HOUR = timedelta(hours=1)
INVITERS, NEWCOMERS = 3, 40
FAKE = NEWCOMERS * 15 // 100
SUPPRESSED = "dropped:suppressed"
EXCLUDED = "excluded:risk"
WELCOME, REWARD, OFFER = "welcome", "reward", "offer"


@dataclass
class Referral:
    """Customers who bring others, those whom they bring, and the journeys that these come into."""

    shop: Shop
    inviters: Sequence[int] = ()
    newcomers: Sequence[int] = ()
    brought_by: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.segmentation = self.shop.suite.stub("segmentation", SegmentationServiceStub)
        self.journey = self.shop.suite.stub("journey", JourneyServiceStub)

    def come(self, chance: random.Random) -> None:
        """Newcomers come by the posters of those who invite them, and then say who they are and what they agree to."""
        chosen = [chance.randrange(INVITERS) for _ in range(NEWCOMERS)]
        visits = [self.visit(number, f"poster-{each}") for number, each in enumerate(chosen, start=INVITERS)]
        assert not [each for each in ingest(self.shop.identity, *visits) if each.HasField("error")]
        self.newcomers = self.shop.customers(NEWCOMERS)
        inviters = (self.inviters[each] for each in chosen)
        self.brought_by = dict(zip(self.newcomers, inviters, strict=True))
        self.shop.suite.settle()

    def visit(self, number: int, poster: str) -> events_pb2.Event:
        """The visit of the customer that is the shop's so many-th."""
        visit = events_pb2.Event(source="poster", event_id=f"v-{number}", name="visit")
        visit.time.FromDatetime(self.shop.clock.now())
        visit.identifiers.append(Identifier(namespace="member_id", value=f"m{number}"))
        visit.properties["source_code"].CopyFrom(value(poster))
        return visit

    def suspect(self, *customer_ids: int) -> None:
        """The risk desk takes these for fake."""
        tagged = [tags_pb2.CustomerTags(customer=who(each), tags=[RISK]) for each in customer_ids]
        self.shop.identity.TagCustomers(tags_pb2.TagCustomersRequest(customers=tagged, source="risk-desk"))
        self.shop.suite.settle()

    def clear(self, *customer_ids: int) -> None:
        """They were not."""
        tagged = [tags_pb2.CustomerTags(customer=who(each), tags=[RISK]) for each in customer_ids]
        self.shop.identity.UntagCustomers(tags_pb2.UntagCustomersRequest(customers=tagged, source="risk-desk"))
        self.shop.suite.settle()

    def pass_time(self, delta: timedelta) -> None:
        self.shop.suite.settle()
        self.shop.clock.advance(delta)
        self.shop.suite.settle()

    def segment(self, segment_id: str, rule: w.Rule) -> None:
        segment = segments_pb2.Segment(segment_id=segment_id, rule=rule)
        self.segmentation.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))

    def publish(self, journey_id: str, pause: canvas_pb2.Node, entry: entry_pb2.Entry) -> None:
        """A journey that says what it has to say after a pause."""
        self.shop.template(journey_id, ["sms"])
        nodes = [pause, send(template_id=journey_id, channels=["sms"]), end()]
        draft = definition(nodes, ["pause hello", "hello end"], entry=entry)
        journey = journeys_pb2.Journey(journey_id=journey_id, draft=draft)
        self.journey.CreateJourney(api.CreateJourneyRequest(journey=journey))
        self.journey.PublishJourney(api.PublishJourneyRequest(journey_id=journey_id))

    def members(self, segment_id: str) -> set[int]:
        pages = self.segmentation.ListMembers(segments_pb2.ListMembersRequest(segment_id=segment_id))
        return {each.customer_id for page in pages for each in page.members}

    def ends(self, journey_id: str) -> dict[int, str]:
        """How the walks of a journey ended, by customer."""
        request = api.ListEnrollmentsRequest(journey_id=journey_id, page_size=1_000)
        return {each.customer_id: each.end_reason for each in self.journey.ListEnrollments(request).enrollments}

    def brought(self, segment_id: str) -> dict[int, int]:
        """How many of a segment each inviter brought, which is what inviters are rewarded for."""
        reports = self.shop.suite.stub("segmentation", ReportServiceStub)
        request = reports_pb2.GetReferralTreeRequest(generations=1, segment_id=segment_id)
        nodes = reports.GetReferralTree(request).nodes
        return {each.customer_id: each.brought for each in nodes if each.generation == 0}

    def written(self, journey_id: str) -> set[int]:
        """To whom the provider was given a message of a journey."""
        found = [self.shop.get(each) for each in self.shop.told.ids]
        return {each.customer_id for each in found if each.journey_id == journey_id}


@pytest.fixture
def referral(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Referral]:
    """The welcome greets after an hour, the reward waits for a day, the offer knows nothing of risks."""
    told = Told()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "segmentation": build_segmentation,
        "delivery": partial(build, registry=told_registry(told)),
        "journey": build_journey,
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        made = Referral(Shop(suite, clock, told))
        made.inviters = made.shop.customers(INVITERS)
        codes = [code(f"poster-{at}", inviter=each) for at, each in enumerate(made.inviters)]
        create(made.shop.identity, *codes)
        made.segment("risk", w.tag(RISK))
        made.segment("newcomers", w.all_of(w.event("visit"), w.negate(w.in_segment("risk"))))
        suppression = policies_pb2.Suppression(segment_id="risk", cause=policies_pb2.SUPPRESSION_CAUSE_RISK)
        made.shop.policies.CreateSuppression(policy_pb2.CreateSuppressionRequest(suppression=suppression))
        suite.settle()
        visited = by_event("visit")
        became = entry_pb2.Trigger(segment=entry_pb2.SegmentTrigger(segment_id="newcomers"))
        made.publish(WELCOME, wait(hours=1), entry_pb2.Entry(triggers=[visited], exclusion_segment_ids=["risk"]))
        made.publish(REWARD, wait(hours=24), entry_pb2.Entry(triggers=[became], exclusion_segment_ids=["risk"]))
        made.publish(OFFER, wait(hours=2), entry_pb2.Entry(triggers=[visited]))
        suite.settle()
        yield made


def test_s28_fake_newcomers_get_nothing_of_any_journey(referral: Referral) -> None:
    chance = random.Random(28)
    referral.come(chance)
    fake = chance.sample(sorted(referral.newcomers), FAKE)
    early, late = fake[: FAKE // 2], fake[FAKE // 2 :]
    assert referral.members("newcomers") == set(referral.newcomers)
    referral.suspect(*early)
    genuine = set(referral.newcomers) - set(early)
    assert referral.members("newcomers") == genuine
    referral.pass_time(HOUR)
    assert referral.written(WELCOME) == genuine
    referral.pass_time(HOUR)
    assert referral.written(OFFER) == genuine, "the gate knows them though the journey does not"
    referral.suspect(*late)
    genuine -= set(late)
    assert referral.members("newcomers") == genuine
    referral.pass_time(22 * HOUR)
    assert referral.written(REWARD) == genuine
    assert referral.ends(WELCOME) == {each: EXCLUDED if each in early else "exit" for each in referral.newcomers}
    assert referral.ends(REWARD) == {each: "exit" if each in genuine else EXCLUDED for each in referral.newcomers}
    assert referral.brought("newcomers") == Counter(referral.brought_by[each] for each in genuine)
    assert referral.brought("") == Counter(referral.brought_by.values())


def test_s28_who_is_known_as_a_risk_does_not_come_into_a_journey(referral: Referral) -> None:
    [known] = referral.shop.customers(1)
    referral.suspect(known)
    ingest(referral.shop.identity, referral.visit(INVITERS, "poster-0"))
    referral.shop.suite.settle()
    assert referral.members("newcomers") == set()
    assert (referral.ends(WELCOME), referral.ends(REWARD)) == ({}, {})
    referral.pass_time(25 * HOUR)
    assert referral.shop.told.ids == []


def test_s28_the_gate_stops_every_class_of_message_until_the_tag_is_gone(referral: Referral) -> None:
    shop = referral.shop
    fake, genuine = shop.customers(2)
    referral.suspect(fake)
    classes = (messages_pb2.MESSAGE_CLASS_MARKETING, TRANSACTIONAL)
    of_fake = shop.send(*(shop.message(fake, message_class=each) for each in classes))
    of_genuine = shop.send(*(shop.message(genuine, message_class=each) for each in classes))
    assert [shop.state_of(each) for each in of_fake] == [SUPPRESSED, SUPPRESSED]
    assert [shop.state_of(each) for each in of_genuine] == ["sent", "sent"]
    assert sorted(shop.told.ids) == sorted(of_genuine)
    referral.clear(fake)
    assert [shop.state_of(each) for each in shop.send(shop.message(fake))] == ["sent"]


def test_s28_what_waits_for_the_morning_is_stopped_when_they_turn_out_to_be_fake(referral: Referral) -> None:
    shop = referral.shop
    fake, genuine = shop.customers(2)
    holiday = policies_pb2.QuietHours(quiet_hours_id="holiday", holidays=[f"{shop.clock.now():%Y-%m-%d}"])
    shop.policies.CreateQuietHours(policy_pb2.CreateQuietHoursRequest(quiet_hours=holiday))
    waiting = shop.send(shop.message(fake), shop.message(genuine))
    shop.when(lambda each: each.state == messages_pb2.MESSAGE_STATE_DEFERRED, *waiting)
    referral.suspect(fake)
    referral.pass_time(timedelta(days=1))
    assert [shop.state_of(each) for each in waiting] == [SUPPRESSED, "sent"]

"""Explanations tell all: what stopped a message, what came of it, and what it waits for. And watching messages."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import grpc
import pytest
from journey.canvases import by_event, definition, end
from support.delivery.adapter import Told, told_registry
from support.delivery.field import delivery_file
from support.delivery.shop import TRANSACTIONAL, Shop, stamp
from support.delivery.vault import VAULT
from support.people import who
from support.server import serving
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import messages_pb2, policies_pb2, policy_service_pb2, receipts_pb2
from tidegate.api.identity.v1 import consents_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.journey.v1 import campaigns_pb2, changes_pb2, entry_pb2, journeys_pb2
from tidegate.api.journey.v1 import journey_service_pb2 as journey_api
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.channels import Outcome
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.service import build
from tidegate.delivery.store import reading
from tidegate.delivery.waiting import Waiting
from tidegate.identity.service import build as build_identity
from tidegate.journey.service import build as build_journey
from tidegate.journey.store.tables import FEED as JOURNEY_FEED
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.db import Database
from tidegate.runtime.feed import Entry, Feed
from tidegate.runtime.service import Builder, Context, Service
from tidegate.segmentation.service import build as build_segmentation


@pytest.fixture
def with_journeys(tmp_path: Path, clock: ManualClock, told: Told) -> Iterator[tuple[Shop, Database]]:
    """A shop among all services, and the rows of journey."""
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "segmentation": build_segmentation,
        "journey": build_journey,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, builders=builders) as suite:
        file = delivery_file(tmp_path).replace("delivery.db", "journey.db")
        with closing(Database.open(file, schema="journey")) as rows:
            yield Shop(suite, clock, told), rows


def test_what_is_of_no_active_journey_campaign_or_phase_is_not_sent(with_journeys: tuple[Shop, Database]) -> None:
    shop, rows = with_journeys
    [customer_id] = shop.customers(1)
    journeys = shop.suite.stub("journey", JourneyServiceStub)
    draft = definition([end()], [], entry=entry_pb2.Entry(triggers=[by_event("visited")]))
    journey = journeys_pb2.Journey(journey_id="welcome", draft=draft)
    journeys.CreateJourney(journey_api.CreateJourneyRequest(journey=journey))
    journeys.PublishJourney(journey_api.PublishJourneyRequest(journey_id="welcome"))
    journeys.PauseJourney(journey_api.PauseJourneyRequest(journey_id="welcome"))
    paused, ended = campaigns_pb2.CAMPAIGN_STATE_PAUSED, campaigns_pb2.CAMPAIGN_STATE_ENDED
    _announce(shop, rows, changes_pb2.CampaignStateChanged(campaign_id="d11", phase_id="early", state=ended))
    _announce(shop, rows, changes_pb2.CampaignStateChanged(campaign_id="spring", state=paused))
    shop.suite.settle()
    stopped = shop.send(
        shop.message(customer_id, journey_id="welcome"),
        shop.message(customer_id, campaign_id="d11", phase_id="early"),
        shop.message(customer_id, campaign_id="spring", message_class=TRANSACTIONAL),
    )
    assert {shop.state_of(one) for one in stopped} == {"dropped:not_active"}
    decided = [shop.explain(one).decisions[-1] for one in stopped]
    assert [one.facts["inactive"] for one in decided] == ["journey welcome", "phase d11/early", "campaign spring"]
    assert "because its campaign or journey is not active (journey welcome)." in decided[0].text
    others = shop.send(
        shop.message(customer_id, journey_id="other"),
        shop.message(customer_id, campaign_id="other", phase_id="early"),
        shop.message(customer_id, campaign_id="d11", phase_id="late"),
    )
    assert {shop.state_of(one) for one in others} == {"sent"}
    journeys.ResumeJourney(journey_api.ResumeJourneyRequest(journey_id="welcome"))
    running = campaigns_pb2.CAMPAIGN_STATE_ACTIVE
    _announce(shop, rows, changes_pb2.CampaignStateChanged(campaign_id="spring", state=running))
    shop.suite.settle()
    again = shop.send(shop.message(customer_id, journey_id="welcome"), shop.message(customer_id, campaign_id="spring"))
    assert {shop.state_of(one) for one in again} == {"sent"}


def _announce(shop: Shop, rows: Database, moved: changes_pb2.CampaignStateChanged) -> None:
    """As journey will announce what becomes of campaigns."""
    body = changes_pb2.Change(campaign_state_changed=moved).SerializeToString()
    with rows.write() as connection:
        Feed(rows, JOURNEY_FEED).append(connection, [Entry("campaign_state_changed", 0, body, shop.clock.now())])


def test_a_story_names_the_suppression_the_denial_and_the_receipts(shop: Shop) -> None:
    suppressed, denying, silent, reached = _with_one_silent(shop)
    made = policies_pb2.Suppression(customer_id=suppressed, cause=policies_pb2.SUPPRESSION_CAUSE_RISK)
    request = policy_service_pb2.CreateSuppressionRequest(suppression=made)
    suppression_id = shop.policies.CreateSuppression(request).suppression.suppression_id
    denied_at = shop.clock.now() + timedelta(minutes=1)
    denial = consents_pb2.Consent(
        purpose="marketing",
        channel="sms",
        decision=consents_pb2.DECISION_DENIED,
        source="desk",
        time=stamp(denied_at),
    )
    shop.clock.set(denied_at)
    consents = consents_pb2.CustomerConsents(customer=who(denying), consents=[denial])
    shop.identity.SetConsents(consents_pb2.SetConsentsRequest(customers=[consents]))
    shop.suite.settle()
    stopped = shop.send(*(shop.message(one) for one in (suppressed, denying, silent)))
    texts = [shop.explain(one).decisions[-1].text for one in _settled(shop, *stopped)]
    assert f"suppressed (the customer by {suppression_id}, cause risk)." in texts[0]
    assert "(marketing was denied at 2026-10-10 02:01:00 UTC, for sms and every brand)." in texts[1]
    assert "(nothing was said of marketing)." in texts[2]
    [sent] = _settled(shop, *shop.send(shop.message(reached)))
    for kind in _KINDS:
        receipt = receipts_pb2.Receipt(account_id="sms-1", message_id=sent, kind=kind, provider_code="7")
        shop.delivery.RecordReceipts(pb.RecordReceiptsRequest(receipts=[receipt]))
    bounced = shop.send(shop.message(reached))
    story = shop.explain(sent).summary
    assert "It has used a slot on sms, counted at 2026-10-10 02:01:00 UTC. It was delivered." in story
    assert "A receipt from sms-1 says delivered (7) at 2026-10-10 02:01:00 UTC. A receipt" in story
    assert "says accepted (7) at 2026-10-10 02:01:00 UTC, which changed nothing." in story
    [address] = [shop.explain(one).decisions[-1] for one in _settled(shop, *bounced)]
    assert f"(the address by {address.facts['suppression_id']}, cause hard_bounce)" in address.text


_KINDS = (
    receipts_pb2.RECEIPT_KIND_DELIVERED,
    receipts_pb2.RECEIPT_KIND_ACCEPTED,
    receipts_pb2.RECEIPT_KIND_HARD_BOUNCE,
)


def _with_one_silent(shop: Shop) -> tuple[int, int, int, int]:
    (first, second, last), [silent] = shop.customers(3), shop.customers(1, consent=False)
    return first, second, silent, last


def _settled(shop: Shop, *message_ids: str) -> list[str]:
    shop.final(*message_ids)
    return [*message_ids]


@pytest.fixture
def deaf_shop(tmp_path: Path, database_url: str, clock: ManualClock, told: Told) -> Iterator[Shop]:
    """A shop whose delivery does not hear what identity announces."""

    def deaf(context: Context) -> Service:
        service = build(context, registry=told_registry(told))
        loops = [loop for loop in service.loops if loop.name != "delivery.follow-identity"]
        return replace(service, loops=loops)

    builders: dict[str, Builder] = {"identity": build_identity, "delivery": deaf}
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Shop(suite, clock, told)


def test_a_story_tells_what_an_accepted_message_waits_for(deaf_shop: Shop, tmp_path: Path, database_url: str) -> None:
    shop = deaf_shop
    [customer_id] = shop.customers(1)
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1", reason="a new contract"))
    [waits] = shop.send(shop.message(customer_id, brand="b"))
    summary = shop.explain(waits).summary
    assert "It waits for the gate. No account sends on sms for b. Account sms-1 is paused (a new contract)." in summary
    told = re.search(r"as of position (\d+) of its feed, of which delivery has applied (\d+): the gate waits", summary)
    assert told is not None
    assert int(told[1]) > int(told[2])

    def away() -> IdentityServiceStub:
        raise grpc.RpcError

    file = delivery_file(tmp_path)
    rows = Database.open(database_url if database_url.startswith("postgresql") else file, schema="delivery")
    with closing(rows):
        with rows.read() as connection:
            message = reading.message(connection, waits)
        assert message is not None
        words = Waiting(rows, shop.clock, Contacts(away, VAULT)).words(message)
    assert words[-1] == "Identity does not say where the customer is reached."


def test_who_watches_sees_what_becomes_of_messages(shop: Shop) -> None:
    watched, other = shop.customers(2)
    begins = shop.delivery.ListChanges(pb.ListChangesRequest()).head_position
    chosen = messages_pb2.MessageFilter(
        customer_id=watched, states=[messages_pb2.MESSAGE_STATE_SENT, messages_pb2.MESSAGE_STATE_DROPPED]
    )
    request = pb.WatchMessagesRequest(filter=chosen, after_position=begins)
    shop.told.answer = lambda one: Outcome.permanent("no") if "@" in one.address else Outcome.accepted(one.message_id)
    stream = shop.delivery.WatchMessages(request, timeout=20.0)
    sent, _ = shop.send(shop.message(watched), shop.message(other))
    first = next(stream)
    assert [one.message_id for one in first.changes] == [sent]
    shop.rule("closed", 0, 1)
    dropped, failed = shop.send(shop.message(watched), shop.message(watched, "email", message_class=TRANSACTIONAL))
    second = next(stream)
    assert [(one.message_id, one.drop_reason) for one in second.changes] == [
        (dropped, messages_pb2.DROP_REASON_FREQUENCY)
    ]
    stream.cancel()
    assert shop.state_of(failed) == "failed:permanent"
    later = shop.delivery.WatchMessages(
        pb.WatchMessagesRequest(filter=chosen, after_position=first.next_position), timeout=20.0
    )
    assert [one.message_id for one in next(later).changes] == [dropped], "it goes on where the first one stood"
    later.cancel()

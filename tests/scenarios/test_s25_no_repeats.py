"""S25, no repeats: two platforms send the same thing to one customer: one goes out, and both are told the truth."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from support import feeds
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import TRANSACTIONAL, Shop, state_name
from support.server import serving
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import decisions_pb2, messages_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.channels import Outcome
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

REPEATED = "dropped:repeated"


@pytest.fixture
def told() -> Told:
    """The adapter `told`: it accepts everything, until a test says otherwise."""
    return Told()


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock, told: Told) -> Iterator[Shop]:
    """A company with a CRM, and with journeys beside it."""
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Shop(suite, clock, told)


def by_journeys(shop: Shop, message: messages_pb2.OutgoingMessage) -> str:
    """The message as the other platform sends it."""
    platform = shop.suite.stub_as("journey", "delivery", DeliveryServiceStub)
    [result] = platform.Send(pb.SendRequest(messages=[message])).results
    return result.accepted.message_id


def same(shop: Shop, customer_id: int, channel: str = "sms") -> messages_pb2.OutgoingMessage:
    """A message that says what others say: of one template, with the same variables."""
    variables = {"name": Value(string_value="Li")}
    return shop.message(customer_id, channel, variables=variables, content_key="")


def test_s25_one_goes_out_and_the_other_platform_is_told_whose(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    first = shop.send(same(shop, customer_id))[0]
    assert shop.state_of(first) == "sent"
    second = by_journeys(shop, same(shop, customer_id, "email"))
    assert shop.state_of(second) == REPEATED
    assert shop.told.ids == [first]
    decision = shop.explain(second).decisions[-1]
    assert decision.check == decisions_pb2.GATE_CHECK_FREQUENCY
    assert dict(decision.facts) == {"first_message_id": first, "first_caller": "developer"}
    assert f"the same content was just sent to the customer (message {first} of developer)" in decision.text
    changed = [one.message_changed for one in feeds.changes(shop.delivery, pb.ListChangesRequest())]
    ends = {one.message_id: one.drop_reason for one in changed if one.message_id}
    assert ends == {first: messages_pb2.DROP_REASON_UNSPECIFIED, second: messages_pb2.DROP_REASON_REPEATED}
    asked = pb.CheckEligibilityRequest(messages=[same(shop, customer_id)])
    [answer] = shop.delivery.CheckEligibility(asked).results
    assert answer.decision.reason == messages_pb2.DROP_REASON_REPEATED


def test_s25_who_has_a_key_for_the_content_says_what_is_the_same(shop: Shop) -> None:
    shop.template("other", ["email"])
    [customer_id] = shop.customers(1)
    sale = {"content_key": "sale 11.11"}
    first = shop.send(shop.message(customer_id, **sale))[0]
    assert shop.state_of(first) == "sent"
    assert shop.state_of(by_journeys(shop, shop.message(customer_id, "email", template_id="other", **sale))) == REPEATED
    assert shop.state_of(shop.send(shop.message(customer_id, content_key="sale 12.12"))[0]) == "sent"
    service = shop.message(customer_id, message_class=TRANSACTIONAL, **sale)
    assert shop.state_of(shop.send(service)[0]) == "sent", "of marketing alone"
    shop.clock.advance(timedelta(hours=24))
    assert shop.state_of(shop.send(shop.message(customer_id, **sale))[0]) == "sent", "a day later it is no repeat"


def test_s25_a_journey_may_say_it_again_by_another_channel(shop: Shop) -> None:
    [customer_id] = shop.customers(1)

    def said(channel: str, node_id: str, journey_id: str = "welcome") -> messages_pb2.OutgoingMessage:
        message = same(shop, customer_id, channel)
        message.journey_id, message.enrollment_id, message.node_id = journey_id, "walk-1", node_id
        return message

    assert shop.state_of(by_journeys(shop, said("sms", "first"))) == "sent"
    assert shop.state_of(by_journeys(shop, said("email", "second"))) == "sent"
    assert shop.state_of(by_journeys(shop, said("email", "other", "birthday"))) == REPEATED


def test_s25_the_second_waits_for_the_first_and_goes_in_its_stead(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    shop.told.answer = lambda one: (
        Outcome.retryable("busy", retry_after=timedelta(hours=1))
        if one.address.startswith("+")
        else Outcome.accepted("p")
    )
    first = shop.send(same(shop, customer_id))[0]
    shop.when(lambda one: state_name(one) == "deferred", first)
    second = by_journeys(shop, same(shop, customer_id, "email"))
    shop.when(lambda one: state_name(one) == "deferred", second)
    decision = shop.explain(second).decisions[-1]
    assert decision.facts["first_message_id"] == first
    assert "is on its way to the customer" in decision.text
    shop.delivery.CancelMessages(pb.CancelMessagesRequest(message_ids=[first]))
    assert shop.state_of(second) == "sent"
    assert state_name(shop.get(first)) == "dropped:cancelled"

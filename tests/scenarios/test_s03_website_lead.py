"""S03, a website lead: served in WeChat where it follows the account, else by an SMS with a short code; one slot."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support.delivery.adapter import WECHAT, Answer, Told, told_registry
from support.delivery.shop import Shop, state_name
from support.server import serving
from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import templates_pb2
from tidegate.api.identity.v1 import consents_pb2, customers_pb2
from tidegate.channels import OutboundMessage, Outcome
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

PHONE, OPENID = "+8613800000001", "o-follower"
COMMITTED, RESERVED = pb.LEDGER_STATE_COMMITTED, pb.LEDGER_STATE_RESERVED


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    """A company that answers its leads, and sends nobody more than one marketing message a day."""
    told = Told()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        shop = Shop(suite, clock, told, channels=("sms", "wechat"))
        answer_to_leads(shop)
        shop.rule("daily", 1, 1)
        yield shop


def answer_to_leads(shop: Shop) -> None:
    """A template with a link: in full in WeChat, as a short code in an SMS."""
    contents = [
        templates_pb2.TemplateContent(channel="wechat", parts={"text": "{{ target | track('article') }}"}),
        templates_pb2.TemplateContent(channel="sms", parts={"text": "Read {{ target | track('article') }}"}),
    ]
    target = templates_pb2.TemplateVariable(name="target", type=templates_pb2.VARIABLE_TYPE_URL)
    template = templates_pb2.Template(template_id="answer", contents=contents, variables=[target])
    shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=template))


def lead(shop: Shop, *identifiers: tuple[str, str]) -> int:
    """Somebody who left these identifiers, and agreed to hear from the company."""
    granted = consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="form")
    upsert = customers_pb2.CustomerUpsert(
        identifiers=[Identifier(namespace=namespace, value=value) for namespace, value in identifiers],
        consents=[granted],
        source="website",
    )
    answer = shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert]))
    return answer.results[0].customer_id


def answered(shop: Shop, customer_id: int) -> str:
    """The answer to the lead, on its way."""
    target = {"target": Value(string_value="https://example.com/articles/42")}
    message = shop.message(customer_id, "wechat", "sms", template_id="answer", variables=target)
    return shop.send(message)[0]


def refuses_in_wechat(outcome: Outcome) -> Answer:
    return lambda one: Outcome.accepted(f"p-{one.message_id}") if one.address.startswith("+") else outcome


def seen(shop: Shop, message_id: str) -> list[OutboundMessage]:
    return [one for one in shop.told.sent if one.message_id == message_id]


def slot(shop: Shop, message_id: str) -> tuple[int, str]:
    entry = shop.explain(message_id).ledger_entry
    return entry.state, entry.channel


def test_s03_a_follower_is_served_in_wechat(shop: Shop) -> None:
    customer_id = lead(shop, ("phone", PHONE), (WECHAT, OPENID))
    message_id = answered(shop, customer_id)
    assert shop.state_of(message_id) == "sent"
    assert [one.address for one in seen(shop, message_id)] == [OPENID]
    assert slot(shop, message_id) == (COMMITTED, "wechat")
    assert shop.state_of(answered(shop, customer_id)) != "sent", "one slot is one message a day"


def test_s03_who_does_not_follow_gets_an_sms_with_a_short_code(shop: Shop) -> None:
    customer_id = lead(shop, ("phone", PHONE))
    message_id = answered(shop, customer_id)
    assert shop.state_of(message_id) == "sent"
    [sms] = seen(shop, message_id)
    assert sms.address == PHONE
    assert re.fullmatch(r"Read http://\S+/[A-Za-z0-9]{1,6}", sms.content.text), "a link that fits an SMS"
    passed, granted = shop.explain(message_id).decisions
    assert "no address on this channel" in passed.text
    assert (passed.channel, granted.channel) == ("wechat", "sms")
    assert slot(shop, message_id) == (COMMITTED, "sms")


def test_s03_a_refusal_in_wechat_leads_to_the_sms_by_the_same_reservation(shop: Shop) -> None:
    shop.told.answer = refuses_in_wechat(Outcome.permanent("unfollowed", code="43004"))
    shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-1"))
    customer_id = lead(shop, ("phone", PHONE), (WECHAT, OPENID))
    message_id = answered(shop, customer_id)
    shop.when(lambda one: one.channel == "sms", message_id)
    assert slot(shop, message_id) == (RESERVED, "wechat")
    other = shop.send(shop.message(customer_id, "wechat"))[0]
    assert shop.state_of(other) == "dropped:frequency", "the slot is the lead's, who has been sent nothing yet"
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert shop.state_of(message_id) == "sent"
    assert [one.address for one in seen(shop, message_id)] == [OPENID, PHONE]
    assert slot(shop, message_id) == (COMMITTED, "sms")


def test_s03_what_may_have_arrived_in_wechat_is_not_said_again_by_sms(shop: Shop) -> None:
    shop.told.answer = refuses_in_wechat(Outcome.uncertain("no answer"))
    message_id = answered(shop, lead(shop, ("phone", PHONE), (WECHAT, OPENID)))
    assert state_name(shop.final(message_id)[0]) == "sent", "after its time it is taken for sent"
    assert [one.address for one in seen(shop, message_id)] == [OPENID]
    assert slot(shop, message_id) == (COMMITTED, "wechat")

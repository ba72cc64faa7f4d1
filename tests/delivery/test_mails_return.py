"""Mails that come back, from the relay to the suppression: the real adapter, a sink, and the HTTP edge."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import TRANSACTIONAL, Shop
from support.returned_mails import mail
from support.server import serving
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, policy_service_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels.registry import Adapter, Registry
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder
from tidegate_adapters.email import EmailChannel
from tidegate_simulators.mail import Mail, MailSink


@dataclass
class Letters:
    """A shop that writes e-mails to a sink."""

    shop: Shop
    sink: MailSink
    callback_url: str

    def write(self, customer: int, **changes: object) -> tuple[messages_pb2.Message, Mail | None]:
        before = len(self.sink.mails)
        (message_id,) = self.shop.send(self.shop.message(customer, "email", template_id="letter", **changes))
        self.shop.suite.settle()
        return self.shop.get(message_id), self.sink.mails[before] if len(self.sink.mails) > before else None

    def come_back(self, name: str, *, bounce: str = "", unsubscribe: str = "") -> int:
        body = mail(name, bounce=bounce, unsubscribe=unsubscribe, id="")
        request = urllib.request.Request(self.callback_url, body, {"Content-Type": "message/rfc822"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status = int(answer.status)
        except urllib.error.HTTPError as error:
            status = error.code
        self.shop.suite.settle()
        return status


@pytest.fixture
def letters(tmp_path: Path, clock: ManualClock) -> Iterator[Letters]:
    told = Told()
    registry = Registry([*told_registry(told).adapters, Adapter("email", "tidegate", "0.1", (EmailChannel(),))])
    builders: dict[str, Builder] = {"identity": build_identity, "delivery": partial(build, registry=registry)}
    secrets = {"returns": "a key of our own for tests"}
    with MailSink() as sink, serving(tmp_path, clock=clock, builders=builders, secrets=secrets) as suite:
        shop = Shop(suite, clock, told, channels=("sms",))
        settings = Struct()
        settings.update(
            {
                "host": sink.host, "port": sink.port, "security": "none", "sender": "news@example.com",
                "bounce_address": "bounce@b.example.com", "unsubscribe_address": "unsub@b.example.com",
                "return_key": "returns",
            }
        )  # fmt: skip
        account = channels_pb2.Account(account_id="relay", channel="email", adapter="email", settings=settings)
        made = shop.delivery.CreateAccount(pb.CreateAccountRequest(account=account)).account
        shop.template("letter", ["email"])
        yield Letters(shop, sink, made.callback_url)


def test_a_bounce_suppresses_its_address_and_a_mail_unsubscribes(letters: Letters) -> None:
    ann, ben = letters.shop.customers(2)
    first, sent = letters.write(ann, message_class=TRANSACTIONAL)
    assert sent is not None
    assert letters.come_back("postfix_delayed", bounce=sent.sender) == 200
    assert letters.come_back("postfix_unknown", bounce=sent.sender.replace("bounce+", "bounce+0")) == 422
    assert letters.shop.get(first.message_id).state == messages_pb2.MESSAGE_STATE_SENT
    assert letters.come_back("postfix_unknown", bounce=sent.sender) == 200
    assert letters.shop.get(first.message_id).state == messages_pb2.MESSAGE_STATE_BOUNCED
    second, sent = letters.write(ann, message_class=TRANSACTIONAL)
    assert (second.drop_reason, sent) == (messages_pb2.DROP_REASON_SUPPRESSED, None)

    offer, sent = letters.write(ben)
    assert sent is not None
    address = re.search(rb"<mailto:([^>]*)>", sent.text)
    assert address is not None
    assert letters.come_back("unsubscribe_vacation", unsubscribe=address[1].decode()) == 200
    assert letters.come_back("gmail_full", bounce=sent.sender) == 200
    assert letters.shop.get(offer.message_id).state == messages_pb2.MESSAGE_STATE_BOUNCED
    offer, sent = letters.write(ben)
    assert sent is not None, "a full mailbox suppresses nothing, and a vacation's answer unsubscribes nobody"
    assert letters.come_back("unsubscribe", unsubscribe=address[1].decode()) == 200
    offer, sent = letters.write(ben)
    assert (offer.state, sent) == (messages_pb2.MESSAGE_STATE_DROPPED, None)
    suppressions = letters.shop.policies.ListSuppressions(policy_service_pb2.ListSuppressionsRequest()).suppressions
    assert sorted(one.WhichOneof("target") for one in suppressions) == ["address", "customer_id"]

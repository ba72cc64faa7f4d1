"""A company as delivery's tests need one: accounts, a template, customers, and short ways to send to them."""

import itertools
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.delivery.v1 import channels_pb2, frequency_pb2, messages_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.api.identity.v1 import consents_pb2, customers_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import FileClock, ManualClock

from support.delivery.adapter import Told
from support.server import Suite

MARKETING = messages_pb2.MESSAGE_CLASS_MARKETING
TRANSACTIONAL = messages_pb2.MESSAGE_CLASS_TRANSACTIONAL
OPEN = {
    messages_pb2.MESSAGE_STATE_ACCEPTED,
    messages_pb2.MESSAGE_STATE_DEFERRED,
    messages_pb2.MESSAGE_STATE_CLAIMED,
    messages_pb2.MESSAGE_STATE_CALLING,
    messages_pb2.MESSAGE_STATE_UNCERTAIN,
}

_TIMED = ("delivery.gate-1", "delivery.gate-2", "delivery.timers", "delivery.rescue")
_USUALLY_DONE = 0.15


def stamp(instant: datetime) -> Timestamp:
    """The protobuf form of an instant."""
    made = Timestamp()
    made.FromDatetime(instant)
    return made


@dataclass
class Shop:
    """The company; everything goes through the contracts."""

    suite: Suite
    clock: ManualClock | FileClock
    told: Told
    channels: Sequence[str] = ("sms", "email")
    keyed: Collection[str] = ()
    numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.moves_to(self.suite)
        for channel in self.channels:
            settled = Duration(seconds=3 if channel in self.keyed else 1)
            self.account(channel, settle_after=settled, call_timeout=Duration(seconds=2))
        self.template("hello", self.channels)

    def moves_to(self, suite: Suite) -> None:
        """The services that it calls are others from now on, over the same databases."""
        self.suite = suite
        self.delivery = suite.stub("delivery", DeliveryServiceStub)
        self.policies = suite.stub("delivery", PolicyServiceStub)
        self.identity = suite.stub("identity", IdentityServiceStub)

    def account(self, channel: str, account_id: str = "", **changes: Any) -> channels_pb2.Account:
        """An account on ``channel`` through the adapter `told`; `keyed` where its provider is idempotent."""
        account = channels_pb2.Account(
            account_id=account_id or f"{channel}-1",
            channel=channel,
            adapter="keyed" if channel in self.keyed else "told",
            **changes,
        )
        return self.delivery.CreateAccount(pb.CreateAccountRequest(account=account)).account

    def template(self, template_id: str, channels: Iterable[str]) -> None:
        """A template with a text and a name to fill in."""
        contents = [
            templates_pb2.TemplateContent(channel=channel, parts={"text": "Hello {{ name }}"}) for channel in channels
        ]
        variable = templates_pb2.TemplateVariable(name="name", default_value=Value(string_value="customer"))
        template = templates_pb2.Template(template_id=template_id, contents=contents, variables=[variable])
        self.delivery.CreateTemplate(pb.CreateTemplateRequest(template=template))

    def customers(self, count: int, *, phone: bool = True, email: bool = True, consent: bool = True) -> list[int]:
        """New customers with addresses, who have agreed to marketing on every channel."""
        upserts = [self._upsert(next(self.numbers), phone, email, consent) for _ in range(count)]
        made: list[int] = []
        for start in range(0, count, 1_000):
            request = customers_pb2.UpsertCustomersRequest(customers=upserts[start : start + 1_000])
            made += [one.customer_id for one in self.identity.UpsertCustomers(request).results]
        assert all(made)
        return made

    def _upsert(self, number: int, phone: bool, email: bool, consent: bool) -> customers_pb2.CustomerUpsert:
        identifiers = [Identifier(namespace="member_id", value=f"m{number}")]
        if phone:
            identifiers.append(Identifier(namespace="phone", value=f"+861390000{number:04d}"))
        if email:
            identifiers.append(Identifier(namespace="email", value=f"c{number}@example.com"))
        if "push" in self.channels:
            identifiers.append(Identifier(namespace="device", value=f"device-{number}"))
        granted = consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="test")
        return customers_pb2.CustomerUpsert(
            identifiers=identifiers, consents=[granted] if consent else [], source="test"
        )

    def rule(self, rule_id: str, maximum: int, days: float, *, channels: Sequence[str] = (), **changes: Any) -> None:
        """A rolling rule over all marketing."""
        span = Duration()
        span.FromTimedelta(timedelta(days=days))
        window = frequency_pb2.RuleWindow(rolling=frequency_pb2.RollingWindow(duration=span))
        rule = frequency_pb2.FrequencyRule(rule_id=rule_id, channels=channels, window=window, max=maximum, **changes)
        self.policies.CreateFrequencyRule(policy_pb2.CreateFrequencyRuleRequest(frequency_rule=rule))

    def message(self, customer_id: int, *channels: str, **changes: Any) -> messages_pb2.OutgoingMessage:
        """A marketing message of the template `hello`, with a key and a content of its own."""
        number = next(self.numbers)
        values: dict[str, Any] = {
            "idempotency_key": f"key-{number}",
            "content_key": f"content-{number}",
            "recipient": messages_pb2.Recipient(customer_id=customer_id),
            "channels": channels or ("sms",),
            "template_id": "hello",
            "message_class": MARKETING,
        }
        return messages_pb2.OutgoingMessage(**values | changes)

    def send(self, *messages: messages_pb2.OutgoingMessage) -> list[str]:
        """Sends, and returns the ids; every message has to be accepted."""
        results = self.try_send(*messages)
        assert not [one.error for one in results if one.HasField("error")]
        return [one.accepted.message_id for one in results]

    def try_send(self, *messages: messages_pb2.OutgoingMessage) -> list[messages_pb2.SendResult]:
        """Sends, and returns the results."""
        return list(self.delivery.Send(pb.SendRequest(messages=messages)).results)

    def get(self, message_id: str) -> messages_pb2.Message:
        """The message as it stands."""
        return self.delivery.GetMessage(pb.GetMessageRequest(message_id=message_id)).message

    def explain(self, message_id: str) -> pb.ExplainMessageResponse:
        """Its whole story."""
        return self.delivery.ExplainMessage(pb.ExplainMessageRequest(message_id=message_id))

    def final(self, *message_ids: str, timeout: float = 60.0) -> list[messages_pb2.Message]:
        """The messages once each is settled."""
        return self.when(lambda one: one.state not in OPEN, *message_ids, timeout=timeout)

    def when(
        self,
        condition: Callable[[messages_pb2.Message], bool],
        *message_ids: str,
        timeout: float = 60.0,
    ) -> list[messages_pb2.Message]:
        """The messages once each meets the condition. What goes by the time is looked for more often than it is due."""
        began = time.monotonic()
        found = []
        for message_id in message_ids:
            while not condition(message := self.get(message_id)):
                waited = time.monotonic() - began
                assert waited < timeout, f"after {timeout} s: {message}"
                time.sleep(min(0.01 + waited / 20, 0.1))  # to ask takes time from whoever works
                if waited > _USUALLY_DONE:
                    self.suite.hurry("delivery", _TIMED)
            found.append(message)
        return found

    def state_of(self, message_id: str) -> str:
        """The name of the state, once it is settled."""
        return state_name(self.final(message_id)[0])


def state_name(message: messages_pb2.Message) -> str:
    """`sent`, `dropped:frequency`, `failed:permanent`, …"""
    name = messages_pb2.MessageState.Name(message.state).removeprefix("MESSAGE_STATE_").lower()
    if message.drop_reason:
        reason = messages_pb2.DropReason.Name(message.drop_reason).removeprefix("DROP_REASON_").lower()
        return f"{name}:{reason}"
    if name == "failed":
        return f"{name}:{messages_pb2.Outcome.Name(message.outcome).removeprefix('OUTCOME_').lower()}"
    return name

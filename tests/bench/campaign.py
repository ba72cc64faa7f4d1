"""A campaign for the benchmarks: customers who agreed to e-mail, a template, an account, rules, messages."""

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct
from support.command import start_installed
from support.processes import Deployment
from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as api
from tidegate.api.delivery.v1 import frequency_pb2 as frequency
from tidegate.api.delivery.v1 import messages_pb2 as messages
from tidegate.api.delivery.v1 import policy_service_pb2 as policies
from tidegate.api.delivery.v1.changes_pb2 import MessageChanged
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent, TemplateVariable
from tidegate.api.identity.v1.consents_pb2 import DECISION_GRANTED, Consent
from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert, UpsertCustomersRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

NULL_ADAPTER = Path(__file__).with_name("null_adapter")
OPEN, CLOSED = "open-campaign", "closed-campaign"
BATCH = 1_000
_SENDERS = 2
_LONGEST_WAIT = 120.0
_TEXT = "Hello {{ name }},\n\nthe sale has begun: everything you looked at is 20 % off until Sunday.\n"
_SETTLED = {
    messages.MESSAGE_STATE_SENT,
    messages.MESSAGE_STATE_DROPPED,
    messages.MESSAGE_STATE_FAILED,
    messages.MESSAGE_STATE_UNCERTAIN,
}


@dataclass
class Campaign:
    """Sends a message to each of ``customers``, and waits until delivery has recorded what became of it."""

    replicas: Sequence[DeliveryServiceStub]
    customers: Sequence[int]
    account_id: str
    position: int = 0
    waves: Iterator[int] = field(default_factory=itertools.count)

    @property
    def delivery(self) -> DeliveryServiceStub:
        """The first of the replicas."""
        return self.replicas[0]

    def requests(self, campaign_id: str) -> list[api.SendRequest]:
        """A message to every customer, in batches; no two waves share a key."""
        wave = next(self.waves)
        outgoing = [_message(wave, customer_id, campaign_id) for customer_id in self.customers]
        return [api.SendRequest(messages=outgoing[start : start + BATCH]) for start in range(0, len(outgoing), BATCH)]

    def send(self, requests: Sequence[api.SendRequest]) -> None:
        """Hands everything over, two batches at a time; the replicas take turns."""
        turns = itertools.cycle(self.replicas)
        with ThreadPoolExecutor(_SENDERS) as pool:
            for answer in pool.map(lambda stub, request: stub.Send(request), turns, requests):
                refused = [result.error for result in answer.results if result.HasField("error")]
                if refused:
                    raise RuntimeError(f"delivery refuses messages: {refused[0]}")

    def await_states(self, state: messages.MessageState, count: int) -> None:
        """Follows delivery's feed until ``count`` messages have come to ``state``, and no other end."""
        deadline = time.monotonic() + _LONGEST_WAIT
        while count > 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{count} messages were not settled within {_LONGEST_WAIT} s")
            for settled in self._settled():
                if settled.state != state:
                    raise RuntimeError(f"a message ended otherwise: {settled}")
                count -= 1

    def pause(self) -> None:
        """Messages wait from now on."""
        self.delivery.PauseAccount(api.PauseAccountRequest(account_id=self.account_id, reason="to fill the queue"))

    def resume(self) -> None:
        """Messages go."""
        self.delivery.ResumeAccount(api.ResumeAccountRequest(account_id=self.account_id))

    def _settled(self) -> Iterator[MessageChanged]:
        request = api.ListChangesRequest(after_position=self.position, page_size=10_000, wait=Duration(seconds=1))
        page = self.delivery.ListChanges(request)
        self.position = page.next_position
        changed = (change.message_changed for change in page.changes if change.HasField("message_changed"))
        return (each for each in changed if each.state in _SETTLED)


def prepare(
    deployment: Deployment, customers: int, *, adapter: str, settings: Mapping[str, str | float], replicas: int = 1
) -> Campaign:
    """Makes ``customers`` and all that it takes to write to them by e-mail through ``adapter``.

    ``deployment`` has one process of delivery so far; it is given more until there are ``replicas``.
    """
    more = [deployment.add_replica("delivery", start=start_installed) for _ in range(replicas - 1)]
    delivery = deployment.stub("delivery", DeliveryServiceStub)
    account = Account(account_id="bench", channel="email", adapter=adapter, settings=_struct(settings))
    delivery.CreateAccount(api.CreateAccountRequest(account=account))
    delivery.CreateTemplate(api.CreateTemplateRequest(template=_template()))
    rules = deployment.stub("delivery", PolicyServiceStub)
    for rule in _rules():
        rules.CreateFrequencyRule(policies.CreateFrequencyRuleRequest(frequency_rule=rule))
    made = _customers(deployment.stub("identity", IdentityServiceStub), customers)
    stubs = [delivery, *(deployment.stub_at(address, DeliveryServiceStub) for address in more)]
    campaign = Campaign(stubs, made, account.account_id)
    campaign.position = delivery.ListChanges(api.ListChangesRequest(page_size=1)).head_position
    return campaign


def _customers(identity: IdentityServiceStub, count: int) -> list[int]:
    made: list[int] = []
    for start in range(0, count, BATCH):
        upserts = [_upsert(number) for number in range(start, start + BATCH)]
        answer = identity.UpsertCustomers(UpsertCustomersRequest(customers=upserts))
        made += [result.customer_id for result in answer.results]
    if not all(made):
        raise RuntimeError("identity refused customers")
    return made


def _upsert(number: int) -> CustomerUpsert:
    return CustomerUpsert(
        identifiers=[
            Identifier(namespace="member_id", value=f"m{number}"),
            Identifier(namespace="email", value=f"customer{number}@example.com"),
        ],
        consents=[Consent(purpose="marketing", channel="email", decision=DECISION_GRANTED, source="bench")],
        source="bench",
    )


def _message(wave: int, customer_id: int, campaign_id: str) -> messages.OutgoingMessage:
    return messages.OutgoingMessage(
        idempotency_key=f"{wave}/{customer_id}",
        recipient=messages.Recipient(customer_id=customer_id),
        channels=["email"],
        template_id="sale",
        variables={"name": Value(string_value=f"customer {customer_id}")},
        message_class=messages.MESSAGE_CLASS_MARKETING,
        campaign_id=campaign_id,
        tier="fan",
        content_key=str(wave),
    )


def _template() -> Template:
    return Template(
        template_id="sale",
        contents=[TemplateContent(channel="email", parts={"subject": "Sale, {{ name }}", "text": _TEXT})],
        variables=[TemplateVariable(name="name")],
    )


def _rules() -> Iterator[frequency.FrequencyRule]:
    """Two that everybody is held to and that the benchmarks never reach, and one that closes a campaign."""
    day, week = Duration(seconds=86_400), Duration(seconds=7 * 86_400)
    for rule_id, channels, span in (("day", ["email"], day), ("week", [], week)):
        yield frequency.FrequencyRule(
            rule_id=rule_id,
            channels=channels,
            window=frequency.RuleWindow(rolling=frequency.RollingWindow(duration=span)),
            max=100,
        )
    yield frequency.FrequencyRule(
        rule_id="closed",
        scope=frequency.RuleScope(kind=frequency.SCOPE_KIND_CAMPAIGN, id=CLOSED),
        window=frequency.RuleWindow(rolling=frequency.RollingWindow(duration=day)),
        max=0,
        on_exceed=frequency.EXCEED_POLICY_DROP,
    )


def _struct(settings: Mapping[str, str | float]) -> Struct:
    struct = Struct()
    struct.update(dict(settings))
    return struct

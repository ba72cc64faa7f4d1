"""A company on the platforms' simulators: delivery with the adapters in the box, called back at its HTTP edge."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf import json_format, struct_pb2
from google.protobuf.duration_pb2 import Duration
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, receipts_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import consents_pb2, customers_pb2, events_pb2
from tidegate.channels import Adapter, Registry
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import FileClock, ManualClock
from tidegate.runtime.service import Builder
from tidegate_adapters import wechat, wecom
from tidegate_adapters.aliyun import AliyunSmsChannel
from tidegate_adapters.tencent import TencentSmsChannel
from tidegate_simulators.aliyun import AliyunSimulator
from tidegate_simulators.sms import Kind, SmsCloud, Template
from tidegate_simulators.tencent import TencentSimulator
from tidegate_simulators.wechat import Audience, WeChatSimulator
from tidegate_simulators.wecom import Company, WeComSimulator

from support.delivery.adapter import Told, ToldChannel
from support.delivery.shop import Shop
from support.server import serving

MINI, OFFICIAL, CORP = "wx-mini", "wx-official", "ww1"
TOKEN, KEY = "rain-on-the-roof", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MINI_OPENID, OPENID = f"wechat.openid:{MINI}", f"wechat.openid:{OFFICIAL}"
EXTERNAL = f"wecom.external_userid:{CORP}"
SECRETS = {
    "app": "of-the-app",
    "corp": "of-the-corp",
    "push_token": TOKEN,
    "push_key": KEY,
    "aliyun": "simulated-access-key-secret",
    "tencent": "simulatedSecretKey",
}
WECHAT_CHANNELS = ("wechat.subscription", "wechat.template", "wechat.service")
LEAD_TEXT = "{0}您好，资料见 t.example/{1} 拒收请回复R"


def box(clock: ManualClock | FileClock) -> Registry:
    """The adapters of the platforms, by the test's clock, and `told` for whatever else there is."""
    now = clock.now
    adapters = {
        "told": (ToldChannel(Told()),),
        "wechat": (wechat.SubscriptionChannel(now), wechat.TemplateChannel(now), wechat.ServiceChannel(now)),
        "wecom": (wecom.StaffChannel(now), wecom.CustomerChannel(now), wecom.WelcomeChannel(now)),
        "aliyun": (AliyunSmsChannel(clock=now),),
        "tencent": (TencentSmsChannel(clock=now),),
    }
    return Registry([Adapter(name, "tests", "1", channels) for name, channels in adapters.items()])


@dataclass
class Clouds:
    """The platforms, and the company's accounts there; whoever uses it makes the accounts that it needs."""

    shop: Shop
    wechat: WeChatSimulator
    wecom: WeComSimulator
    aliyun: AliyunSimulator
    tencent: TencentSimulator
    mini: Audience
    official: Audience
    company: Company

    def account(self, account_id: str, channel: str, adapter: str, settings: Mapping[str, Any], **changes: Any) -> str:
        """Makes an account; returns where its provider is to call."""
        account = channels_pb2.Account(
            account_id=account_id,
            channel=channel,
            adapter=adapter,
            settings=json_format.ParseDict(dict(settings), struct_pb2.Struct()),
            **{"settle_after": Duration(seconds=3600), **changes},
        )
        self.shop.delivery.CreateAccount(pb.CreateAccountRequest(account=account))
        made = self.shop.delivery.GetAccount(pb.GetAccountRequest(account_id=account_id)).account
        return made.callback_url

    def wechat_account(self, account_id: str, channel: str, appid: str, **settings: Any) -> str:
        """An account of a WeChat channel, of the mini-program or of the official account."""
        given = {"appid": appid, "app_secret": "app", "base_url": self.wechat.url, "timeout": 1.0} | settings
        return self.account(account_id, channel, channel, given | _PUSH)

    def wecom_account(self, account_id: str, channel: str, **settings: Any) -> str:
        """An account of a WeCom channel."""
        given = {"corpid": CORP, "corp_secret": "corp", "base_url": self.wecom.url, "timeout": 1.0} | settings
        return self.account(account_id, channel, channel, given | _PUSH)

    def sms_account(self, account_id: str, cloud: SmsCloud, **changes: Any) -> str:
        """An account for SMS, which its cloud tells receipts and answers."""
        name = "aliyun" if cloud is self.aliyun else "tencent"
        secret = {"aliyun": "access_key_secret", "tencent": "secret_key"}[name]
        settings = {**cloud.settings, secret: name, "timeout": 1.0}
        url = self.account(account_id, "sms", f"sms.{name}", settings, **changes)
        cloud.call_back(url)
        return url

    def template(self, template_id: str, contents: Mapping[str, Mapping[str, str]], **lengths: int) -> None:
        """A template by channel and part, with its variables and how long each may be."""
        kinds = {"target": templates_pb2.VARIABLE_TYPE_URL}
        variables = [
            templates_pb2.TemplateVariable(
                name=name, max_length=length, type=kinds.get(name, templates_pb2.VARIABLE_TYPE_TEXT)
            )
            for name, length in lengths.items()
        ]
        said = [templates_pb2.TemplateContent(channel=channel, parts=parts) for channel, parts in contents.items()]
        template = templates_pb2.Template(template_id=template_id, contents=said, variables=variables)
        self.shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=template))

    def approved(self, template_id: str, **ids: str) -> None:
        """By which ids the accounts' providers know it."""
        for account_id, provider_id in ids.items():
            approved = templates_pb2.ProviderTemplate(
                account_id=account_id.replace("_", "-"),
                provider_template_id=provider_id,
                state=templates_pb2.PROVIDER_TEMPLATE_STATE_APPROVED,
            )
            request = pb.SetProviderTemplateRequest(template_id=template_id, provider_template=approved)
            self.shop.delivery.SetProviderTemplate(request)

    def lead(self, *identifiers: tuple[str, str]) -> int:
        """Somebody who left these identifiers, and agreed to hear from the company."""
        granted = consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="form")
        upsert = customers_pb2.CustomerUpsert(
            identifiers=[Identifier(namespace=namespace, value=value) for namespace, value in identifiers],
            consents=[granted],
            source="website",
        )
        answer = self.shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=[upsert]))
        return answer.results[0].customer_id

    def left(self, customer_id: int, account_id: str, template_id: str = "") -> int:
        """How many messages they may be sent."""
        request = pb.GetCreditsRequest(customer_ids=[customer_id], account_id=account_id, template_id=template_id)
        (found,) = self.shop.delivery.GetCredits(request).credits
        return found.remaining

    def receipts(self, account_id: str = "") -> list[receipts_pb2.Receipt]:
        """What providers said."""
        return list(self.shop.delivery.ListReceipts(pb.ListReceiptsRequest(account_id=account_id)).receipts)

    def events(self, customer_id: int) -> list[events_pb2.Event]:
        """What identity knows of a customer's doings."""
        request = events_pb2.ListCustomerEventsRequest(customer_id=customer_id, page_size=100)
        return [one.event for one in self.shop.identity.ListCustomerEvents(request).events]

    def customer(self, namespace: str, value: str) -> int:
        """Whose an identifier is."""
        asked = customers_pb2.ResolveIdentifiersRequest(identifiers=[Identifier(namespace=namespace, value=value)])
        return self.shop.identity.ResolveIdentifiers(asked).results[0].customer_id

    def attempts(self, message_id: str) -> list[messages_pb2.Attempt]:
        """The calls for a message."""
        return list(self.shop.explain(message_id).message.attempts)

    def passes(self, **span: float) -> None:
        """Time passes, for all."""
        self.shop.clock.advance(timedelta(**span))


_PUSH = {"callback_token": "push_token", "encoding_aes_key": "push_key"}


@contextmanager
def on_clouds(folder: Path, database_url: str, clock: ManualClock) -> Iterator[Clouds]:
    """The company: identity and delivery served, the platforms simulated, all by one clock."""
    builders: dict[str, Builder] = {"identity": build_identity, "delivery": partial(build, registry=box(clock))}
    with (
        simulated(clock) as company,
        serving(folder, clock=clock, database_url=database_url, builders=builders, secrets=SECRETS) as suite,
    ):
        yield company(Shop(suite, clock, Told(), channels=("email",)))


@contextmanager
def simulated(clock: ManualClock | FileClock) -> Iterator[Callable[[Shop], Clouds]]:
    """The platforms, by the clock; they are a company's, to be given its shop."""

    def seconds() -> float:
        return clock.now().timestamp()

    with ExitStack() as stack:
        tencent_cloud = stack.enter_context(TencentSimulator(clock=clock.now, push_every=0))
        aliyun_cloud = stack.enter_context(AliyunSimulator(clock=clock.now, push_every=0))
        weixin = stack.enter_context(WeChatSimulator(clock=seconds))
        work = stack.enter_context(WeComSimulator(clock=seconds))
        mini = weixin.add_account(MINI, SECRETS["app"])
        official = weixin.add_account(OFFICIAL, SECRETS["app"], mini_program=False)
        company = work.add_corp(CORP)
        company.corp.add_app(SECRETS["corp"], contacts=True)
        aliyun_cloud.account.templates["SMS_LEAD"] = Template(
            code="SMS_LEAD", content=LEAD_TEXT.format("${name}", "${code}"), kind=Kind.MARKETING
        )
        tencent_cloud.account.templates["1007"] = Template(
            code="1007", content=LEAD_TEXT.format("{1}", "{2}"), kind=Kind.MARKETING, max_length=6
        )
        yield lambda shop: Clouds(shop, weixin, work, aliyun_cloud, tencent_cloud, mini, official, company)

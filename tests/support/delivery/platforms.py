"""A platform for tests that allows by itself: messages that need a grant, and replies that need a window."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from google.protobuf import json_format, struct_pb2
from google.protobuf.duration_pb2 import Duration
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, receipts_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import consents_pb2, customers_pb2
from tidegate.channels import (
    Account,
    Adapter,
    Kind,
    Limit,
    Manifest,
    OutboundMessage,
    Outcome,
    Per,
    Period,
    Registry,
    Trigger,
    WindowRule,
)

from support.delivery.adapter import Told, ToldChannel, ToldSettings
from support.delivery.shop import Shop, stamp

OPENID = "wechat.openid:wx1"
_OPENIDS = "wechat.openid:{appid}"
GRANTED, SERVICE, LIMITED, CAPPED = "wechat.subscription", "wechat.service", "limited", "capped"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WINDOWS = (
    WindowRule(trigger=Trigger.MESSAGE, lifetime=48 * HOUR, messages=20, until=date(2023, 6, 12)),
    WindowRule(trigger=Trigger.MESSAGE, lifetime=48 * HOUR, messages=5, since=date(2023, 6, 12)),
    WindowRule(trigger=Trigger.MENU_CLICK, lifetime=MINUTE, messages=3, since=date(2023, 6, 12)),
)
LIMITS = (
    Limit(per=Per.ADDRESS, most=1, within=MINUTE, classes=frozenset({"verification"})),
    Limit(per=Per.ADDRESS, most=2, within=HOUR, classes=frozenset({"verification"})),
    Limit(per=Per.ADDRESS, most=4, within=Period.DAY),
)
_MANIFESTS = (
    Manifest(
        name="granted", kinds=(Kind(GRANTED, _OPENIDS),), title="G", max_batch=10, needs_grant=True, one_at_a_time=True
    ),
    Manifest(name="limited", kinds=(Kind(LIMITED, "phone"),), title="L", limits=LIMITS),
    Manifest(name="capped", kinds=(Kind(CAPPED, "phone"),), title="C", max_batch=10, daily_cap=4),
    Manifest(name="windowed", kinds=(Kind(SERVICE, _OPENIDS),), title="W", max_batch=10, windows=WINDOWS),
)


@dataclass(slots=True)
class Doubling:
    """The messages to an address to which another one was under way."""

    under_way: set[str] = field(default_factory=set)
    doubled: list[str] = field(default_factory=list)


class PlatformChannel(ToldChannel):
    """Does as it is told, and notes what a platform would refuse as concurrent."""

    def __init__(self, told: Told, manifest: Manifest, doubling: Doubling) -> None:
        super().__init__(told, manifest)
        self._doubling = doubling

    async def send(self, account: Account[ToldSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        for one in batch:
            if one.address in self._doubling.under_way:
                self._doubling.doubled.append(one.message_id)
            self._doubling.under_way.add(one.address)
        try:
            return await super().send(account, batch)
        finally:
            self._doubling.under_way.difference_update(one.address for one in batch)


def platform_registry(told: Told, doubling: Doubling) -> Registry:
    """The adapter `told`, and channels of platforms that do as it does."""
    platforms = [PlatformChannel(told, manifest, doubling) for manifest in _MANIFESTS]
    adapters = [Adapter(one.manifest.name, "tests", "1", (one,)) for one in (ToldChannel(told), *platforms)]
    return Registry(adapters)


ACCOUNTS = (
    ("mini", GRANTED, "granted"),
    ("service", SERVICE, "windowed"),
    ("limited-1", LIMITED, "limited"),
    ("capped-1", CAPPED, "capped"),
)


class Followers:
    """Customers of a shop who follow it on the platform; everything goes through the contracts."""

    def __init__(self, shop: Shop, doubling: Doubling) -> None:
        self.shop = shop
        self.doubling = doubling
        self._numbers = itertools.count()
        self._openids: dict[str, str] = {}
        for account_id, channel, adapter in ACCOUNTS:
            self.account(account_id, channel, adapter)
        for template_id in ("coupon", "stock"):
            shop.template(template_id, (GRANTED, SERVICE, LIMITED, CAPPED, "sms"))

    def account(self, account_id: str, channel: str, adapter: str, *, appid: str = "wx1", **changes: object) -> None:
        """An account on a channel of the platform, by one of its apps."""
        account = channels_pb2.Account(
            account_id=account_id,
            channel=channel,
            adapter=adapter,
            settle_after=Duration(seconds=1),
            settings=json_format.ParseDict({"appid": appid}, struct_pb2.Struct()),
            **changes,  # type: ignore[arg-type]
        )
        self.shop.delivery.CreateAccount(pb.CreateAccountRequest(account=account))

    def new(self, count: int, *, phone: bool = False, openids: str = OPENID) -> dict[str, int]:
        """New customers by their openids, who have agreed to marketing."""
        made = [f"o{next(self._numbers)}" for _ in range(count)]
        consents = [consents_pb2.Consent(purpose="marketing", decision=consents_pb2.DECISION_GRANTED, source="test")]
        self._openids |= dict.fromkeys(made, openids)
        upserts = []
        for openid in made:
            named = [Identifier(namespace=openids, value=openid)]
            named += [Identifier(namespace="phone", value=f"+861380000{int(openid[1:]):04d}")] if phone else []
            upserts.append(customers_pb2.CustomerUpsert(identifiers=named, consents=consents, source="test"))
        answer = self.shop.identity.UpsertCustomers(customers_pb2.UpsertCustomersRequest(customers=upserts))
        return dict(zip(made, (one.customer_id for one in answer.results), strict=True))

    def did(
        self, openid: str, *, account_id: str = "mini", at: datetime | None = None, **kind: object
    ) -> receipts_pb2.Interaction:
        """An interaction with an id of its own."""
        values = {"interaction_id": f"i{next(self._numbers)}", **kind}
        return receipts_pb2.Interaction(
            account_id=account_id,
            identifier=Identifier(namespace=self._openids.get(openid, OPENID), value=openid),
            time=stamp(at or self.shop.clock.now()),
            **values,  # type: ignore[arg-type]
        )

    def tap(
        self,
        openid: str,
        template_id: str = "coupon",
        count: int = 1,
        *,
        at: datetime | None = None,
        account_id: str = "mini",
    ) -> receipts_pb2.Interaction:
        """They tapped "allow"."""
        accept = receipts_pb2.SubscriptionAccept(template_id=template_id, credits=count)
        return self.did(openid, at=at, account_id=account_id, subscription_accept=accept)

    def refusal(
        self, openid: str, template_id: str = "coupon", *, at: datetime | None = None
    ) -> receipts_pb2.Interaction:
        """They want no more of it."""
        return self.did(openid, at=at, subscription_refusal=receipts_pb2.SubscriptionRefusal(template_id=template_id))

    def opening(
        self,
        openid: str,
        trigger: Trigger = Trigger.MESSAGE,
        *,
        account_id: str = "service",
        at: datetime | None = None,
    ) -> receipts_pb2.Interaction:
        """They did what opens a window."""
        name = f"WINDOW_TRIGGER_{trigger.upper()}"
        return self.did(openid, account_id=account_id, at=at, window_opening=receipts_pb2.WindowOpening(trigger=name))

    def record(self, *interactions: receipts_pb2.Interaction) -> list[receipts_pb2.RecordedInteraction]:
        """Records them; each has to be kept."""
        results = self.try_record(*interactions)
        assert not [one.error for one in results if one.HasField("error")]
        return [one.recorded for one in results]

    def try_record(self, *interactions: receipts_pb2.Interaction) -> list[receipts_pb2.RecordInteractionResult]:
        """Records them, and returns the results."""
        return list(
            self.shop.delivery.RecordInteractions(pb.RecordInteractionsRequest(interactions=interactions)).results
        )

    def left(self, customer_ids: Iterable[int], template_id: str = "coupon", account_id: str = "mini") -> list[int]:
        """How many messages each may still be sent."""
        return [one.remaining for one in self.credits(customer_ids, template_id, account_id)]

    def credits(
        self, customer_ids: Iterable[int], template_id: str = "coupon", account_id: str = "mini"
    ) -> list[receipts_pb2.Credits]:
        """What each may still be sent."""
        request = pb.GetCreditsRequest(customer_ids=customer_ids, account_id=account_id, template_id=template_id)
        return list(self.shop.delivery.GetCredits(request).credits)

    def coupon(self, customer_id: int, *channels: str, **changes: object) -> messages_pb2.OutgoingMessage:
        """A marketing message that needs a grant."""
        return self.shop.message(customer_id, *(channels or (GRANTED,)), **{"template_id": "coupon", **changes})

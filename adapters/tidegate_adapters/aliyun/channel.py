"""The channel `sms.aliyun`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from tidegate.channels import (
    SMS,
    Account,
    Asked,
    Callback,
    Channel,
    Limit,
    Manifest,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Per,
    Period,
    Receipt,
    Receipts,
    Reply,
    Report,
)

from tidegate_adapters.aliyun.calls import MOST, Call, calls_of
from tidegate_adapters.aliyun.client import Client
from tidegate_adapters.aliyun.codes import OF_ONE_NUMBER, OF_ONE_TEXT
from tidegate_adapters.aliyun.details import Details, day_of, query_for, receipt_of
from tidegate_adapters.aliyun.pushes import reply_to, reports_of
from tidegate_adapters.aliyun.settings import AliyunSettings
from tidegate_adapters.calls import Http, InHalves, offer_groups
from tidegate_adapters.sms.texts import parts_of, unfit

_CODES: Final = frozenset({"verification"})

LIMITS: Final = (
    Limit(per=Per.ADDRESS, most=1, within=timedelta(minutes=1), classes=_CODES),
    Limit(per=Per.ADDRESS, most=5, within=timedelta(hours=1), classes=_CODES),
    Limit(per=Per.ADDRESS, most=10, within=Period.DAY, classes=_CODES),
    Limit(per=Per.ADDRESS, most=40, within=Period.DAY),
)
"""The provider's default limits per number (November 2026)."""

_MANIFEST: Final = Manifest(
    name="sms.aliyun",
    kinds=(SMS,),
    title="SMS through Alibaba Cloud (Dysmsapi)",
    max_batch=MOST,
    receipts=Receipts.PUSH | Receipts.POLL | Receipts.FOLLOW_UP,
    url_in_vars=False,
    limits=LIMITS,
    concurrency=16,
    call_timeout=timedelta(minutes=3),
)

_NOBODY: Final = "13000000000"
"""A number to ask about in order to see whether the account may ask."""


class AliyunSmsChannel(Channel[AliyunSettings]):
    """SMS by templates that are kept at the provider. An `accepted` message is on its way to the carrier."""

    manifest = _MANIFEST
    settings_type = AliyunSettings

    def __init__(self, *, has_limits: bool = True, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`has_limits`: whether the provider's default limits per number hold; `clock` says the real time."""
        if not has_limits:
            self.manifest = replace(_MANIFEST, limits=())
        self._clock = clock
        self._client = Client(clock)
        self._details = Details(self._client)

    async def send(self, account: Account[AliyunSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        marketing, now = account.settings.marketing, self._clock()
        refused = {place: why for place, one in enumerate(batch) if (why := unfit(one, marketing, now))}
        calls = list(calls_of([(place, one) for place, one in enumerate(batch) if place not in refused]))
        async with self._client.kept.use(account) as http:
            offer = partial(self._offer, account.settings, http)
            return await offer_groups(http.places, batch, calls, offer, refused=refused)

    async def _offer(
        self, settings: AliyunSettings, http: Http, messages: Sequence[OutboundMessage]
    ) -> Sequence[Outcome]:
        call = Call(messages)
        action, query, form = call.request(settings.sign_name)
        outcome, _ = await self._client.made(http, settings, action, query, form)
        if len(messages) > 1 and _concerns_one(outcome, call):
            raise InHalves
        if outcome.kind is OutcomeKind.ACCEPTED:
            return [replace(outcome, parts=parts_of(message, settings.sign_name)) for message in messages]
        return [outcome] * len(messages)

    async def query(self, account: Account[AliyunSettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        details = await self._details.of(account, asked)
        return [
            Outcome.accepted(one.provider_id, code=detail.code or detail.status) if detail else None
            for one, detail in zip(asked, details, strict=True)
        ]

    async def follow_up(self, account: Account[AliyunSettings], asked: Sequence[Asked]) -> Sequence[Receipt]:
        details, now = await self._details.of(account, asked), self._clock()
        pairs = zip(asked, details, strict=True)
        receipts = [receipt_of(one, detail, now) for one, detail in pairs if detail]
        return [one for one in receipts if one]

    def answer(self, account: Account[AliyunSettings], callback: Callback) -> Reply:
        return reply_to(callback)

    async def read(self, account: Account[AliyunSettings], callback: Callback) -> Sequence[Report]:
        return list(reports_of(callback, account.settings.refusal_words))

    async def test(self, account: Account[AliyunSettings]) -> Outcome:
        """Ask about a number that nothing was sent to."""
        outcome, _ = await self._client.call(account, "QuerySendDetails", query_for(_NOBODY, day_of(self._clock())))
        if outcome.kind is OutcomeKind.UNCERTAIN:
            return Outcome.retryable(outcome.detail, code=outcome.provider_code)
        return outcome

    async def close(self) -> None:
        await self._client.close()


def _concerns_one(outcome: Outcome, call: Call) -> bool:
    """Whether a call was surely refused, and for one message's sake: by its code, which nothing else can tell."""
    code = outcome.provider_code
    is_refused = outcome.kind.is_definite_refusal and not outcome.is_unknown_code
    return is_refused and (code in OF_ONE_NUMBER or (code in OF_ONE_TEXT and not call.is_alike))

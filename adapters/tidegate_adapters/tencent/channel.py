"""The channel `sms.tencent`."""

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

from tidegate_adapters.calls import Http, InHalves, offer_groups
from tidegate_adapters.sms.marketing import Marketing
from tidegate_adapters.sms.reports import items_of
from tidegate_adapters.sms.texts import unfit
from tidegate_adapters.tencent.calls import MOST, calls_of, concerns_one, parameters_of, results_of, variables_of
from tidegate_adapters.tencent.client import Client
from tidegate_adapters.tencent.pulling import BY_NUMBER, Pulling, by_number
from tidegate_adapters.tencent.settings import TencentSettings
from tidegate_adapters.tencent.telling import receipt_of, reply_to, reports_of, serial_of

LIMITS: Final = (
    Limit(per=Per.ADDRESS, most=1, within=timedelta(seconds=30)),
    Limit(per=Per.ADDRESS, most=5, within=timedelta(hours=1)),
    Limit(per=Per.ADDRESS, most=10, within=Period.DAY),
)
"""The provider's default limits per number (November 2026)."""

_MANIFEST: Final = Manifest(
    name="sms.tencent",
    kinds=(SMS,),
    title="SMS through Tencent Cloud",
    max_batch=MOST,
    receipts=Receipts.PUSH | Receipts.POLL | Receipts.COLLECT | Receipts.FOLLOW_UP,
    max_var_len=6,
    url_in_vars=False,
    numbered_vars=True,
    limits=LIMITS,
    concurrency=16,
    call_timeout=timedelta(minutes=3),
)

_NOBODY: Final = "+8613000000000"
"""A number to ask about in order to see whether the account may ask."""


class TencentSmsChannel(Channel[TencentSettings]):
    """SMS by templates that are kept at the provider. An `accepted` message is on its way to the carrier."""

    settings_type = TencentSettings

    def __init__(
        self,
        *,
        has_limits: bool = True,
        max_var_len: int | None = _MANIFEST.max_var_len,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`has_limits`: whether the provider's default limits per number hold; `clock` says the real time."""
        self.manifest = replace(_MANIFEST, limits=LIMITS if has_limits else (), max_var_len=max_var_len)
        self._clock = clock
        self._client = Client(clock)
        self._pulling = Pulling(self._client)

    async def send(self, account: Account[TencentSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        marketing, now = account.settings.marketing, self._clock()
        refused = {place: why for place, one in enumerate(batch) if (why := _unfit(one, marketing, now))}
        calls = calls_of([(place, one) for place, one in enumerate(batch) if place not in refused])
        async with self._client.kept.use(account) as http:
            offer = partial(self._offer, account.settings, http)
            return await offer_groups(http.places, batch, calls, offer, refused=refused)

    async def _offer(
        self, settings: TencentSettings, http: Http, messages: Sequence[OutboundMessage]
    ) -> Sequence[Outcome]:
        said = await self._client.made(http, settings, "SendSms", parameters_of(messages, settings))
        if not isinstance(said, Outcome):
            return results_of(messages, said, settings.sign_name, self._clock())
        if len(messages) > 1 and concerns_one(said):
            raise InHalves
        return [said] * len(messages)

    async def query(self, account: Account[TencentSettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        items = await self._pulling.of(account, asked, self._clock())
        return [Outcome.accepted(serial_of(item)) if item else None for item in items]

    async def follow_up(self, account: Account[TencentSettings], asked: Sequence[Asked]) -> Sequence[Receipt]:
        now = self._clock()
        items = await self._pulling.of(account, asked, now)
        found = [receipt_of(item, now, one) for item, one in zip(items, asked, strict=True) if item]
        return [receipt for receipt in found if receipt]

    async def collect(self, account: Account[TencentSettings]) -> Sequence[Report]:
        if not account.settings.pulls:
            return []
        items = await self._pulling.held(account)
        return list(reports_of(items, self._clock(), account.settings.refusal_words))

    def answer(self, account: Account[TencentSettings], callback: Callback) -> Reply:
        return reply_to(callback)

    async def read(self, account: Account[TencentSettings], callback: Callback) -> Sequence[Report]:
        return list(reports_of(items_of(callback.body), callback.time, account.settings.refusal_words))

    async def test(self, account: Account[TencentSettings]) -> Outcome:
        """Ask about a number that nothing was sent to."""
        now = self._clock()
        parameters = by_number(account.settings, _NOBODY, now - timedelta(hours=1), now)
        said = await self._client.call(account, BY_NUMBER, parameters)
        if not isinstance(said, Outcome):
            return Outcome.accepted(detail="the provider takes the account's signature")
        if said.kind is OutcomeKind.UNCERTAIN:
            return Outcome.retryable(said.detail, code=said.provider_code)
        return said

    async def close(self) -> None:
        await self._client.close()


def _unfit(message: OutboundMessage, marketing: Marketing, now: datetime) -> Outcome | None:
    """Why a message is not offered now."""
    variables = variables_of(message)
    return unfit(message, marketing, now) or (variables if isinstance(variables, Outcome) else None)

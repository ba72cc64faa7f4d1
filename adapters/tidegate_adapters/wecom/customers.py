"""The channel `wecom`: messages to customers, which staff confirm and send."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final

from tidegate.channels import (
    WECOM,
    Account,
    Asked,
    Content,
    Limit,
    Manifest,
    OutboundMessage,
    Outcome,
    Per,
    Period,
    Receipt,
    ReceiptKind,
    Receipts,
)

from tidegate_adapters.calls import NoAnswer, offer_groups
from tidegate_adapters.calls.batches import CALL_TIMEOUT
from tidegate_adapters.wecom import tasks
from tidegate_adapters.wecom.channel import grouped, refused, text_at, texts_at
from tidegate_adapters.wecom.codes import NO_CONTACT, RESULTS, SENT
from tidegate_adapters.wecom.contacts import ContactChannel
from tidegate_adapters.wecom.contents import problem, said
from tidegate_adapters.wecom.settings import CustomerSettings
from tidegate_adapters.wecom.tasks import Result
from tidegate_adapters.weixin.api import Api
from tidegate_adapters.weixin.channel import Clock, utc_now
from tidegate_adapters.weixin.web import as_json

_PATH: Final = "/cgi-bin/externalcontact/add_msg_template"
_MOST_CUSTOMERS: Final = 10_000

SENDER: Final = "sender"
"""The part that names the member of staff who is to send a message."""


class CustomerChannel(ContactChannel):
    """Messages become tasks of staff, one for all customers who get the same from the same member.

    The limit is that of the longest months: a customer gets as many a month as it has days, or fewer where the
    company's administrator chose so; WeCom tells who has had as many.
    """

    manifest = Manifest(
        name="wecom",
        kinds=(WECOM,),
        title="WeCom messages to customers, which staff confirm",
        max_batch=1000,
        receipts=Receipts.FOLLOW_UP,
        limits=(Limit(per=Per.ADDRESS, most=31, within=Period.MONTH),),
        staff_confirmed=True,
        concurrency=4,
        call_timeout=CALL_TIMEOUT,
    )

    def __init__(self, now: Clock = utc_now, seconds: Callable[[], float] = time.monotonic) -> None:
        """`seconds` counts them."""
        super().__init__(now)
        self._recent = tasks.Recent(seconds)

    async def send(self, account: Account[CustomerSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        settings = account.settings
        problems = [problem(settings, message.content, _FURTHER) for message in batch]
        saying = [
            None if wrong else as_json(_task(settings, message.content))
            for message, wrong in zip(batch, problems, strict=True)
        ]
        groups = grouped(saying, _MOST_CUSTOMERS)
        async with self.kept.use(account) as api:
            offer = partial(self._offer, settings, api)
            return await offer_groups(api.web.places, batch, groups, offer, api.tokens.get, refused=refused(problems))

    async def follow_up(self, account: Account[CustomerSettings], asked: Sequence[Asked]) -> Sequence[Receipt]:
        receipts: list[Receipt] = []
        async with self.kept.use(account) as api:
            for msgid, those in _by_task(asked).items():
                addresses = [one.address for one in those]
                known = await self._recent.results(account.account_id, api, msgid, addresses)
                receipts += self._receipts(known, those)
        return receipts

    async def remind(self, account: Account[CustomerSettings], asked: Sequence[Asked]) -> None:
        async with self.kept.use(account) as api:
            for msgid in _by_task(asked):
                with suppress(NoAnswer):
                    await tasks.remind(api, msgid)

    async def withdraw(self, account: Account[CustomerSettings], asked: Sequence[Asked]) -> Sequence[bool]:
        """Take the tasks back; what a member sent before that has gone out all the same."""
        withdrawn: set[str] = set()
        async with self.kept.use(account) as api:
            for msgid, those in _by_task(asked).items():
                with suppress(NoAnswer, tasks.Untold):
                    withdrawn |= await _withdrawn(api, msgid, those)
        return [one.message_id in withdrawn for one in asked]

    async def _offer(self, settings: CustomerSettings, api: Api, group: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        customers = [message.address for message in group]
        body = {"chat_type": "single", "external_userid": customers, **_task(settings, group[0].content)}
        given = await api.call(_PATH, as_json(body))
        made = self.outcome(given, *customers, provider_id=text_at(given, "msgid"))
        left_out = set() if given.code else set(texts_at(given, "fail_list"))
        words = "no member of staff may write to them"
        refused = NO_CONTACT.outcome(self.now(), code="fail_list", detail=words)
        return [refused if message.address in left_out else made for message in group]

    def _receipts(self, known: Mapping[str, Result], asked: Sequence[Asked]) -> Iterator[Receipt]:
        for one in asked:
            result = known.get(one.address)
            if result and (receipt := self._receipt(result, one)):
                yield receipt

    def _receipt(self, result: Result, asked: Asked) -> Receipt | None:
        """What is told of a message; None while it is open."""
        time = datetime.fromtimestamp(result.seconds, UTC) if result.seconds > 0 else self.now()
        about = partial(
            Receipt, time=time, message_id=asked.message_id, provider_id=asked.provider_id, address=asked.address
        )
        if result.status == SENT:
            return about(kind=ReceiptKind.DELIVERED)
        if result.status in RESULTS:
            outcome = RESULTS[result.status].outcome(time, code=f"status {result.status}", detail="")
            return about(kind=ReceiptKind.BOUNCED, outcome=outcome)
        return None


_FURTHER: Final = frozenset({SENDER})


def _task(settings: CustomerSettings, content: Content) -> dict[str, object]:
    """What a member of staff is to send, and who is."""
    sender = content.variables.get(SENDER) or settings.sender
    task = {**said(settings, content), "allow_select": settings.allow_select}
    return {**task, "sender": sender} if sender else task


def _by_task(asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    """Messages by their task; without those of which no task is known."""
    found: dict[str, list[Asked]] = {}
    for one in asked:
        if one.provider_id:
            found.setdefault(one.provider_id, []).append(one)
    return found


async def _withdrawn(api: Api, msgid: str, asked: Sequence[Asked]) -> set[str]:
    """The messages of a task that surely will not go out any more."""
    if not await tasks.cancel(api, msgid):
        return set()
    known = await tasks.results(api, msgid)
    return {one.message_id for one in asked if one.address not in known or known[one.address].status != SENT}

"""Receipts and answers go all the way from the simulated clouds: posted, answered in their form, read, and pulled."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from support.provider import Provider, Request, Said
from tidegate.channels import (
    Account,
    Answered,
    AnyChannel,
    Asked,
    Callback,
    Content,
    OutboundMessage,
    OutcomeKind,
    Receipt,
    ReceiptKind,
    Reply,
    Secret,
    read_settings,
)
from tidegate_adapters.aliyun import AliyunSmsChannel
from tidegate_adapters.tencent import TencentSmsChannel
from tidegate_simulators.aliyun import AliyunSimulator
from tidegate_simulators.aliyun import Registered as AtAliyun
from tidegate_simulators.tencent import Registered as AtTencent
from tidegate_simulators.tencent import TencentSimulator

CHANNELS = [(AliyunSmsChannel, AliyunSimulator), (TencentSmsChannel, TencentSimulator)]
NAMES = {"sms.aliyun": ("SMS_100000002", "name", "order"), "sms.tencent": ("1000002", "1", "2")}
BAD = {"sms.aliyun": "MOBILE_IN_BLACK", "sms.tencent": "UNDELIV"}


def account_of(channel: AnyChannel, cloud: Any) -> Account[Any]:
    secrets = {name: text for name, text in cloud.settings.items() if name in ("access_key_secret", "secret_key")}
    given = {**cloud.settings, **{name: name for name in secrets}}
    if "pulls" in channel.settings_type.__dataclass_fields__:
        given["pulls"] = True
    return Account("a", "sms", read_settings(channel.settings_type, given, secrets=secrets.__getitem__))


class Edge:
    """What stands at the account's callback address: answers at once, keeps, and reads later."""

    def __init__(self, channel: AnyChannel) -> None:
        self.channel = channel
        self.account: Account[Any] | None = None
        self.kept: dict[str, Callback] = {}
        self._lock = threading.Lock()

    def take(self, request: Request) -> Said:
        callback = Callback(method="POST", headers=request.headers, body=request.body, time=datetime.now(UTC))
        assert self.account
        reply: Reply = self.channel.answer(self.account, callback)
        with self._lock:
            self.kept.setdefault(reply.key, callback)
        return Said(reply.body.encode(), reply.status)

    async def read(self) -> list[Any]:
        assert self.account
        return [one for kept in self.kept.values() for one in await self.channel.read(self.account, kept)]


@contextmanager
def running(make: Any, simulate: Any) -> Iterator[tuple[Edge, Any]]:
    edge = Edge(make())
    with Provider(edge.take) as callbacks:
        registered = (AtAliyun if simulate is AliyunSimulator else AtTencent)(
            results={"+8613900000002": BAD[edge.channel.manifest.name]}
        )
        with simulate(callback_url=callbacks.url, account=registered, push_every=0) as cloud:
            edge.account = account_of(edge.channel, cloud)
            yield edge, cloud


def batch_of(channel: AnyChannel) -> Sequence[OutboundMessage]:
    template, first, second = NAMES[channel.manifest.name]
    return [
        OutboundMessage(
            message_id=f"m-{number}",
            address=f"+861390000{number:04d}",
            content=Content(provider_template=template, variables={first: "客户", second: str(number // 4)}),
        )
        for number in range(1, 6)
    ]


@pytest.mark.parametrize(("make", "simulate"), CHANNELS)
def test_receipts_and_answers_find_their_messages(make: Any, simulate: Any) -> None:
    async def play(edge: Edge, cloud: Any) -> None:
        assert edge.account
        batch = batch_of(edge.channel)
        outcomes = await edge.channel.send(edge.account, batch)
        assert [one.kind for one in outcomes] == [OutcomeKind.ACCEPTED] * 5
        by_id = {(one.provider_id, message.address): message for one, message in zip(outcomes, batch, strict=True)}
        cloud.reply("+8613900000003", "TD")
        assert await asyncio.to_thread(cloud.push) == 6

        told = await edge.read()
        (answered,) = [one for one in told if isinstance(one, Answered)]
        assert (answered.address, answered.is_refusal) == ("+8613900000003", True)
        receipts = [one for one in told if isinstance(one, Receipt)]
        found = {_message(by_id, one): one.kind for one in receipts}
        assert found == {f"m-{number}": _kind(number) for number in range(1, 6)}

        questions = [
            Asked(message_id=one.message_id, address=one.address, sent_time=datetime.now(UTC)) for one in batch
        ]
        assert all(await edge.channel.query(edge.account, questions))
        followed = await edge.channel.follow_up(edge.account, questions)
        assert {one.message_id: one.kind for one in followed} == found
        await edge.channel.close()

    with running(make, simulate) as (edge, cloud):
        asyncio.run(play(edge, cloud))


def _kind(number: int) -> ReceiptKind:
    return ReceiptKind.BOUNCED if number == 2 else ReceiptKind.DELIVERED


def _message(by_id: dict[tuple[str, str], OutboundMessage], receipt: Receipt) -> str:
    """As delivery finds it: by our id, by the provider's with the number, or by the provider's alone."""
    if receipt.message_id:
        return receipt.message_id
    called = [
        message.message_id
        for (provider_id, address), message in by_id.items()
        if provider_id == receipt.provider_id and receipt.address in ("", address)
    ]
    (message_id,) = called
    return message_id


def test_what_is_held_ready_is_pulled() -> None:
    async def play(cloud: TencentSimulator) -> list[Any]:
        channel = TencentSmsChannel()
        account = account_of(channel, cloud)
        await channel.send(account, batch_of(channel))
        cloud.reply("+8613900000001", "收到")
        found: list[Any] = []
        while some := await channel.collect(account):
            found += some
        await channel.close()
        return found

    with TencentSimulator(push_every=0) as cloud:
        told = asyncio.run(play(cloud))
    assert len([one for one in told if isinstance(one, Receipt)]) == 5
    assert [one.is_refusal for one in told if isinstance(one, Answered)] == [False]


@pytest.mark.parametrize(
    ("make", "simulate", "wrong"),
    [
        (AliyunSmsChannel, AliyunSimulator, {"access_key_id": "wrong"}),
        (AliyunSmsChannel, AliyunSimulator, {"access_key_secret": Secret("wrong")}),
        (TencentSmsChannel, TencentSimulator, {"secret_id": "wrong"}),
        (TencentSmsChannel, TencentSimulator, {"secret_key": Secret("wrong")}),
    ],
)
def test_a_wrong_key_is_the_accounts_fault(make: Any, simulate: Any, wrong: dict[str, Any]) -> None:
    async def play(cloud: Any) -> OutcomeKind:
        channel = make()
        right = account_of(channel, cloud)
        account = Account("a", "sms", replace(right.settings, **wrong))
        (outcome,) = await channel.send(account, batch_of(channel)[:1])
        await channel.close()
        return OutcomeKind(outcome.kind)

    with simulate(push_every=0) as cloud:
        assert asyncio.run(play(cloud)) is OutcomeKind.AUTH_ERROR

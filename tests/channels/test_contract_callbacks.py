"""The contract of callbacks passes a right channel and fails each wrong one, at the place that is meant for it."""

import hmac
import json
import logging
import unittest
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from support.imaginary import ImaginaryContract, ImaginarySettings, RightChannel
from tidegate.channels import (
    SMS,
    Account,
    Answered,
    Asked,
    Callback,
    ContactWay,
    Happened,
    Manifest,
    Outcome,
    Receipt,
    ReceiptKind,
    Receipts,
    Reply,
    Report,
)
from tidegate.channels.testing import ContractViolation, Sample

BELIEVED_FOR = timedelta(minutes=5)


class CallingChannel(RightChannel):
    """Its provider calls, signed and dated; holds receipts ready; and can be asked later."""

    manifest = Manifest(
        name="calling",
        kinds=(SMS,),
        title="Calls",
        max_batch=3,
        receipts=Receipts.PUSH | Receipts.COLLECT | Receipts.FOLLOW_UP,
    )
    collected = 0

    def answer(self, account: Account[ImaginarySettings], callback: Callback) -> Reply:
        if callback.method == "GET" and "echo" in callback.query:
            return Reply(body=callback.query["echo"])
        key = account.settings.key.reveal()
        if not hmac.compare_digest(signed(key, callback.body), callback.headers.get("x-signature", "")):
            return Reply(status=401)
        said = json.loads(callback.body)
        if callback.time - datetime.fromisoformat(said["at"]) > BELIEVED_FOR:
            return Reply(status=401)
        return Reply(body="ok", key=said["id"])

    async def read(self, account: Account[ImaginarySettings], callback: Callback) -> Sequence[Report]:
        said = json.loads(callback.body)
        at, number = datetime.fromisoformat(said["at"]), said["number"]
        return [
            Receipt(kind=ReceiptKind.DELIVERED, time=callback.time, provider_id=said["id"], address=number),
            Answered(report_id=f"{said['id']}.1", address=number, text="R", is_refusal=True, time=at),
            Happened(report_id=f"{said['id']}.2", name="came", identifiers=(("phone", number),), time=at),
        ]

    async def collect(self, account: Account[ImaginarySettings]) -> Sequence[Report]:
        self.collected += 1
        taken = self.provider.taken if self.collected == 1 else []
        return [Receipt(kind=ReceiptKind.DELIVERED, time=NOW, message_id=one) for one in taken]

    async def follow_up(self, account: Account[ImaginarySettings], asked: Sequence[Asked]) -> Sequence[Receipt]:
        known = [one for one in asked if one.message_id in self.provider.taken]
        return [Receipt(kind=ReceiptKind.DELIVERED, time=NOW, provider_id=one.provider_id) for one in known]


NOW = datetime.fromisoformat("2026-11-22T12:00:00Z")


def signed(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, "sha256").hexdigest()


class CallingContract(ImaginaryContract):
    channel_type: type[RightChannel] = CallingChannel
    believed_for = BELIEVED_FOR
    numbers: ClassVar = ("+8613900000001", "+8613900000002")

    def samples(self, time: datetime) -> Sequence[Sample]:
        echo = Callback(method="GET", query={"echo": "42"}, time=time)
        said = [self.said(number, time, "open sesame") for number in self.numbers]
        told = [Sample(callback=one, reports=self.reports(one, time), body="ok") for one in said]
        return [Sample(callback=echo, is_kept=False, body="42"), *told]

    def forged(self, time: datetime) -> Sequence[Callback]:
        return [self.said(self.numbers[0], time, "open barley")]

    def said(self, number: str, time: datetime, key: str) -> Callback:
        body = json.dumps({"id": f"c{number[-1]}", "at": time.isoformat(), "number": number}).encode()
        return Callback(method="POST", headers={"x-signature": signed(key, body)}, body=body, time=time)

    def reports(self, callback: Callback, time: datetime) -> Sequence[Report]:
        said = json.loads(callback.body)
        name, number = said["id"], said["number"]
        return [
            Happened(report_id=f"{name}.2", name="came", identifiers=(("phone", number),), time=time),
            Answered(report_id=f"{name}.1", address=number, text="R", is_refusal=True, time=time),
            Receipt(kind=ReceiptKind.DELIVERED, time=time, provider_id=name, address=number),
        ]


class TestCallingChannel(CallingContract):
    """The whole suite, as an author runs it."""


class HasOneKeyForAll(CallingChannel):
    def answer(self, account: Account[ImaginarySettings], callback: Callback) -> Reply:
        reply = super().answer(account, callback)
        return Reply(body=reply.body, key="callback") if reply.key else reply


class HasAKeyForEachArrival(CallingChannel):
    def answer(self, account: Account[ImaginarySettings], callback: Callback) -> Reply:
        reply = super().answer(account, callback)
        return Reply(body=reply.body, key=str(callback.time)) if reply.key else reply


class NamesReportsByArrival(CallingChannel):
    async def read(self, account: Account[ImaginarySettings], callback: Callback) -> Sequence[Report]:
        return [Answered(report_id=str(callback.time), address="+8613900000001", time=callback.time)]


class KeepsEchoes(CallingChannel):
    def answer(self, account: Account[ImaginarySettings], callback: Callback) -> Reply:
        reply = super().answer(account, callback)
        return Reply(body=reply.body, key="echo") if callback.query else reply


class BelievesEverybody(CallingChannel):
    def answer(self, account: Account[ImaginarySettings], callback: Callback) -> Reply:
        if not callback.body.startswith(b'{"id"'):
            return super().answer(account, callback)
        return Reply(body="ok", key=json.loads(callback.body)["id"])


class RaisesAtRubbish(CallingChannel):
    def answer(self, account: Account[ImaginarySettings], callback: Callback) -> Reply:
        if callback.method == "POST":
            json.loads(callback.body)["id"]
        return super().answer(account, callback)


class KeepsRubbish(CallingChannel):
    def answer(self, account: Account[ImaginarySettings], callback: Callback) -> Reply:
        reply = super().answer(account, callback)
        return reply if reply.status == 200 else Reply(key="rubbish")


class SaysHalf(CallingChannel):
    async def read(self, account: Account[ImaginarySettings], callback: Callback) -> Sequence[Report]:
        return (await super().read(account, callback))[:1]


class LogsWhatTheyWrote(CallingChannel):
    async def read(self, account: Account[ImaginarySettings], callback: Callback) -> Sequence[Report]:
        logging.getLogger("calling").info("got %s", callback.body)
        return await super().read(account, callback)


class NeverEnds(CallingChannel):
    async def collect(self, account: Account[ImaginarySettings]) -> Sequence[Report]:
        self.collected = 0
        return await super().collect(account)


class TellsOfOthers(CallingChannel):
    async def follow_up(self, account: Account[ImaginarySettings], asked: Sequence[Asked]) -> Sequence[Receipt]:
        return [Receipt(kind=ReceiptKind.DELIVERED, time=NOW, message_id=one.message_id) for one in asked]


WRONG: list[tuple[type[CallingChannel], str]] = [
    (HasOneKeyForAll, "test_callbacks_are_answered_and_read"),
    (KeepsEchoes, "test_callbacks_are_answered_and_read"),
    (SaysHalf, "test_callbacks_are_answered_and_read"),
    (HasAKeyForEachArrival, "test_a_repeated_callback_is_known_again"),
    (NamesReportsByArrival, "test_a_repeated_callback_is_known_again"),
    (BelievesEverybody, "test_forged_callbacks_are_refused"),
    (BelievesEverybody, "test_old_callbacks_are_refused"),
    (RaisesAtRubbish, "test_rubbish_is_refused"),
    (KeepsRubbish, "test_rubbish_is_refused"),
    (LogsWhatTheyWrote, "test_nothing_of_callbacks_is_logged"),
    (NeverEnds, "test_what_is_held_ready_is_collected"),
    (TellsOfOthers, "test_what_was_taken_can_be_followed_up"),
]


@pytest.mark.parametrize(("wrong", "test"), WRONG)
def test_a_wrong_channel_fails(wrong: type[CallingChannel], test: str) -> None:
    contract = CallingContract()
    contract.channel_type = wrong
    contract.setup_method()
    with pytest.raises(ContractViolation):
        getattr(contract, test)()


def test_who_takes_callbacks_has_to_show_some_and_who_does_not_skips() -> None:
    class Showing(ImaginaryContract):
        channel_type = CallingChannel

    for contract, expected in ((Showing(), ContractViolation), (ImaginaryContract(), unittest.SkipTest)):
        contract.setup_method()
        with pytest.raises(expected):
            contract.test_callbacks_are_answered_and_read()


def test_a_channel_has_no_contact_ways_unless_it_says_so() -> None:
    contract = ImaginaryContract()
    contract.setup_method()
    wanted = ContactWay(source_code="poster-1", staff_ids=("zhangsan",))
    refused = contract._run(lambda channel: channel.make_contact_way(contract._account(), wanted))
    assert isinstance(refused, Outcome)
    assert "name an account of a channel that has" in refused.detail

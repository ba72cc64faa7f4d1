"""The contract suite passes a right channel and fails each wrong one, at the place that is meant for it."""

import asyncio
import logging
import socket
import time
import unittest
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from support.imaginary import ImaginaryContract, ImaginarySettings, RightChannel
from tidegate.channels import (
    SMS,
    Account,
    Asked,
    Manifest,
    OutboundMessage,
    Outcome,
    Secret,
    secret,
    setting,
)
from tidegate.channels.testing import ChannelContract, ContractViolation, Fault


class TestRightChannel(ImaginaryContract):
    """The whole suite, as an author runs it."""


def contract_of(channel_type: type[RightChannel]) -> ImaginaryContract:
    contract = ImaginaryContract()
    contract.channel_type = channel_type
    contract.setup_method()
    return contract


# Channels that are wrong in one way each.


class AnswersTooFew(RightChannel):
    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        return (await super().send(account, batch))[:1]


class AnswersOutOfOrder(RightChannel):
    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        return list(reversed(await super().send(account, batch)))


class AnswersWithWords(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        super().offer(account, message)
        return "ok"  # type: ignore[return-value]


class Raises(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        if self.provider.fault is Fault.UNREACHABLE:
            raise ConnectionRefusedError
        return super().offer(account, message)


class RetriesBlindly(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        outcome = super().offer(account, message)
        return super().offer(account, message) if outcome.detail == "no answer" else outcome


class TakesUncertainForFailed(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        outcome = super().offer(account, message)
        return Outcome.retryable("time-out") if outcome.detail == "no answer" else outcome


class TakesUncertainForSent(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        outcome = super().offer(account, message)
        return Outcome.accepted() if outcome.detail == "no answer" else outcome


class TakesAllRefusalsForPermanent(RightChannel):
    def refusal(self, account: Account[ImaginarySettings]) -> Outcome | None:
        refused = super().refusal(account)
        return Outcome.permanent("refused", code="?") if refused and refused.provider_code else refused


class ForgetsTheCode(RightChannel):
    def refusal(self, account: Account[ImaginarySettings]) -> Outcome | None:
        refused = super().refusal(account)
        return Outcome.permanent("refused") if refused and refused.provider_code == "99" else refused


class FailsTheWholeBatch(RightChannel):
    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        outcomes = await super().send(account, batch)
        bad = [outcome for outcome in outcomes if outcome.kind.is_definite_refusal]
        return bad[:1] * len(batch) if bad else outcomes


class SendsTwice(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        super().offer(account, message)
        return super().offer(account, message)


class BlocksTheLoop(RightChannel):
    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        time.sleep(0.3)  # noqa: ASYNC251 - the fault that the suite has to find
        return await super().send(account, batch)


class SwallowsCancellation(RightChannel):
    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        try:
            return await super().send(account, batch)
        except asyncio.CancelledError:
            return [Outcome.uncertain("cancelled")] * len(batch)


class BreaksUnderOverlap(RightChannel):
    busy = False

    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        if self.busy:
            return [Outcome.retryable("busy")] * len(batch)
        self.busy = True
        await asyncio.sleep(0.01)
        self.busy = False
        return await super().send(account, batch)


class BelongsToItsFirstLoop(RightChannel):
    loop: asyncio.AbstractEventLoop | None = None

    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        self.loop = self.loop or asyncio.get_running_loop()
        if self.loop is not asyncio.get_running_loop():
            return [Outcome.retryable("bound to another loop")] * len(batch)
        return await super().send(account, batch)


class LeavesTasks(RightChannel):
    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        self.task = asyncio.create_task(asyncio.sleep(3600))
        return await super().send(account, batch)


class LeavesConnections(RightChannel):
    async def send(self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        here, there = socket.socketpair()
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=here)
        self.provider.connections.append((transport, there))
        return await super().send(account, batch)


class LogsAddresses(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        logging.getLogger("imaginary").debug("sending to %s", message.address)
        return super().offer(account, message)


class LogsSecrets(RightChannel):
    def refusal(self, account: Account[ImaginarySettings]) -> Outcome | None:
        logging.getLogger("imaginary").debug("key is %s", account.settings.key.reveal())
        return super().refusal(account)


class TellsAddresses(RightChannel):
    def offer(self, account: Account[ImaginarySettings], message: OutboundMessage) -> Outcome:
        return Outcome.invalid_recipient(f"{message.address} is unknown", code="1")


@dataclass(frozen=True, slots=True)
class OpenSettings:
    region: str = setting("Where the provider is")
    key: str = setting("Key of the account")


class ShowsSecrets(RightChannel):
    settings_type = OpenSettings  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, eq=False)
class IncomparableSettings:
    region: str = setting("Where the provider is")
    key: Secret = secret("Key of the account")


class HasIncomparableSettings(RightChannel):
    settings_type = IncomparableSettings  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class UndescribedSettings(ImaginarySettings):
    further: str = ""


class HasUndescribedSettings(RightChannel):
    settings_type = UndescribedSettings


class HasNoTitle(RightChannel):
    manifest = Manifest(name="imaginary", kinds=(SMS,))


class FindsEveryAccountGood(RightChannel):
    async def test(self, account: Account[ImaginarySettings]) -> Outcome:
        return Outcome.accepted()


class FindsOutBySending(RightChannel):
    async def test(self, account: Account[ImaginarySettings]) -> Outcome:
        message = OutboundMessage(message_id="test", address="+8613900000000", content=None)  # type: ignore[arg-type]
        return self.offer(account, message)


class FindsEveryAccountBad(RightChannel):
    async def test(self, account: Account[ImaginarySettings]) -> Outcome:
        return Outcome.auth_error("no")


class AnswersForTheFirstAlone(RightChannel):
    async def query(self, account: Account[ImaginarySettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        return (await super().query(account, asked))[:1]


class HasTakenWhateverIsAsked(RightChannel):
    async def query(self, account: Account[ImaginarySettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        return [Outcome.accepted()] * len(asked)


class ForgetsWhatItTook(RightChannel):
    async def query(self, account: Account[ImaginarySettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        return [Outcome.permanent("unknown")] * len(asked)


class SendsWhatItIsAskedAbout(RightChannel):
    async def query(self, account: Account[ImaginarySettings], asked: Sequence[Asked]) -> Sequence[Outcome | None]:
        self.provider.taken += [one.message_id for one in asked]
        return [None] * len(asked)


WRONG: list[tuple[type[RightChannel], str]] = [
    (AnswersTooFew, "test_every_message_is_sent_once"),
    (AnswersOutOfOrder, "test_one_bad_recipient_harms_no_other"),
    (AnswersWithWords, "test_every_message_is_sent_once"),
    (Raises, "test_unreachable"),
    (RetriesBlindly, "test_closed_after_taking"),
    (RetriesBlindly, "test_silent_after_taking"),
    (TakesUncertainForFailed, "test_closed_after_taking"),
    (TakesUncertainForSent, "test_silent_after_taking"),
    (TakesAllRefusalsForPermanent, "test_throttling"),
    (TakesAllRefusalsForPermanent, "test_bad_credentials"),
    (TakesAllRefusalsForPermanent, "test_refused_content"),
    (ForgetsTheCode, "test_unknown_refusal"),
    (FailsTheWholeBatch, "test_one_bad_recipient_harms_no_other"),
    (SendsTwice, "test_every_message_is_sent_once"),
    (BlocksTheLoop, "test_loop_is_not_blocked"),
    (SwallowsCancellation, "test_cancelled_call_leaves_the_channel_usable"),
    (BreaksUnderOverlap, "test_calls_may_overlap"),
    (BelongsToItsFirstLoop, "test_a_new_loop_is_no_obstacle"),
    (LeavesTasks, "test_close_leaves_nothing_behind"),
    (LeavesConnections, "test_close_leaves_nothing_behind"),
    (LogsAddresses, "test_nothing_private_is_told"),
    (LogsSecrets, "test_nothing_private_is_told"),
    (TellsAddresses, "test_nothing_private_is_told"),
    (ShowsSecrets, "test_secrets_are_hidden"),
    (HasIncomparableSettings, "test_settings_are_described"),
    (HasUndescribedSettings, "test_settings_are_described"),
    (HasNoTitle, "test_manifest_is_a_manifest"),
    (FindsEveryAccountGood, "test_account_can_be_tested"),
    (FindsOutBySending, "test_account_can_be_tested"),
    (FindsEveryAccountBad, "test_account_can_be_tested"),
    (AnswersForTheFirstAlone, "test_what_became_of_a_message_can_be_asked"),
    (HasTakenWhateverIsAsked, "test_what_became_of_a_message_can_be_asked"),
    (ForgetsWhatItTook, "test_what_became_of_a_message_can_be_asked"),
    (SendsWhatItIsAskedAbout, "test_what_became_of_a_message_can_be_asked"),
]


@pytest.mark.parametrize(("wrong", "test"), WRONG)
def test_a_wrong_channel_fails(wrong: type[RightChannel], test: str) -> None:
    contract = contract_of(wrong)
    with pytest.raises(ContractViolation):
        getattr(contract, test)()
    for transport, there in contract.provider.connections:
        close(transport)
        there.close()


def close(transport: asyncio.Transport) -> None:
    """Close what a wrong channel left open in a loop that is no more."""
    sock = transport._sock  # type: ignore[attr-defined]
    transport._sock = None  # type: ignore[attr-defined]
    sock.close()


def test_a_fault_that_is_neither_provoked_nor_impossible_fails() -> None:
    with pytest.raises(NotImplementedError, match="provoke throttling, or name it in `impossible`"):
        ChannelContract().test_throttling()


def test_an_impossible_fault_is_skipped_by_name() -> None:
    class Simple(ImaginaryContract):
        impossible = frozenset({Fault.THROTTLING})

    with pytest.raises(unittest.SkipTest, match="throttling"):
        Simple().test_throttling()


def test_an_idempotent_channel_may_ask_for_another_try_after_an_uncertain_one() -> None:
    class Idempotent(TakesUncertainForFailed):
        manifest = Manifest(name="imaginary", kinds=(SMS,), title="Imaginary", idempotent=True)

    contract_of(Idempotent).test_closed_after_taking()


def test_a_call_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hangs(RightChannel):
        async def send(
            self, account: Account[ImaginarySettings], batch: Sequence[OutboundMessage]
        ) -> Sequence[Outcome]:
            await asyncio.sleep(3600)
            return []

    monkeypatch.setattr("tidegate.channels.testing.contract.CALL_LIMIT", 0.05)
    with pytest.raises(ContractViolation, match="must give up by itself"):
        contract_of(Hangs).test_every_message_is_sent_once()

"""The tests that every channel passes."""

from __future__ import annotations

import asyncio
import unittest
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from tidegate.channels.channel import AnyChannel
from tidegate.channels.manifest import Manifest, Receipts
from tidegate.channels.message import Account, Asked, Content, OutboundMessage
from tidegate.channels.outcome import Outcome, OutcomeKind
from tidegate.channels.settings import SettingsError, SettingType, describe_settings, read_settings
from tidegate.channels.testing.callbacks import CallbackContract
from tidegate.channels.testing.faults import ALLOWED, Fault
from tidegate.channels.testing.violation import ContractViolation
from tidegate.channels.testing.violation import check as _check
from tidegate.channels.testing.watch import captured_logs, longest_pause, open_transports, soon

T = TypeVar("T")

_K = OutcomeKind

CALL_LIMIT: Final = 10.0
"""Seconds within which a call gives up by itself here; let `settings` ask for short time-outs."""

LOOP_LIMIT: Final = 0.15
"""Longest time in seconds for which a call may keep the event loop to itself."""

_LOOP_ATTEMPTS: Final = 4

_BATCH_LIMIT: Final = 200


class ChannelContract(CallbackContract):
    """The tests. An author implements the five methods below and, if need be, names what is impossible.

    A channel that takes callbacks also gives samples of them: see CallbackContract.

    Attributes:
        impossible: Faults that this provider cannot have; every other one must be provoked.
        secrets: Texts of the secrets that `settings` names.
        simulator_loggers: Loggers of the simulator, which may log what a channel must not.
    """

    impossible: frozenset[Fault] = frozenset()
    secrets: Mapping[str, str] = {}
    simulator_loggers: tuple[str, ...] = ()

    # What the author implements.

    def make_channel(self) -> AnyChannel:
        """A new channel, as the hook makes it."""
        raise NotImplementedError

    def settings(self) -> Mapping[str, object]:
        """Settings of an account that can send, as they are stored; secrets by name."""
        raise NotImplementedError

    def address(self, number: int) -> str:
        """A good address, a different one for each number."""
        raise NotImplementedError

    def received(self) -> Sequence[str]:
        """The ids of all messages that the provider took, as often as it took them."""
        raise NotImplementedError

    def provoke(self, fault: Fault) -> AbstractContextManager[None]:
        """Make a fault happen to everything sent inside the `with` block."""
        raise NotImplementedError(f"provoke {fault}, or name it in `impossible`")

    def content(self, number: int) -> Content:
        """What message `number` says; override it for what the channel needs."""
        return Content(template="contract.v1", subject="Contract", text=f"Message {number}.\n")

    def kind(self) -> str:
        """The kind of the account; override it for another than the first."""
        kinds = self.make_channel().manifest.kinds
        return kinds[0].name if kinds else "email"

    # The tests.

    def test_manifest_is_a_manifest(self) -> None:
        """The manifest is there, says what it is, and does not change."""
        channel = self.make_channel()
        _check(isinstance(channel.manifest, Manifest), "manifest must be a tidegate.channels.Manifest")
        _check(bool(channel.manifest.title), "manifest.title must say in one line what the channel is")
        _check(channel.manifest == self.make_channel().manifest, "manifest must be the same every time")

    def test_settings_are_described(self) -> None:
        """Each setting says what it is for, and settings can be compared."""
        for field in describe_settings(self.make_channel().settings_type):
            _check(bool(field.description), f"setting {field.name} needs a description")
        _check(self._account() == self._account(), "equal settings must be ==; use a frozen dataclass")

    def test_wrong_settings_are_named(self) -> None:
        """A missing, unknown or mistyped setting is refused by its name."""
        good = self.settings()
        self._expect_problem({**good, "no_such_setting": 1}, "no_such_setting")
        for field in describe_settings(self.make_channel().settings_type):
            if field.required:
                missing = {name: value for name, value in good.items() if name != field.name}
                self._expect_problem(missing, field.name)
            self._expect_problem({**good, field.name: object()}, field.name)

    def test_secrets_are_hidden(self) -> None:
        """No secret is seen in the account's repr(), and every secret is declared with secret()."""
        account, fields = self._account(), describe_settings(self.make_channel().settings_type)
        declared = {field.name for field in fields if field.type is SettingType.SECRET}
        for name, value in self.settings().items():
            if isinstance(value, str) and value in self.secrets:
                _check(name in declared, f"setting {name} holds a secret; declare it with secret()")
        for text in self.secrets.values():
            _check(text not in repr(account), "a secret is seen in repr(account)")

    def test_every_message_is_sent_once(self) -> None:
        """Each message of a full batch is accepted and reaches the provider exactly once."""
        size = min(self.make_channel().manifest.max_batch, _BATCH_LIMIT)
        outcomes = self._send(size)
        for number, outcome in enumerate(outcomes):
            _check(outcome.kind is _K.ACCEPTED, f"message {number} of a good batch became {outcome}")
        self._expect_received({_message_id(number): 1 for number in range(size)})

    def test_calls_may_overlap(self) -> None:
        """As many calls as the manifest allows at one time do not disturb each other."""
        calls = self.make_channel().manifest.concurrency

        async def overlap(channel: AnyChannel) -> list[Sequence[Outcome]]:
            batches = [[self._message(number)] for number in range(calls)]
            return await asyncio.gather(*(self._call(channel, batch) for batch in batches))

        for (outcome,) in self._run(overlap):
            _check(outcome.kind is _K.ACCEPTED, f"one of {calls} calls at one time became {outcome}")
        self._expect_received({_message_id(number): 1 for number in range(calls)})

    def test_unreachable(self) -> None:
        """Nothing listens: surely not taken, and worth another try."""
        self._expect_fault(Fault.UNREACHABLE, received=0)

    def test_closed_before_taking(self) -> None:
        """The connection ends early: never an exception, and nothing sent behind our back."""
        self._expect_fault(Fault.CLOSED_BEFORE_TAKING, received=0)

    def test_closed_after_taking(self) -> None:
        """Taken, but no answer came: uncertain, and not sent a second time."""
        self._expect_fault(Fault.CLOSED_AFTER_TAKING, received=1)

    def test_silent_after_taking(self) -> None:
        """Taken, and no answer in time: uncertain, and not sent a second time."""
        self._expect_fault(Fault.SILENT_AFTER_TAKING, received=1)

    def test_throttling(self) -> None:
        """A limit of the provider's is told apart from other refusals."""
        self._expect_fault(Fault.THROTTLING, received=0)

    def test_bad_credentials(self) -> None:
        """A refused account is told apart from a refused message."""
        self._expect_fault(Fault.BAD_CREDENTIALS, received=0)

    def test_refused_content(self) -> None:
        """A refused text is told apart from a refused recipient."""
        self._expect_fault(Fault.REFUSED_CONTENT, received=0)

    def test_unknown_refusal(self) -> None:
        """A code that nobody knows is permanent, and is passed on for people to look at."""
        outcome = self._expect_fault(Fault.UNKNOWN_REFUSAL, received=0)
        _check(bool(outcome.provider_code), "an unknown refusal must carry the provider's code")

    def test_one_bad_recipient_harms_no_other(self) -> None:
        """The others of the batch go out, in their order, once."""
        size = min(self.make_channel().manifest.max_batch, 5)
        with self._provoked(Fault.UNKNOWN_RECIPIENT):
            bad, *others = self._send(size, first=1)
        _check(bad.kind in ALLOWED[Fault.UNKNOWN_RECIPIENT], f"the unknown recipient became {bad}")
        for outcome in others:
            _check(outcome.kind is _K.ACCEPTED, f"a message beside a bad one became {outcome}")
        self._expect_received({_message_id(number): 1 for number in range(2, size + 1)})

    def test_loop_is_not_blocked(self) -> None:
        """While the provider is slow, the adapter's loop goes on turning.

        A busy machine stops it for once, an adapter that blocks it does so in every attempt.
        """

        async def send_watched(channel: AnyChannel) -> float:
            watch = asyncio.create_task(longest_pause())
            await asyncio.sleep(0)
            await self._call(channel, [self._message(0)])
            watch.cancel()
            return await watch

        pauses: list[float] = []
        while len(pauses) < _LOOP_ATTEMPTS and min(pauses, default=LOOP_LIMIT) >= LOOP_LIMIT:
            with self._maybe(Fault.SLOW):
                pauses.append(self._run(send_watched))
        pause = min(pauses)
        _check(pause < LOOP_LIMIT, f"send blocked the event loop for {pause:.2f} s; use asyncio.to_thread")

    def test_a_new_loop_is_no_obstacle(self) -> None:
        """After a loop was given up, the same channel works in another."""
        channel, abandoned = self.make_channel(), asyncio.new_event_loop()
        try:
            abandoned.run_until_complete(self._call(channel, [self._message(0)]))
            (outcome,) = asyncio.run(self._call_and_close(channel, [self._message(2)]))
        finally:
            abandoned.run_until_complete(asyncio.sleep(0.05))
            abandoned.close()
        _check(outcome.kind is _K.ACCEPTED, f"in a second event loop a message became {outcome}")
        self._expect_received({_message_id(0): 1, _message_id(2): 1})

    def test_cancelled_call_leaves_the_channel_usable(self) -> None:
        """A call that is cancelled ends soon, and the next one works."""

        async def cancel(channel: AnyChannel) -> Sequence[Outcome]:
            with self.provoke(Fault.SLOW):
                call = asyncio.create_task(self._call(channel, [self._message(0)]))
                await asyncio.sleep(0.05)
                call.cancel()
                done, _ = await asyncio.wait([call], timeout=1.0)
            _check(bool(done), "a cancelled call must end within a second")
            _check(call.cancelled(), "send must let asyncio.CancelledError pass")
            return await self._call(channel, [self._message(2)])

        self._need(Fault.SLOW)
        (outcome,) = self._run(cancel)
        _check(outcome.kind is _K.ACCEPTED, f"after a cancelled call the next message became {outcome}")

    def test_close_leaves_nothing_behind(self) -> None:
        """After close() no task runs and no connection is open; a second close() does no harm."""

        async def close(channel: AnyChannel) -> None:
            before = open_transports()
            await self._call(channel, [self._message(0)])
            await channel.close()
            await channel.close()
            tasks_ended = await soon(lambda: asyncio.all_tasks() == {asyncio.current_task()})
            _check(tasks_ended, "close() leaves tasks running")
            closed = await soon(lambda: not open_transports() - before)
            _check(closed, "close() leaves connections open")

        self._run(close)

    def test_nothing_private_is_told(self) -> None:
        """Neither addresses nor secrets are in logs or in the details of outcomes."""
        private = [self.address(0), self.address(1), *filter(None, self.secrets.values())]
        with captured_logs(self.simulator_loggers) as logs, self._maybe(Fault.UNKNOWN_RECIPIENT):
            outcomes = self._send(min(self.make_channel().manifest.max_batch, 2))
        for text in private:
            _check(not any(text in line for line in logs), "an address or a secret was logged")
            _check(
                not any(text in outcome.detail for outcome in outcomes),
                "an outcome shows an address",
            )

    def test_what_became_of_a_message_can_be_asked(self) -> None:
        """query() answers for each message, tells what was taken from what was not, and sends nothing."""
        if Receipts.POLL not in self.make_channel().manifest.receipts:
            raise unittest.SkipTest("this provider cannot be asked")

        async def ask(channel: AnyChannel) -> Sequence[Outcome | None]:
            (sent,) = await self._call(channel, [self._message(0)])
            asked = [self._asked(0, sent.provider_id), self._asked(1, "")]
            return await channel.query(self._account(), asked)

        answers = self._run(ask)
        _check(len(answers) == 2, f"query() must answer for each of 2 messages, not {len(answers)} times")
        taken, unknown = answers
        _check(taken is None or taken.kind is _K.ACCEPTED, f"what was taken is said to be {taken}")
        _check(unknown is None or unknown.kind.is_definite_refusal, f"what was never sent is said to be {unknown}")
        self._expect_received({_message_id(0): 1})

    def test_account_can_be_tested(self) -> None:
        """test() accepts an account that can send, sends nothing, and refuses one that cannot."""
        outcome = self._run(lambda channel: channel.test(self._account()))
        _check(outcome.kind is _K.ACCEPTED, f"test() of a good account became {outcome}")
        self._expect_received({})
        for fault in {Fault.UNREACHABLE, Fault.BAD_CREDENTIALS} - self.impossible:
            with self.provoke(fault):
                outcome = self._run(lambda channel: channel.test(self._account()))
            _check(outcome.kind in ALLOWED[fault], f"test() under {fault} became {outcome}")

    # How the tests are run.

    def _account(self) -> Account[Any]:
        settings_type = self.make_channel().settings_type
        settings = read_settings(settings_type, self.settings(), secrets=self.secrets.__getitem__)
        return Account("contract", self.kind(), settings)

    def _message(self, number: int) -> OutboundMessage:
        name = _message_id(number)
        return OutboundMessage(
            message_id=name, address=self.address(number), content=self.content(number), idempotency_key=name
        )

    async def _call(self, channel: AnyChannel, batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        try:
            async with asyncio.timeout(CALL_LIMIT):
                outcomes = await channel.send(self._account(), batch)
        except TimeoutError:
            raise ContractViolation(f"send must give up by itself within {CALL_LIMIT} s here") from None
        except Exception as error:
            raise ContractViolation(f"send must answer with outcomes, not raise {error!r}") from error
        _check(len(outcomes) == len(batch), f"{len(batch)} messages got {len(outcomes)} outcomes")
        _check(all(isinstance(outcome, Outcome) for outcome in outcomes), f"not all are outcomes: {outcomes}")
        return outcomes

    async def _call_and_close(self, channel: AnyChannel, batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        try:
            return await self._call(channel, batch)
        finally:
            await channel.close()

    def _asked(self, number: int, provider_id: str) -> Asked:
        message_id, now = _message_id(number), datetime.now(UTC)
        return Asked(
            message_id=message_id,
            address=self.address(number),
            provider_id=provider_id,
            idempotency_key=message_id,
            sent_time=now,
        )

    def _run(self, scene: Callable[[AnyChannel], Coroutine[Any, Any, T]]) -> T:
        async def play() -> T:
            channel = self.make_channel()
            try:
                return await scene(channel)
            finally:
                await channel.close()

        return asyncio.run(play())

    def _send(self, size: int, *, first: int = 0) -> Sequence[Outcome]:
        batch = [self._message(number) for number in range(first, first + size)]
        return self._run(lambda channel: self._call(channel, batch))

    def _need(self, fault: Fault) -> None:
        if fault in self.impossible:
            raise unittest.SkipTest(f"this provider cannot be {fault}")

    def _provoked(self, fault: Fault) -> AbstractContextManager[None]:
        self._need(fault)
        return self.provoke(fault)

    def _maybe(self, fault: Fault) -> AbstractContextManager[None]:
        return nullcontext() if fault in self.impossible else self.provoke(fault)

    def _expect_fault(self, fault: Fault, *, received: int) -> Outcome:
        with self._provoked(fault):
            (outcome,) = self._send(1)
        allowed = ALLOWED[fault]
        if self.make_channel().manifest.idempotent and _K.UNCERTAIN in allowed:
            allowed |= {_K.RETRYABLE}
        _check(outcome.kind in allowed, f"{fault}: must be {' or '.join(sorted(allowed))}, not {outcome}")
        self._expect_received({_message_id(0): received} if received else {})
        return outcome

    def _expect_received(self, expected: Mapping[str, int]) -> None:
        received = Counter(self.received())
        _check(received == Counter(expected), f"the provider took {dict(received)}, not {dict(expected)}")

    def _expect_problem(self, values: Mapping[str, object], field: str) -> None:
        settings_type = self.make_channel().settings_type
        try:
            read_settings(settings_type, values, secrets=self.secrets.__getitem__)
        except SettingsError as error:
            named = [problem.field for problem in error.problems]
            _check(field in named, f"settings without a good {field} must be refused by that name, not {named}")
        else:
            raise ContractViolation(f"settings without a good {field} must be refused")


def _message_id(number: int) -> str:
    return f"contract-{number}"

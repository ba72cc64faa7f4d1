"""The tests of what providers tell by themselves: callbacks, what is collected, and what is followed up."""

from __future__ import annotations

import unittest
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from tidegate.channels.callback import Callback, Reply
from tidegate.channels.channel import AnyChannel, Channel
from tidegate.channels.manifest import Receipts
from tidegate.channels.message import Account, Asked, OutboundMessage
from tidegate.channels.outcome import Outcome
from tidegate.channels.receipt import Receipt
from tidegate.channels.report import Answered, Granted, Happened, Report, WindowOpened
from tidegate.channels.testing.violation import ContractViolation, check
from tidegate.channels.testing.watch import captured_logs

T = TypeVar("T")

LONGEST_KEY: Final = 200
_LONGEST_EVENT_ID: Final = 128
_MOST_IDENTIFIERS: Final = 20
_MOST_PROPERTIES: Final = 64
_THREADS: Final = 4
_RUBBISH: Final = (
    b"",
    b"\xff\xfe\x00",
    b"{}",
    b"[]",
    b"<xml></xml>",
    b'[{"',
    b"a=%",
    b'<?xml version="1.0" encoding="zzz"?><xml></xml>',
    b'<?xml version="1.0" encoding="gb2312"?><xml></xml>',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A callback as the provider makes it, and what it says.

    Attributes:
        callback: The callback, genuine at its `time`.
        reports: All that it says, in any order.
        is_kept: Whether delivery has to keep it; False for what is only answered, such as the echo of a new address.
        body: What the reply's body must be; None where that is not held here.
    """

    callback: Callback
    reports: Sequence[Report] = ()
    is_kept: bool = True
    body: str | None = None


class CallbackContract(ABC):
    """The tests, part of ChannelContract. The author gives samples; without any these tests are skipped.

    Attributes:
        believed_for: How old a callback may be and still be believed; None where the provider dates nothing, so that
            only its key tells a repetition.
        simulator_loggers: Loggers of the simulator, which may log what a channel must not.
    """

    believed_for: timedelta | None = None
    simulator_loggers: tuple[str, ...] = ()
    secrets: Mapping[str, str] = {}

    # What the author implements.

    def samples(self, time: datetime) -> Sequence[Sample]:
        """Callbacks that the provider makes at an instant, at least one of each kind that the channel reads."""
        return ()

    def forged(self, time: datetime) -> Sequence[Callback]:
        """The same by somebody else: signed with another key, or changed afterwards.

        Empty where the provider signs nothing: then the secret part of the address is all that tells it.
        """
        return ()

    # The tests.

    def test_callbacks_are_answered_and_read(self) -> None:
        """Each is answered in the provider's form, under a key of its own, and says what the sample says."""
        keys = set[str]()
        for sample in self._samples():
            reply = self._answer(sample.callback)
            check(200 <= reply.status < 300, f"a good callback was answered with {reply.status}")
            check(bool(reply.key) is sample.is_kept, f"the key of the reply is {reply.key!r}")
            check(sample.body is None or reply.body == sample.body, f"the reply says {reply.body!r}")
            check(len(reply.key) <= LONGEST_KEY, f"a key may have {LONGEST_KEY} characters, not {len(reply.key)}")
            check(not reply.key or reply.key not in keys, "two callbacks have one key")
            keys.add(reply.key)
            if sample.is_kept:
                self._expect_reports(self._read(sample.callback), sample.reports)

    def test_a_repeated_callback_is_known_again(self) -> None:
        """The same callback later gets the same reply under the same key, and says the same: nothing counts twice.

        It is answered by several threads at one time.
        """
        for sample in self._samples():
            later = replace(sample.callback, time=sample.callback.time + timedelta(seconds=5))
            channel = self.make_channel()
            with ThreadPoolExecutor(_THREADS) as pool:
                answer = partial(self._answer, channel=channel)
                replies = list(pool.map(answer, [sample.callback, later] * _THREADS))
            keys = {reply.key for reply in replies}
            check(len(keys) == 1, f"one callback got {len(keys)} keys")
            check(len({reply.status for reply in replies}) == 1, "a repetition is answered otherwise than the first")
            if sample.is_kept:
                first, again = self._read(sample.callback), self._read(later)
                check(sorted(map(_known_by, first)) == sorted(map(_known_by, again)), "a repetition has other ids")

    def test_forged_callbacks_are_refused(self) -> None:
        """Who does not have the key is answered with a status of 400 or more, and nothing is kept."""
        self._samples()
        forged = self.forged(_now())
        if not forged:
            raise unittest.SkipTest("this provider signs nothing")
        for callback in forged:
            self._expect_refused(callback, "a forged callback")

    def test_old_callbacks_are_refused(self) -> None:
        """What was recorded once and is sent again much later is not believed."""
        samples = self._samples()
        if self.believed_for is None:
            raise unittest.SkipTest("this provider dates nothing")
        for sample in samples:
            if sample.is_kept:
                late = sample.callback.time + self.believed_for + timedelta(minutes=1)
                self._expect_refused(replace(sample.callback, time=late), "an old callback")

    def test_rubbish_is_refused(self) -> None:
        """Whatever comes, it is answered: nothing is raised, and what can't be read is not kept."""
        for sample in self._samples():
            for body in _RUBBISH:
                if body != sample.callback.body:
                    reply = self._answer(replace(sample.callback, body=body, query={}, headers={}))
                    check(not reply.key, f"a callback that says {body!r} is kept")

    def test_nothing_of_callbacks_is_logged(self) -> None:
        """Neither who is meant nor what they wrote is in the logs."""
        samples = self._samples()
        private = {text for sample in samples for one in sample.reports for text in _private(one) if len(text) > 1}
        with captured_logs(self.simulator_loggers) as logs:
            for sample in samples:
                self._answer(sample.callback)
                if sample.is_kept:
                    self._read(sample.callback)
        for text in private | set(filter(None, self.secrets.values())):
            check(not any(text in line for line in logs), "an address, an answer or a secret was logged")

    def test_what_is_held_ready_is_collected(self) -> None:
        """collect() comes to an end, and what it returns can be kept."""
        if Receipts.COLLECT not in self.make_channel().manifest.receipts:
            raise unittest.SkipTest("this provider holds nothing ready")

        async def collect(channel: AnyChannel) -> list[Report]:
            await self._call(channel, [self._message(0)])
            found: list[Report] = []
            for _ in range(100):
                some = await channel.collect(self._account())
                found += some
                if not some:
                    return found
            raise ContractViolation("collect() returns something again and again")

        for report in self._run(collect):
            _check_report(report)

    def test_what_was_taken_can_be_followed_up(self) -> None:
        """follow_up() tells of messages that were asked about and taken, and of no others."""
        if Receipts.FOLLOW_UP not in self.make_channel().manifest.receipts:
            raise unittest.SkipTest("this provider is not asked later")

        async def follow_up(channel: AnyChannel) -> Sequence[Receipt]:
            (sent,) = await self._call(channel, [self._message(0)])
            asked = [self._asked(0, sent.provider_id), self._asked(1, "no-such-message")]
            self._taken = asked[0]
            return await channel.follow_up(self._account(), asked)

        for receipt in self._run(follow_up):
            _check_report(receipt)
            ours = receipt.message_id == self._taken.message_id or (
                bool(receipt.provider_id) and receipt.provider_id == self._taken.provider_id
            )
            check(ours, f"follow_up() tells of {receipt.message_id or receipt.provider_id}, which was never taken")

    # How the tests are run.

    def _samples(self) -> Sequence[Sample]:
        samples = self.samples(_now())
        if samples:
            return samples
        if type(self.make_channel()).answer is not Channel.answer:
            raise ContractViolation("the channel answers callbacks; give some in samples()")
        raise unittest.SkipTest("this channel takes no callbacks")

    def _answer(self, callback: Callback, channel: AnyChannel | None = None) -> Reply:
        try:
            reply = (channel or self.make_channel()).answer(self._account(), callback)
        except Exception as error:
            raise ContractViolation(f"answer must reply, not raise {error!r}") from error
        check(isinstance(reply, Reply), f"answer must return a Reply, not {reply!r}")
        return reply

    def _read(self, callback: Callback) -> Sequence[Report]:
        reports = self._run(lambda channel: channel.read(self._account(), callback))
        for report in reports:
            _check_report(report)
        return reports

    def _expect_refused(self, callback: Callback, what: str) -> None:
        reply = self._answer(callback)
        check(reply.status >= 400 and not reply.key, f"{what} got status {reply.status} and the key {reply.key!r}")

    def _expect_reports(self, found: Sequence[Report], expected: Sequence[Report]) -> None:
        left = list(found)
        for report in expected:
            check(report in left, f"a callback does not say {_name(report)}, or says it otherwise: {found}")
            left.remove(report)
        check(not left, f"a callback says more than its sample: {left}")

    # What ChannelContract has.

    @abstractmethod
    def make_channel(self) -> AnyChannel: ...

    @abstractmethod
    def _account(self) -> Account[Any]: ...

    @abstractmethod
    def _message(self, number: int) -> OutboundMessage: ...

    @abstractmethod
    def _asked(self, number: int, provider_id: str) -> Asked: ...

    @abstractmethod
    def _run(self, scene: Callable[[AnyChannel], Coroutine[Any, Any, T]]) -> T: ...

    @abstractmethod
    async def _call(self, channel: AnyChannel, batch: Sequence[OutboundMessage]) -> Sequence[Outcome]: ...


def _check_report(report: Report) -> None:
    check(report.time.tzinfo is not None, f"{_name(report)}: its time must be aware")
    if isinstance(report, Receipt):
        return
    longest = _LONGEST_EVENT_ID if isinstance(report, Happened) else LONGEST_KEY
    check(1 <= len(report.report_id) <= longest, f"a report's id must have 1 to {longest} characters")
    if isinstance(report, Happened):
        check(1 <= len(report.identifiers) <= _MOST_IDENTIFIERS, f"{report.name}: 1 to {_MOST_IDENTIFIERS} identifiers")
        check(len(report.properties) <= _MOST_PROPERTIES, f"{report.name}: at most {_MOST_PROPERTIES} properties")
    else:
        check(bool(report.address), f"{_name(report)}: whose is it?")


def _known_by(report: Report) -> str:
    """What the same report is known by; a receipt that says no time has that of its arrival."""
    if isinstance(report, Receipt):
        return f"receipt {report.kind} {report.message_id} {report.provider_id} {report.address}"
    return _name(report)


def _name(report: Report) -> str:
    """For people: without addresses."""
    if isinstance(report, Receipt):
        return f"receipt {report.kind} {report.message_id} {report.provider_id} {report.time}"
    return f"{type(report).__name__} {report.report_id}"


def _private(report: Report) -> Sequence[str]:
    match report:
        case Answered():
            return report.address, report.text
        case WindowOpened() | Granted() | Receipt():
            return (report.address,)
        case Happened():
            return [value for _, value in report.identifiers]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)

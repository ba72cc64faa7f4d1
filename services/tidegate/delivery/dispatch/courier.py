"""Takes granted messages to their provider: begins calls, makes them in the adapter's loop, hands on the results.

`calling` is committed before the adapter sees a message. Whatever happens from then on that is no answer (an
exception, a time-out, the process's end, fewer outcomes than messages) makes it uncertain.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import structlog

from tidegate.channels import Content, OutboundMessage, Outcome
from tidegate.delivery.dispatch.lines import Line, Waiting
from tidegate.delivery.dispatch.recorder import Recorder
from tidegate.delivery.dispatch.sound import NO_OUTCOME, sound
from tidegate.delivery.dispatch.writer import Writer
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import CallResult, Facts
from tidegate.delivery.outcomes import Answered
from tidegate.delivery.store import calling
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Meter

LOG = structlog.get_logger(__name__)


class Letter(NamedTuple):
    """A message that is being called for."""

    waiting: Waiting
    message: OutboundMessage
    started: int

    @property
    def facts(self) -> Facts:
        return self.waiting.granted.message


@dataclass(slots=True)
class Tools:
    """What couriers of all lines share.

    ``lease`` is how long the result of a call may take to be recorded once the call has ended, in µs.
    """

    database: Database
    clock: Clock
    recorder: Recorder
    writer: Writer
    calls: Meter
    lease: int
    adapter_failed: Callable[[str, str], None]


class Courier:
    """Serves one line, in the adapter's loop."""

    def __init__(self, line: Line, tools: Tools) -> None:
        self.line = line
        self._tools = tools
        self._open_calls = asyncio.Semaphore(line.max_in_flight)
        self._arrived = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.in_flight: dict[str, Letter] = {}

    def arrived(self) -> None:
        """There are messages in the line. Called in the loop."""
        self._arrived.set()

    async def run(self) -> None:
        """Works until stop(), then waits for the open calls."""
        while not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            while not self._stopping and (group := self.line.queue.take()):
                await self._begin_and_call(group)
        if self._tasks:
            await asyncio.wait(self._tasks)

    def stop(self) -> None:
        """Begins no further calls. Called in the loop."""
        self._stopping = True
        self._arrived.set()

    async def _begin_and_call(self, group: Sequence[Waiting]) -> None:
        try:
            letters, refused = await asyncio.to_thread(self._begin, group)
        except Exception:
            LOG.exception("calls.not_begun", account_id=self.line.account.account_id, messages=len(group))
            self._let_go(len(group))  # their lease ends, and they go back to the queue
            await asyncio.sleep(1.0)
            return
        self._let_go(len(group) - len(letters) - len(refused))
        self._hand_on(refused)
        for batch in self._batches(letters):
            await self._open_calls.acquire()
            task = asyncio.create_task(self._call(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _begin(self, group: Sequence[Waiting]) -> tuple[list[Letter], list[Answered]]:
        """Renders, then commits that the calls are begun; what can't be rendered counts as refused content."""
        written = self._tools.writer.write(self.line, group)
        now = micros(self._tools.clock.now())
        begun = self._tools.database.run(lambda connection: self._commit(connection, group, now))
        letters, refused = [], []
        for waiting in group:
            message_id = waiting.granted.message.message_id
            if message_id not in begun:
                continue
            one = written[message_id]
            if isinstance(one, OutboundMessage):
                letters.append(Letter(waiting, one, now))
            else:
                refused.append(self._answer(waiting, one, now))
        return letters, refused

    def _commit(self, connection: object, group: Sequence[Waiting], now: int) -> set[str]:
        lease = int(self.line.call_timeout * SECOND) + self._tools.lease
        by_token: dict[str, list[str]] = {}
        for waiting in group:
            by_token.setdefault(waiting.granted.lease_token, []).append(waiting.granted.message.message_id)
        begun: set[str] = set()
        for token, message_ids in by_token.items():
            begun |= calling.begin(connection, message_ids, token=token, now=now, lease=lease)  # type: ignore[arg-type]
        return begun

    def _batches(self, letters: Sequence[Letter]) -> Iterator[list[Letter]]:
        """Up to the adapter's batch, of one template each; of one content where it takes no other."""
        size, same = self.line.max_batch, not self.line.channel.manifest.per_recipient_vars
        if size == 1:
            yield from ([letter] for letter in letters)
            return
        ordered = sorted(letters, key=lambda letter: letter.message.content.template)
        for _, several in groupby(ordered, key=lambda letter: _kind(letter.message.content, same=same)):
            alike = list(several)
            yield from (alike[start : start + size] for start in range(0, len(alike), size))

    async def _call(self, batch: Sequence[Letter]) -> None:
        self.in_flight.update((letter.facts.message_id, letter) for letter in batch)
        try:
            outcomes = await self._send(batch)
        except asyncio.CancelledError:
            outcomes = [Outcome.uncertain("the process ended during the call")] * len(batch)
        finally:
            self._open_calls.release()
        ended = micros(self._tools.clock.now())
        mine = [letter for letter in batch if self.in_flight.pop(letter.facts.message_id, None) is not None]
        by_id = {letter.facts.message_id: outcome for letter, outcome in zip(batch, outcomes, strict=True)}
        self._hand_on(
            [self._answer(letter.waiting, by_id[letter.facts.message_id], letter.started, ended) for letter in mine]
        )

    async def _send(self, batch: Sequence[Letter]) -> list[Outcome]:
        messages = [letter.message for letter in batch]
        adapter = self.line.account.adapter
        try:
            async with asyncio.timeout(self.line.call_timeout):
                outcomes = list(await self.line.channel.send(self.line.bound, messages))
        except TimeoutError:
            LOG.warning("call.timed_out", adapter=adapter, messages=len(batch))
            return [Outcome.uncertain(f"no answer within {self.line.call_timeout:g} s")] * len(batch)
        except Exception as error:
            LOG.exception("adapter.raised", adapter=adapter, messages=len(batch))
            self._tools.adapter_failed(adapter, type(error).__name__)
            return [Outcome.uncertain(f"the adapter raised {type(error).__name__}")] * len(batch)
        return self._completed(outcomes, len(batch))

    def _completed(self, given: Sequence[object], count: int) -> list[Outcome]:
        """One sound outcome per message, whatever the adapter gave."""
        right = [sound(one) for one in given[:count]]
        if len(given) != count or NO_OUTCOME in right:
            adapter = self.line.account.adapter
            LOG.error("adapter.outcomes_missing", adapter=adapter, messages=count, outcomes=len(given))
            self._tools.adapter_failed(adapter, "OutcomesMissing")
        return right + [NO_OUTCOME] * (count - len(right))

    def _answer(self, waiting: Waiting, outcome: Outcome, started: int, ended: int | None = None) -> Answered:
        granted = waiting.granted
        wait = outcome.retry_after
        result = CallResult(
            message_id=granted.message.message_id,
            lease_token=granted.lease_token,
            account_id=self.line.account.account_id,
            channel=granted.message.channel,
            started=started,
            ended=started if ended is None else ended,
            kind=outcome.kind,
            scope=outcome.scope,
            provider_id=outcome.provider_id,
            provider_code=outcome.provider_code,
            detail=outcome.detail,
            retry_after=None if wait is None else int(wait.total_seconds() * SECOND),
        )
        return Answered(granted.message, result, granted.address, self.line.settle_after)

    def _hand_on(self, answered: Sequence[Answered]) -> None:
        if answered:
            self.line.queue.done(len(answered))
            self._tools.recorder.put(answered)

    def _let_go(self, count: int) -> None:
        """Messages that this process no longer has."""
        if count:
            self.line.queue.done(count)
            self._tools.calls.release(count)

    def give_up(self) -> list[Answered]:
        """The open calls, as uncertain: the loop that makes them is blocked. Called from another thread."""
        left = [self.in_flight.pop(key) for key in list(self.in_flight)]
        now = micros(self._tools.clock.now())
        blocked = Outcome.uncertain("the adapter blocked its loop")
        return [self._answer(letter.waiting, blocked, letter.started, now) for letter in left]


def _kind(content: Content, *, same: bool) -> object:
    if not same:
        return content.template
    parts: Mapping[str, str] = content.variables
    return content.template, content.subject, content.text, content.html, tuple(sorted(parts.items()))

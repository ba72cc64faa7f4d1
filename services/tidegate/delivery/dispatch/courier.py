"""Takes granted messages to their provider: begins calls, makes them in the adapter's loop, hands on the results.

    waiting ─▶ written: rendered, in batches ─▶ a free place for a call ─▶ begun, in one transaction ─▶ called

`calling` is committed before the adapter sees a message, and only once there is a place for its call. Whatever
happens from then on that is no answer (an exception, a time-out, the process's end, fewer outcomes than
messages) makes it uncertain. What the adapter has surely not seen at the end goes back to the queue.
"""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from tidegate.channels import Content, OutboundMessage, Outcome
from tidegate.delivery.allowances import caps
from tidegate.delivery.breaker import OPENS_AFTER
from tidegate.delivery.costs import charge_of
from tidegate.delivery.dispatch.health import Ending, Health
from tidegate.delivery.dispatch.held import Held, Letter
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.dispatch.queue import Waiting
from tidegate.delivery.dispatch.recorder import Recorder
from tidegate.delivery.dispatch.sound import NO_OUTCOME, sound
from tidegate.delivery.dispatch.uncalled import put_back, put_back_in
from tidegate.delivery.dispatch.writer import Writer
from tidegate.delivery.instants import SECOND
from tidegate.delivery.reminders import deadline_group
from tidegate.delivery.steps import Answered, result_of
from tidegate.delivery.store import calling
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Meter

LOG = structlog.get_logger(__name__)
_OPENING_SECONDS = 1.5
_BLOCKED = Outcome.uncertain("the adapter blocked its loop, or gave no answer until the end")


class Draft(NamedTuple):
    """A message that is written and waits for a place."""

    waiting: Waiting
    message: OutboundMessage


@dataclass(slots=True)
class Tools:
    """What couriers of all lines share.

    ``zone`` is the company's. ``lease`` is how long the result of a call may take to be recorded once the call has
    ended, in µs.
    """

    database: Database
    clock: Clock
    recorder: Recorder
    writer: Writer
    calls: Meter
    lease: int
    health: Health
    zone: tzinfo
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


class Courier:
    """Serves one line, in the adapter's loop."""

    def __init__(self, line: Line, tools: Tools) -> None:
        self.line = line
        self._tools = tools
        self._places = asyncio.Semaphore(line.max_in_flight)
        self._arrived = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._written: deque[list[Draft]] = deque()
        self._held = Held()
        self._stopping = False

    @property
    def open_calls(self) -> int:
        """How many calls are under way. Right to the call only in the loop, or when that is blocked."""
        return len(self._tasks)

    def arrived(self) -> None:
        """There are messages in the line. Called in the loop."""
        self._arrived.set()

    async def run(self) -> None:
        """Works until stop(), then puts back what is written and waits for the open calls."""
        while not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            while not self._stopping and (self._written or await self._write_next()):
                await self._call_next()
        await self._or_let_go(self._put_back_written, None, 0)
        if self._tasks:
            await asyncio.wait(self._tasks)

    def stop(self) -> None:
        """Begins no further calls. Called in the loop."""
        self._stopping = True
        self._arrived.set()

    async def _write_next(self) -> bool:
        group = self.line.queue.take()
        if group:
            await self._or_let_go(self._write, group, len(group))
        return bool(group)

    async def _write_urgent(self) -> None:
        """What is urgent is called for before what is written already."""
        group = [] if self._stopping else self.line.queue.take_urgent()
        if group:
            await self._or_let_go(partial(self._write, first=True), group, len(group))

    async def _call_next(self) -> None:
        """Begins a batch for each place that is free, at least one, and makes the calls."""
        if self.line.pulse.failed >= OPENS_AFTER:  # what has failed is being recorded, and opens the breaker
            await asyncio.sleep(_OPENING_SECONDS)
        await self._places.acquire()
        await self._write_urgent()
        if self._stopping or not self._written:
            self._places.release()
            return
        batches = [self._written.popleft()]
        while self._written and not self._places.locked():
            await self._places.acquire()
            batches.append(self._written.popleft())
        in_time, late = self._in_time(batches, micros(self._tools.clock.now()))
        if late:
            await asyncio.to_thread(self._put_back, late)  # the gate ends them
        begun = await self._or_let_go(self._begin, in_time, sum(map(len, in_time)))
        for _ in range(len(batches) - len(begun)):
            self._places.release()
        for letters in begun:
            task = asyncio.create_task(self._call(letters))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _or_let_go(self, step: Callable[[Any], list[Any]], given: object, count: int) -> list[Any]:
        """Makes a step in another thread; where it fails, the messages' lease ends, and they are rescued."""
        try:
            return await asyncio.to_thread(step, given)
        except Exception:
            LOG.exception("calls.not_begun", account_id=self.line.account.account_id, messages=count)
            self._let_go(count)
            await asyncio.sleep(1.0)
            return []

    def _write(self, group: Sequence[Waiting], *, first: bool = False) -> list[Any]:
        """Renders, and groups in batches; what can't be rendered counts as refused content at once.

        They are called for after what is written already, or ``first``.
        """
        written = self._tools.writer.write(self.line, group)
        drafts, refused = [], []
        for waiting in group:
            one = written[waiting.granted.message.message_id]
            if isinstance(one, OutboundMessage):
                drafts.append(Draft(waiting, one))
            else:
                refused.append((waiting, one))
        if refused:
            self._refuse(refused)
        batches = [*self._batches(drafts)]
        if first:
            self._written.extendleft(reversed(batches))
        else:
            self._written += batches
        if self._held.given_up:
            self._put_back_written()
        return []

    def _refuse(self, refused: Sequence[tuple[Waiting, Outcome]]) -> None:
        now = micros(self._tools.clock.now())
        begun = self._tools.database.run(lambda connection: self._commit(connection, [one for one, _ in refused], now))
        ours = [(waiting, one) for waiting, one in refused if waiting.granted.message.message_id in begun]
        self._let_go(len(refused) - len(ours))
        self._hand_on([self._answer(waiting, one, now) for waiting, one in ours])

    def _begin(self, batches: Sequence[Sequence[Draft]]) -> list[list[Letter]]:
        """Commits that the calls are begun; returns what is still ours of each batch, if anything."""
        now = micros(self._tools.clock.now())
        drafts = [draft for batch in batches for draft in batch]
        begun = self._tools.database.run(
            lambda connection: self._commit_calls(connection, [draft.waiting for draft in drafts], now)
        )
        numbered = zip(self._tools.numbers, batches, strict=False)
        letters = [
            [Letter(*draft, now, number) for draft in batch if draft.waiting.granted.message.message_id in begun]
            for number, batch in numbered
        ]
        ours = [one for batch in letters for one in batch]
        if not self._held.begin(ours):  # the loop has been given up meanwhile: nobody makes these calls
            self._put_back([one.waiting for one in ours])
            letters = []
        self._let_go(len(drafts) - len(ours))
        return [batch for batch in letters if batch]

    def _commit_calls(self, connection: sa.Connection, group: Sequence[Waiting], now: int) -> set[str]:
        """Those that are begun and are within what the account may send; the others go back to the queue."""
        begun = self._commit(connection, group, now)
        lane = self.line.lane
        if not lane.platform.caps or not begun:
            return begun
        by_token: dict[str, list[str]] = {}
        for waiting in group:
            if waiting.granted.message.message_id in begun:
                by_token.setdefault(waiting.granted.lease_token, []).append(waiting.granted.message.message_id)
        wanted = {token: len(several) for token, several in by_token.items()}
        allowed = caps.call(connection, lane.account_id, lane.platform, wanted, now)
        beyond = {one: token for token, several in by_token.items() for one in several[allowed[token] :]}
        if beyond:
            put_back_in(connection, beyond)
        return begun - beyond.keys()

    def _in_time(self, batches: Sequence[Sequence[Draft]], now: int) -> tuple[Sequence[Sequence[Draft]], list[Waiting]]:
        """The batches without what the account's platform takes no more, and what that is."""
        deadline = self.line.lane.deadline
        if not deadline:
            return batches, []
        since = now - deadline
        late = [one.waiting for batch in batches for one in batch if _accepted(one.waiting) <= since]
        return [[one for one in batch if _accepted(one.waiting) > since] for batch in batches], late

    def _commit(self, connection: sa.Connection, group: Sequence[Waiting], now: int) -> set[str]:
        lease = int(self.line.call_timeout * SECOND) + self._tools.lease
        by_token: dict[str, list[str]] = {}
        for waiting in group:
            by_token.setdefault(waiting.granted.lease_token, []).append(waiting.granted.message.message_id)
        begun: set[str] = set()
        for token, message_ids in by_token.items():
            begun |= calling.begin(connection, message_ids, token=token, now=now, lease=lease)
        return begun

    def _batches(self, drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
        """As many as a call takes now, of one template each; of one content where the adapter takes no other.

        Those of a task of staff have like deadlines, too.
        """
        manifest, size = self.line.channel.manifest, self.line.queue.batch
        same, are_tasks = not manifest.per_recipient_vars, manifest.staff_confirmed
        if size == 1:
            yield from ([draft] for draft in drafts)
            return

        def ends(draft: Draft) -> int:
            return deadline_group(draft.waiting.granted.message.expire_time) if are_tasks else 0

        ordered = sorted(drafts, key=lambda draft: (draft.message.content.template, ends(draft)))
        for _, several in groupby(ordered, key=lambda draft: (_kind(draft.message.content, same=same), ends(draft))):
            alike = list(several)
            yield from (alike[start : start + size] for start in range(0, len(alike), size))

    async def _call(self, batch: Sequence[Letter]) -> None:
        if not self._held.call(batch):
            return
        began = time.monotonic()
        try:
            outcomes = await self._send(batch)
        except asyncio.CancelledError:
            outcomes = [Outcome.uncertain("the process ended during the call")] * len(batch)
            batch = [one._replace(call=0) for one in batch]  # which says nothing of the account
        finally:
            self._places.release()
        self.line.queue.called(len(batch), time.monotonic() - began)
        if self._held.end(batch):
            self._tools.health.came_of(self.line.account.adapter, outcomes)
            self.line.pulse.ended(outcomes)
            ended = micros(self._tools.clock.now())
            answered = zip(batch, outcomes, strict=True)
            self._hand_on([self._answer_to(one, outcome, ended) for one, outcome in answered])

    async def _send(self, batch: Sequence[Letter]) -> list[Outcome]:
        messages = [letter.message for letter in batch]
        adapter, began = self.line.account.adapter, time.monotonic()
        try:
            async with asyncio.timeout(self.line.call_timeout):
                given = list(await self.line.channel.send(self.line.bound, messages))
        except TimeoutError:
            LOG.warning("call.timed_out", adapter=adapter, messages=len(batch))
            self._ended(Ending.TIMED_OUT, began)
            return [Outcome.uncertain(f"no answer within {self.line.call_timeout:g} s")] * len(batch)
        except Exception as error:
            LOG.exception("adapter.raised", adapter=adapter, messages=len(batch))
            self._ended(Ending.RAISED, began, type(error).__name__)
            return [Outcome.uncertain(f"the adapter raised {type(error).__name__}")] * len(batch)
        outcomes, whole = _completed(given, len(batch))
        if not whole:
            LOG.error("adapter.outcomes_missing", adapter=adapter, messages=len(batch), outcomes=len(given))
        self._ended(Ending.ANSWERED if whole else Ending.OUTCOMES_MISSING, began)
        return self.line.reader.outcomes(outcomes, [one.message_id for one in batch])

    def _ended(self, ending: Ending, began: float, error: str = "") -> None:
        if self._held.given_up:  # the call has been counted as blocked
            return
        seconds = time.monotonic() - began
        self._tools.health.ended(self.line.account.adapter, ending, seconds=seconds, error=error)

    def _answer_to(self, letter: Letter, outcome: Outcome, ended: int) -> Answered:
        answered = self._answer(letter.waiting, outcome, letter.started, ended)
        account, message = self.line.account, letter.message
        charge = charge_of(
            outcome, account, message.content.text, message.address, called=letter.started, zone=self._tools.zone
        )
        result = answered.result._replace(call=letter.call, watched=self.line.pulse.is_watched, charge=charge)
        return answered._replace(result=result)

    def _answer(self, waiting: Waiting, outcome: Outcome, started: int, ended: int | None = None) -> Answered:
        granted = waiting.granted
        span = (started, started if ended is None else ended)
        result = result_of(outcome, granted.message, granted.lease_token, self.line.account.account_id, span)
        return Answered(granted.message, result, granted.address, self.line.settle_after, self.line.follow_up)

    def _hand_on(self, answered: Sequence[Answered]) -> None:
        if answered:
            self.line.queue.done(len(answered))
            self._tools.recorder.put(answered)

    def _let_go(self, count: int) -> None:
        """Messages that this process no longer has."""
        if count:
            self.line.queue.done(count)
            self._tools.calls.release(count)

    def _put_back_written(self, _: object = None) -> list[Any]:
        drafts: list[Draft] = []
        while self._written:
            with suppress(IndexError):  # another thread may be doing the same
                drafts += self._written.popleft()
        self._put_back([draft.waiting for draft in drafts])
        return []

    def _put_back(self, messages: Sequence[Waiting]) -> None:
        """The adapter has not seen these, and never will. Where it fails, their lease ends, and they are rescued."""
        try:
            put_back(self._tools.database, messages)
        except Exception:
            LOG.exception("calls.not_put_back", account_id=self.line.account.account_id, messages=len(messages))
        finally:
            self._let_go(len(messages))

    def give_up(self) -> None:
        """Ends the courier at once, whatever its loop does: open calls are uncertain. Called from another thread."""
        self._stopping = True
        unseen, seen = self._held.give_up()
        self._tools.health.came_of(self.line.account.adapter, [_BLOCKED] * len(seen))
        now = micros(self._tools.clock.now())
        self._hand_on([self._answer_to(one, _BLOCKED, now) for one in seen])
        self._put_back([one.waiting for one in unseen])
        self._put_back_written()


def _completed(given: Sequence[object], count: int) -> tuple[list[Outcome], bool]:
    """One sound outcome per message, whatever the adapter gave, and whether it gave that."""
    right = [sound(one) for one in given[:count]]
    whole = len(given) == count and NO_OUTCOME not in right
    return right + [NO_OUTCOME] * (count - len(right)), whole


def _accepted(waiting: Waiting) -> int:
    return waiting.granted.message.accept_time


def _kind(content: Content, *, same: bool) -> object:
    if not same:
        return content.template
    parts: Mapping[str, str] = content.variables
    return content.template, content.subject, content.text, content.html, tuple(sorted(parts.items()))

"""The dispatcher: gates messages for every line that has room, and keeps the adapters' loops going."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

import structlog

from tidegate.channels import AnyChannel, Asked, OutboundMessage, Outcome, Registry
from tidegate.delivery.dispatch.courier import Courier, Tools
from tidegate.delivery.dispatch.engine import Engine
from tidegate.delivery.dispatch.lines import Line, Lines
from tidegate.delivery.dispatch.queue import Room, Waiting
from tidegate.delivery.dispatch.recorder import Recorder
from tidegate.delivery.dispatch.writer import Writer
from tidegate.delivery.gatekeeper import Decided, Gatekeeper
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import Account
from tidegate.delivery.rescue import Rescue
from tidegate.delivery.store import accounts, breakers
from tidegate.delivery.store.accounts import Leased
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Activity, Loop, wake_one

T = TypeVar("T")

LOG = structlog.get_logger(__name__)
BATCH = 1_000
GATES = 2
"""So many gates at a time on PostgreSQL; SQLite has one writer."""
_STOP_SECONDS = 20.0
_CLOSE_SECONDS = 5.0
_SKIP_SECONDS = 5.0
_BESIDE_URGENT = 250
_URGENT_SECONDS = 2.0
_NOTHING = Decided(0, (), {})


class Dispatcher:
    """Owns the lines' couriers and the loops that feed them."""

    def __init__(
        self,
        database: Database,
        *,
        lines: Lines,
        registry: Registry,
        gatekeeper: Gatekeeper,
        tools: Tools,
        recorder: Recorder,
        rescue: Rescue,
        activity: Activity,
        rest: float,
        slow: float,
    ) -> None:
        self._database = database
        self._lines = lines
        self._channels = _channels(registry)
        self._distributions = {
            channel.manifest.name: name for name, several in self._channels.items() for channel in several
        }
        self._gatekeeper = gatekeeper
        self._tools = tools
        self._recorder = recorder
        self._rescue = rescue
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._couriers: dict[str, tuple[Courier, Engine]] = {}
        self._turn = 0
        self._urgent_until = 0.0
        self._skipped_until: dict[str, float] = {}
        count = 1 if database.dialect == "sqlite" else GATES
        steps = [self._gate, *[self._gate_beside] * (count - 1)]
        self.gates = [
            Loop(f"delivery.gate-{number}", step, activity=activity, rest=rest) for number, step in enumerate(steps, 1)
        ]
        self.watchdog = Loop("delivery.watchdog", self._watch, activity=activity, rest=slow)

    @property
    def writer(self) -> Writer:
        """What renders messages."""
        return self._tools.writer

    def wake(self) -> None:
        """There are messages to decide: one gate looks, and calls the others where it can't take all."""
        wake_one(self.gates)

    def test(self, line: Line, *, timeout: float) -> Outcome:
        """Has the adapter try an account. Raises what the adapter raises, and TimeoutError."""
        with self._lock:
            engine = self._engine(line.account.adapter)
        return engine.submit(line.channel.test(line.bound)).result(timeout)

    def ask(self, line: Line, asked: Sequence[Asked]) -> Sequence[object]:
        """Has the adapter ask about messages. Raises what the adapter raises, and TimeoutError."""
        return self.within(line, line.channel.query(line.bound, asked))

    def repeat(self, line: Line, message: OutboundMessage) -> object:
        """Has the adapter send a message once more. Raises what the adapter raises, and TimeoutError."""
        (outcome,) = self.within(line, line.channel.send(line.bound, [message]))
        return outcome

    def begin(self, line: Line, call: Coroutine[Any, Any, T]) -> Future[T]:
        """Has the adapter's loop run what calls it; whoever waits for it gives it up in time."""
        with self._lock:
            engine = self._engine(line.account.adapter)
        return engine.submit(call)

    def within(self, line: Line, call: Coroutine[Any, Any, T]) -> T:
        """Makes a call of the adapter in its loop, and cuts it off when it takes too long."""
        cut_off = asyncio.wait_for(call, line.call_timeout)
        return self.begin(line, cut_off).result(line.call_timeout + _CLOSE_SECONDS)

    def stop(self) -> None:
        """Lets open calls end, records what came of them, and puts the rest back in the queue.

        Each step is made whatever became of the one before it.
        """
        couriers = list(self._couriers.values())
        for courier, engine in couriers:
            _anyhow(partial(engine.submit, _stop(courier)))
        deadline = time.monotonic() + _STOP_SECONDS
        while any(courier.line.queue.on_their_way for courier, _ in couriers) and time.monotonic() < deadline:
            time.sleep(0.02)
        for courier, _ in couriers:
            self._give_up(courier)
        _anyhow(self._recorder.flush)
        for name, engine in list(self._engines.items()):
            self._close_channels(name, engine)
            _anyhow(partial(engine.stop, timeout=2.0))

    def _give_up(self, courier: Courier) -> None:
        """Takes back what a courier still has: open calls are uncertain, what waits goes back to the queue."""
        _anyhow(courier.give_up)
        _anyhow(lambda: self._return(courier.line.queue.close()))

    def _close_channels(self, name: str, engine: Engine) -> None:
        """Lets the adapters of a distribution give back their connections."""
        for channel in self._channels.get(name, ()):
            try:
                engine.submit(channel.close()).result(_CLOSE_SECONDS)
            except Exception:
                LOG.exception("adapter.not_closed", adapter=channel.manifest.name)

    def _return(self, left: Sequence[Waiting]) -> None:
        self._rescue.give_back([one.granted.message.message_id for one in left])
        self._tools.calls.release(len(left))

    def _gate(self) -> bool:
        """One batch for each line that has room; the lines take turns at being first."""
        return self._pass(self._feed)

    def _gate_beside(self) -> bool:
        """The same; while urgent ones come it is there for these alone, so that they wait for no other batch."""
        return self._pass(self._feed_urgent if self._is_urgent_time else self._feed)

    def _pass(self, feed: Callable[[Line], bool]) -> bool:
        lines = self._lines.active()
        self._retire_gone()
        now = time.monotonic()
        lines = [line for line in lines if self._skipped_until.get(line.account.account_id, 0.0) <= now]
        if not lines:
            return False
        self._turn += 1
        first = self._turn % len(lines)
        turns = lines[first:] + lines[:first]
        return self._feed_each(sorted(turns, key=lambda line: not line.lane.deadline), feed)  # whose can't wait first

    def _feed_each(self, lines: Sequence[Line], feed: Callable[[Line], bool]) -> bool:
        """Feeds each line whatever became of the others; a line that fails alone is left out for a moment."""
        found, failed = False, dict[str, Exception]()
        for line in lines:
            try:
                found |= feed(line)
            except Exception as error:
                LOG.exception("line.not_fed", account_id=line.account.account_id)
                failed[line.account.account_id] = error
        if failed and len(failed) == len(lines):
            raise next(iter(failed.values()))
        self._skipped_until.update(dict.fromkeys(failed, time.monotonic() + _SKIP_SECONDS))
        return found

    def _feed(self, line: Line) -> bool:
        few = _BESIDE_URGENT if self._is_urgent_time else BATCH
        room = line.queue.promise(few) or line.queue.promise_urgent(_BESIDE_URGENT)
        return room is not None and self._fill(line, room)

    def _feed_urgent(self, line: Line) -> bool:
        room = line.queue.promise_urgent(_BESIDE_URGENT)
        return room is not None and self._fill(line, room)

    def _fill(self, line: Line, room: Room) -> bool:
        decided, waiting = _NOTHING, list[Waiting]()
        try:
            decided = self._decide(line, room)
            if decided.claimed == room.claims:
                self.wake()
            waiting = [Waiting(one, decided.contents[one.message.message_id]) for one in decided.granted]
        finally:
            self._tools.calls.hold(len(waiting))
            arrived = line.queue.arrive(room, waiting, decided=decided.decided)
        if not arrived:
            self._return(waiting)
        elif waiting:
            self._bring(line)
        return decided.claimed > 0

    def _bring(self, line: Line) -> None:
        """Tells the line's courier; of a line that its account no longer sends by, all goes back to the queue."""
        served = self._courier(line)
        if served is None:
            self._return(line.queue.close())
        else:
            courier, engine = served
            engine.call(courier.arrived)

    @property
    def _is_urgent_time(self) -> bool:
        """Whether urgent ones have come of late: the batches that they may have to wait for are small then."""
        return time.monotonic() < self._urgent_until

    def _decide(self, line: Line, room: Room) -> Decided:
        """Within the account's rate: a slice of it is leased first, and what is not used goes back."""
        due = self._gatekeeper.due(line.lane)
        if due.is_urgent:
            self._urgent_until = time.monotonic() + _URGENT_SECONDS
        if not due.sections or (room.is_urgent and not due.is_urgent):
            return _NOTHING
        leased = self._lease(line, room.claims)
        line.pulse.is_watched = leased.breaker.failures > 0
        if not leased.tokens:
            return _NOTHING
        used = 0
        try:
            decided = self._gatekeeper.decide(line.lane, leased.tokens, due)
            used = len(decided.granted)
        finally:
            if used < leased.tokens:
                self._give_back(line.account, leased, leased.tokens - used)
        return decided

    def _give_back(self, account: Account, leased: Leased, count: int) -> None:
        if account.per_second:
            self._database.run(lambda connection: accounts.return_tokens(connection, account.account_id, count))
        if leased.is_probe:
            self._database.run(lambda connection: breakers.end_probe(connection, account.account_id))

    def _lease(self, line: Line, room: int) -> Leased:
        account = line.account
        probe = int(line.call_timeout * SECOND) + self._tools.lease
        if not account.per_second:
            return self._lease_freely(account.account_id, room, probe=probe)
        return self._database.run(
            lambda connection: accounts.lease_tokens(
                connection,
                account.account_id,
                wanted=room,
                per_second=account.per_second,
                burst=line.burst,
                probe=probe,
            )
        )

    def _lease_freely(self, account_id: str, room: int, *, probe: int) -> Leased:
        """Of an account without a rate: a read, unless its breaker awaits a probe."""
        with self._database.read() as connection:
            breaker, is_resting, now = breakers.standing(connection, account_id)
        if is_resting or not breaker.opens:
            return Leased(0 if is_resting else room, breaker)
        if not breaker.awaits_probe(now):
            return Leased(0, breaker)
        begun = self._database.run(lambda connection: breakers.begin_probe(connection, account_id, lasting=probe))
        return Leased(int(begun), breaker, is_probe=begun)

    def _courier(self, line: Line) -> tuple[Courier, Engine] | None:
        """The line's courier; None when the account has got another line since."""
        account_id = line.account.account_id
        with self._lock:
            known = self._couriers.get(account_id)
            if known is not None and known[0].line is line:
                return known
            if line.queue.closed or not self._lines.is_current(line):
                return None
            engine = self._engine(line.account.adapter)
            courier = Courier(line, self._tools)
            made = self._couriers[account_id] = courier, engine
            engine.submit(courier.run())
        if known is not None:
            self._retire(*known)
        return made

    def _retire_gone(self) -> None:
        """Accounts that no longer send begin no calls, not even for what has passed the gate."""
        with self._lock:
            gone = [key for key, (courier, _) in self._couriers.items() if not self._lines.is_current(courier.line)]
            couriers = [self._couriers.pop(key) for key in gone]
        for courier, engine in couriers:
            self._retire(courier, engine)

    def _retire(self, courier: Courier, engine: Engine) -> None:
        """The account has changed: what is being called goes on, what waits goes back to the queue."""
        engine.submit(_stop(courier))
        self._return(courier.line.queue.close())

    def _engine(self, adapter: str) -> Engine:
        """The loop that the adapter lives in. Called under the lock."""
        name = self._distributions.get(adapter, adapter)
        engine = self._engines.get(name)
        if engine is None:
            engine = self._engines[name] = Engine(f"adapters-{name}")
            engine.start()
        return engine

    def _watch(self) -> bool:
        """Replaces loops that an adapter blocks; the calls in them are uncertain."""
        with self._lock:
            stalled = [name for name, engine in self._engines.items() if engine.stalled]
        for name in stalled:
            LOG.error("adapter.blocked", distribution=name)
            self._replace(name)
        return bool(stalled)

    def _replace(self, name: str) -> None:
        with self._lock:
            blocked = self._engines.pop(name)
            affected = [key for key, (_, engine) in self._couriers.items() if engine is blocked]
            couriers = [self._couriers.pop(key)[0] for key in affected]
        self._tools.health.replaced(name)
        for courier in couriers:
            self._tools.health.blocked(courier.line.account.adapter, calls=courier.open_calls)
            self._lines.renew(courier.line)
            self._give_up(courier)


def _anyhow(step: Callable[[], object]) -> None:
    """Makes a step of an end; that it fails is logged, and keeps nothing else from being done."""
    try:
        step()
    except Exception:
        LOG.exception("end.step_failed")


async def _stop(courier: Courier) -> None:
    courier.stop()


def _channels(registry: Registry) -> dict[str, list[AnyChannel]]:
    """The channels by the distribution that brings them: those of one distribution share a loop."""
    found: dict[str, list[AnyChannel]] = {}
    for adapter in registry.adapters:
        found.setdefault(adapter.distribution or adapter.name, []).extend(adapter.channels)
    return found

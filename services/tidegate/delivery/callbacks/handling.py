"""Reads the callbacks that are kept, and applies what they say.

A batch is taken under a lease: two replicas read different ones, and those of one that dies are read again. What an
adapter can't read rests and is tried again with growing pauses for seven days.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import grpc
import structlog

from tidegate.channels import Callback, Report
from tidegate.delivery.callbacks import reports, sealing, store
from tidegate.delivery.callbacks.applying import NOBODY, Applying, Known, Reading
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.model import CallbackState, Taken
from tidegate.delivery.callbacks.sharing import beside
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.instants import DAY, SECOND
from tidegate.delivery.vault import CALLBACK, Vault
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.ids import new_id
from tidegate.runtime.log import summary

LOG = structlog.get_logger(__name__)
GIVEN_UP_AFTER = 7 * DAY
_MOST = 500
_LEASE = 120 * SECOND
_READ_SECONDS = 30.0
_CUT_OFF_SECONDS = 5.0
_READY_SECONDS = 1.0
_AT_ONCE = 16
_FIRST_PAUSE = 5 * SECOND
_LONGEST_PAUSE = 3_600 * SECOND

Begin = Callable[[Line, Coroutine[Any, Any, Any]], Future[Any]]
"""Has an adapter's loop run a coroutine."""
Read = Sequence[Report] | BaseException
"""What stands in a callback, or why nobody can tell."""


class _Begun(NamedTuple):
    """An adapter reads callbacks of an account; ``others`` are the accounts beside it."""

    line: Line
    others: Sequence[Line]
    called: Sequence[Taken]
    future: Future[list[Read]]


@dataclass(slots=True)
class Handling:
    """Handles callbacks. ``count`` is told how many of an account ended, were put off, or failed."""

    database: Database
    clock: Clock
    vault: Vault
    listeners: Listeners
    applying: Applying
    begin: Begin
    count: Callable[[str, str, int], None]
    read_seconds: float = _READ_SECONDS
    _unread: list[tuple[Taken, str]] = field(default_factory=list)

    def step(self) -> bool:
        """Handles one batch; False when none is due."""
        with self.database.read() as connection:
            if not store.is_due(connection):
                return False
        token = new_id()
        taken = self.database.run(lambda c: store.take(c, token=token, lease=_LEASE, limit=_MOST))
        self._unread.clear()
        by_id = {one.callback_id: one for one in taken}
        for readings in self._read(taken):
            self._apply(readings, by_id, token)
        self._rest(token)
        return bool(taken)

    def _read(self, taken: Sequence[Taken]) -> Iterator[list[Reading]]:
        """What stands in them; all accounts are read at one time, and what slow adapters read comes last."""
        lines = self.listeners.all()
        readings, begun = list[Reading](), list[_Begun]()
        for account_id in sorted({one.account_id for one in taken}):
            opened = list(self._opened([one for one in taken if one.account_id == account_id]))
            line = self.listeners.line(account_id)
            if line is None:
                self._unread += [(one, "the account can't be used") for one, _ in opened]
                continue
            others = beside(line, lines)
            for one, said in opened:
                if isinstance(said, list):
                    readings += self._reading(one, line, said, others)
            called = [(one, said) for one, said in opened if isinstance(said, Callback)]
            if called:
                reading = _read_all(line, [callback for _, callback in called], self.read_seconds)
                begun.append(_Begun(line, others, [one for one, _ in called], self.begin(line, reading)))
        deadline = time.monotonic() + self.read_seconds + _CUT_OFF_SECONDS
        ready, slow = wait([one.future for one in begun], timeout=_READY_SECONDS)
        yield [*readings, *self._answered([one for one in begun if one.future in ready], deadline)]
        if slow:
            yield list(self._answered([one for one in begun if one.future in slow], deadline))

    def _answered(self, begun: Sequence[_Begun], deadline: float) -> Iterator[Reading]:
        for line, others, called, future in begun:
            for one, read in zip(called, _awaited(future, len(called), deadline), strict=True):
                yield from self._reading(one, line, read, others)

    def _reading(self, one: Taken, line: Line, said: Read, others: Sequence[Line]) -> Iterator[Reading]:
        """What an adapter reads in one; nothing where it is of no use, whatever is wrong with it."""
        if isinstance(said, BaseException):
            self._unread.append((one, type(said).__name__))
            return
        try:
            read = line.reader.reports(said) if reports.are_reports(said) else None
        except Exception as error:  # noqa: BLE001  (told of when it is put off, without what stands in it)
            self._unread.append((one, type(error).__name__))
            return
        if read is None:
            self._unread.append((one, "no reports"))
            return
        yield Reading(one.callback_id, line, read, others)

    def _opened(self, taken: Sequence[Taken]) -> Iterator[tuple[Taken, Callback | list[Report]]]:
        for one in taken:
            try:
                yield one, sealing.opened(self.vault.text(one.sealed, f"{CALLBACK}.{one.callback_id}"))
            except Exception as error:  # noqa: BLE001  (told of when it is put off)
                self._unread.append((one, type(error).__name__))

    def _apply(self, readings: Sequence[Reading], taken: Mapping[str, Taken], token: str) -> None:
        """While identity is away, what it has to do with waits.

        One of which identity can't be told, whatever is wrong with it, is found by halving, and holds up no other.
        """
        asking = [one for one in readings if one.needs_identity]
        try:
            known = self.applying.ask(asking) if asking else NOBODY
        except Exception as error:  # noqa: BLE001  (told of below, or when it is put off)
            self._write([one for one in readings if not one.needs_identity], taken, NOBODY, token)
            if _is_away(error):
                LOG.warning("callbacks.wait_for_identity", count=len(asking), error=summary(error))
                self._unread += [(taken[one.callback_id], "identity is away") for one in asking]
            elif len(asking) == 1:
                self._unread.append((taken[asking[0].callback_id], type(error).__name__))
            else:
                middle = len(asking) // 2
                self._apply(asking[:middle], taken, token)
                self._apply(asking[middle:], taken, token)
        else:
            self._write(readings, taken, known, token)

    def _write(self, readings: Sequence[Reading], taken: Mapping[str, Taken], known: Known, token: str) -> None:
        """Applies them together; one that can't be applied is found by halving, and holds up no other."""
        if not readings:
            return
        try:
            ended = self.applying.apply(readings, known, token=token)
        except Exception as error:
            if len(readings) == 1:
                LOG.exception("callback.not_applied", callback_id=readings[0].callback_id)
                self._unread.append((taken[readings[0].callback_id], type(error).__name__))
                return
            middle = len(readings) // 2
            self._write(readings[:middle], taken, known, token)
            self._write(readings[middle:], taken, known, token)
        else:
            for (account_id, state), number in Counter((taken[key].account_id, state) for key, state in ended).items():
                self.count(account_id, state, number)

    def _rest(self, token: str) -> None:
        """Puts off what could not be read, and gives up what could not be read for too long."""
        given_up = [one for one, _ in self._unread if one.age >= GIVEN_UP_AFTER]
        waiting = [one for one, _ in self._unread if one.age < GIVEN_UP_AFTER]
        for one, why in self._unread:
            tell = LOG.error if one in given_up else LOG.warning
            what = "callback.given_up" if one in given_up else "callback.not_read"
            tell(what, account_id=one.account_id, callback_id=one.callback_id, tries=one.tries, error=why)
        if given_up:
            now, ids = micros(self.clock.now()), [one.callback_id for one in given_up]
            self.database.run(lambda c: store.give_up(c, ids, now, token=token))
        if waiting:
            pauses = [(one.callback_id, _pause(one.tries)) for one in waiting]
            self.database.run(lambda c: store.put_off(c, pauses, token=token))
        for one in given_up:
            self.count(one.account_id, CallbackState.FAILED, 1)
        for one in waiting:
            self.count(one.account_id, "put_off", 1)


def _awaited(future: Future[list[Read]], count: int, deadline: float) -> list[Read]:
    try:
        return future.result(max(deadline - time.monotonic(), 0.0))
    except Exception as error:  # noqa: BLE001  (the loop was given up, or is blocked)
        return [error] * count


def _is_away(error: Exception) -> bool:
    """Whether identity can't be asked at all, rather than not that."""
    return isinstance(error, grpc.RpcError) and not (
        isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.INVALID_ARGUMENT
    )


def _pause(tries: int) -> int:
    return min(_FIRST_PAUSE << min(tries - 1, 20), _LONGEST_PAUSE)


async def _read_all(line: Line, callbacks: Sequence[Callback], seconds: float) -> list[Read]:
    """What an adapter reads in each, or what it raised; those that take too long are cut off."""
    free = asyncio.Semaphore(_AT_ONCE)

    async def read(callback: Callback) -> Sequence[Report]:
        async with free:
            return await line.channel.read(line.bound, callback)

    tasks = [asyncio.create_task(read(one)) for one in callbacks]
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)

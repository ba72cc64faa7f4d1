"""Has adapters read callbacks: of each account one batch at a time, so that a slow one holds up no other."""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tidegate.channels import Callback, Report
from tidegate.delivery.callbacks import reports, sealing
from tidegate.delivery.callbacks.applying import Reading
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.model import Taken
from tidegate.delivery.callbacks.sharing import beside
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.vault import CALLBACK, Vault

READ_SECONDS = 30.0
"""What an adapter has not read by then is cut off."""
MOST_ACCOUNTS = 64
"""So many accounts' callbacks are read at a time."""
_CUT_OFF_SECONDS = 5.0
_SOON_SECONDS = 0.1
"""So long others wait for what may be applied together with theirs."""
_AT_ONCE = 16

Begin = Callable[[Line, Coroutine[Any, Any, Any]], Future[Any]]
"""Has an adapter's loop run a coroutine."""
Read = Sequence[Report] | BaseException
"""What stands in a callback, or why nobody can tell."""


@dataclass(slots=True, eq=False)
class Batch:
    """Callbacks taken under one lease, by id: what stands in those that are read, and why others are of no use yet."""

    token: str
    taken: Mapping[str, Taken]
    readings: list[Reading] = field(default_factory=list)
    unread: list[tuple[Taken, str]] = field(default_factory=list)

    def leave(self, callback_id: str, why: str) -> None:
        """One is to be tried again."""
        self.unread.append((self.taken[callback_id], why))

    def add(self, one: Taken, line: Line, said: Read, others: Sequence[Line]) -> None:
        """What an adapter read in one; nothing where it is of no use, whatever is wrong with it."""
        if isinstance(said, BaseException):
            self.unread.append((one, type(said).__name__))
            return
        try:
            read = line.reader.reports(said) if reports.are_reports(said) else None
        except Exception as error:  # noqa: BLE001  (told of when it is put off, without what stands in it)
            self.unread.append((one, type(error).__name__))
            return
        if read is None:
            self.unread.append((one, "no reports"))
            return
        self.readings.append(Reading(one.callback_id, line, read, others))


class _Begun(NamedTuple):
    """An adapter reads callbacks of an account; ``others`` are the accounts beside it."""

    batch: Batch
    line: Line
    others: Sequence[Line]
    called: Sequence[Taken]
    future: Future[list[Read]]
    deadline: float


class Readers:
    """Reads callbacks by their accounts' adapters. Used by one thread."""

    def __init__(
        self, vault: Vault, listeners: Listeners, begin: Begin, *, ended: Callable[[], None], seconds: float
    ) -> None:
        """``ended`` is called by another thread when an adapter has read what it was given, within ``seconds``."""
        self._vault = vault
        self._listeners = listeners
        self._begin = begin
        self._ended = ended
        self._seconds = seconds
        self._begun: dict[str, _Begun] = {}

    @property
    def busy(self) -> Collection[str]:
        """The accounts whose adapters read."""
        return self._begun.keys()

    def begin(self, batch: Batch) -> None:
        """Has all be read; what was collected is at once. The accounts are none that are busy."""
        lines = self._listeners.all()
        by_account: dict[str, list[Taken]] = {}
        for one in batch.taken.values():
            by_account.setdefault(one.account_id, []).append(one)
        for account_id, taken in sorted(by_account.items()):
            opened = list(self._opened(batch, taken))
            line = self._listeners.line(account_id)
            if line is None:
                batch.unread += [(one, "the account can't be used") for one, _ in opened]
            else:
                self._begin_account(batch, line, opened, beside(line, lines))

    def finish(self, begun: Batch | None = None) -> list[Batch]:
        """The batches of which adapters have read more by now, or soon of the one that was begun just now."""
        wait([one.future for one in self._begun.values() if one.batch is begun], timeout=_SOON_SECONDS)
        now = time.monotonic()
        over = [key for key, one in self._begun.items() if one.future.done() or now >= one.deadline]
        found: list[Batch] = []
        for key in over:
            batch, line, others, called, future, _ = self._begun.pop(key)
            for one, said in zip(called, _result(future, len(called)), strict=True):
                batch.add(one, line, said, others)
            if batch not in found:
                found.append(batch)
        return found

    def give_up(self) -> list[tuple[str, Sequence[Taken]]]:
        """Nobody waits any more for what adapters read: those callbacks, each account's with their lease's token."""
        given_up = [(one.batch.token, one.called) for one in self._begun.values()]
        for one in self._begun.values():
            one.future.cancel()
        self._begun.clear()
        return given_up

    def _begin_account(
        self,
        batch: Batch,
        line: Line,
        opened: Sequence[tuple[Taken, Callback | list[Report]]],
        others: Sequence[Line],
    ) -> None:
        called, callbacks = list[Taken](), list[Callback]()
        for one, said in opened:
            if isinstance(said, Callback):
                called.append(one)
                callbacks.append(said)
            else:
                batch.add(one, line, said, others)
        if called:
            future = self._begin(line, _read_all(line, callbacks, self._seconds))
            deadline = time.monotonic() + self._seconds + _CUT_OFF_SECONDS
            self._begun[line.account.account_id] = _Begun(batch, line, others, called, future, deadline)
            future.add_done_callback(lambda _: self._ended())

    def _opened(self, batch: Batch, taken: Sequence[Taken]) -> Iterator[tuple[Taken, Callback | list[Report]]]:
        for one in taken:
            try:
                yield one, sealing.opened(self._vault.text(one.sealed, f"{CALLBACK}.{one.callback_id}"))
            except Exception as error:  # noqa: BLE001  (told of when it is put off)
                batch.unread.append((one, type(error).__name__))


def _result(future: Future[list[Read]], count: int) -> list[Read]:
    """What was read, or why nothing was; the loop of one that is not done was given up, or is blocked."""
    try:
        return future.result(0)
    except Exception as error:  # noqa: BLE001  (told of when they are put off)
        future.cancel()
        return [error] * count


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

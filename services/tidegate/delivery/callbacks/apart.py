"""Work that waits for providers, done for each account in a thread of its own: a slow one holds up no other."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import structlog

from tidegate.delivery.dispatch.lines import Line
from tidegate.runtime.log import summary
from tidegate.runtime.loops import Activity, Loop

LOG = structlog.get_logger(__name__)
MOST_ACCOUNTS = 32
_SOON_SECONDS = 0.25
"""So long a pass waits for those that it has begun: most are done by then."""


class Work(NamedTuple):
    """``wanted`` are the accounts for which there may be something to do; ``do`` does it: False where there was not."""

    wanted: Callable[[], Iterable[Line]]
    do: Callable[[Line], bool]


class Apart:
    """Does work, at one time for each account, and for so many of them. Those that have waited longest come first."""

    def __init__(self, name: str, work: Work, *, activity: Activity, rest: float, most: int = MOST_ACCOUNTS) -> None:
        self._name = name
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._under_way: dict[str, threading.Thread] = {}
        self._begun: dict[str, float] = {}
        self._found = False
        self.loop = Loop(name, self._step, activity=activity, rest=rest)

    def stop(self, *, timeout: float) -> None:
        """Waits for what is under way, no longer than so many seconds; called when the loop has ended."""
        self._await(list(self._under_way.values()), timeout)

    def _step(self) -> bool:
        """Begins what is wanted; True when any that has ended since the last pass found something to do."""
        self._await([self._begin(line) for line in self._next()], _SOON_SECONDS)
        with self._lock:
            found, self._found = self._found, False
        return found

    def _next(self) -> list[Line]:
        wanted = {one.account.account_id: one for one in self._work.wanted()}
        self._begun = {key: time for key, time in self._begun.items() if key in wanted}
        with self._lock:
            free = wanted.keys() - self._under_way.keys()
            room = self._most - len(self._under_way)
        return [wanted[key] for key in sorted(free, key=lambda one: (self._begun.get(one, 0.0), one))[:room]]

    def _begin(self, line: Line) -> threading.Thread:
        account_id = line.account.account_id
        thread = threading.Thread(target=self._run, args=(line,), name=f"{self._name}-{account_id}", daemon=True)
        self._begun[account_id] = time.monotonic()
        with self._lock:
            self._under_way[account_id] = thread
        self.loop.meter.hold()
        thread.start()
        return thread

    def _run(self, line: Line) -> None:
        account_id, found = line.account.account_id, False
        try:
            found = self._work.do(line)
        except Exception as error:
            if self.loop.stopping:
                LOG.info("account.interrupted", loop=self._name, account_id=account_id, error=summary(error))
            else:
                LOG.exception("account.failed", loop=self._name, account_id=account_id, error=summary(error))
        finally:
            with self._lock:
                del self._under_way[account_id]
                self._found |= found
            self.loop.meter.release(idle=not found)
            if found:
                self.loop.wake()

    @staticmethod
    def _await(threads: list[threading.Thread], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

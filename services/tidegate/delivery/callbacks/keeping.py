"""Keeps callbacks before they are answered: what arrives within some milliseconds is stored by one statement."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

import structlog

from tidegate.channels import Callback
from tidegate.delivery.callbacks import sealing, store
from tidegate.delivery.callbacks.model import Arrival
from tidegate.delivery.callbacks.paths import Paths
from tidegate.delivery.vault import CALLBACK, Vault
from tidegate.runtime.clock import micros
from tidegate.runtime.db import Database
from tidegate.runtime.ids import new_id
from tidegate.runtime.log import summary
from tidegate.runtime.loops import Activity, Loop

LOG = structlog.get_logger(__name__)
_GATHER_SECONDS = 0.005
_BATCH = 1_000
_AFTER_FAILURE_SECONDS = 0.25
_MOST_WAITING = 10_000
_MOST_BYTES = 64 * 1024 * 1024

Waiting = tuple[Arrival, Future[None]]


class TooMany(Exception):
    """More wait to be stored than the process can hold: the database is away, or too slow."""


class Keeper:
    """Stores callbacks. ``kept`` is called when there are new ones to be read."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        paths: Paths,
        activity: Activity,
        *,
        slow: float,
        most: int = _MOST_WAITING,
    ) -> None:
        """``most`` is how many may wait at a time."""
        self._database = database
        self._vault = vault
        self._paths = paths
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._bytes = 0
        self._most = most
        self.kept: Callable[[], None] = _nobody
        self.loop = Loop("delivery.callbacks.keep", self._step, activity=activity, rest=slow)

    def keep(self, arrival: Arrival) -> Future[None]:
        """Done when it is committed, now or before; fails when the database did not take it, or too many wait."""
        committed: Future[None] = Future()
        with self._lock:
            if len(self._waiting) >= self._most or self._bytes >= _MOST_BYTES:
                committed.set_exception(TooMany("callbacks wait to be stored: come again"))
                return committed
            self.loop.meter.hold()
            self._waiting.append((arrival, committed))
            self._bytes += _size(arrival)
        self.loop.wake()
        return committed

    def flush(self) -> None:
        """Stores everything that waits; called when the process ends, after the last request."""
        while self._step():
            pass

    def _step(self) -> bool:
        if not self._waiting:
            return False
        time.sleep(_GATHER_SECONDS)
        batch = self._take()
        if not batch:
            return True
        failure: Exception | None = None
        try:
            self._store([arrival for arrival, _ in batch])
            self.kept()
        except Exception as error:
            LOG.exception("callbacks.not_kept", count=len(batch), error=summary(error))
            failure = error
        for _, committed in batch:
            self.loop.meter.release()
            _settle(committed, failure)
        if failure:
            time.sleep(_AFTER_FAILURE_SECONDS)
        return True

    def _take(self) -> list[Waiting]:
        """The next ones, without those whose caller has gone: its provider comes again."""
        batch, gone = list[Waiting](), 0
        with self._lock:
            while self._waiting and len(batch) < _BATCH:
                one = self._waiting.popleft()
                self._bytes -= _size(one[0])
                if one[1].cancelled():
                    gone += 1
                else:
                    batch.append(one)
        self.loop.meter.release(gone)
        return batch

    def _store(self, arrivals: list[Arrival]) -> None:
        named = {(one.account_id, self._paths.key_digest(one.account_id, one.key)): one for one in arrivals}
        ids = [new_id() for _ in named]
        texts = [
            (sealing.written(one.said), f"{CALLBACK}.{name}") for name, one in zip(ids, named.values(), strict=True)
        ]
        sealed = self._vault.seal_texts(texts)
        rows = [
            store.Kept(name, *key, text, micros(one.time))
            for name, (key, one), text in zip(ids, named.items(), sealed, strict=True)
        ]
        self._database.run(lambda connection: store.keep(connection, rows))


def _size(arrival: Arrival) -> int:
    return len(arrival.said.body) if isinstance(arrival.said, Callback) else 0


def _settle(committed: Future[None], failure: Exception | None) -> None:
    if not committed.set_running_or_notify_cancel():
        return  # who waited for it has gone
    if failure:
        committed.set_exception(failure)
    else:
        committed.set_result(None)


def _nobody() -> None:
    pass

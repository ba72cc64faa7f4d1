"""Collects what customers do with messages and records it in batches: visits come in bursts after a send."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import sqlalchemy as sa
import structlog

from tidegate.delivery.model import Interaction
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Activity, Loop

LOG = structlog.get_logger(__name__)
Record = Callable[[sa.Connection, Sequence[Interaction]], None]

_EVERY_SECONDS = 0.05
_BATCH = 1000
_MOST_WAITING = 200_000


class Recorder:
    """Keeps interactions until the next pass of its loop, some 50 ms later; each pass is one transaction."""

    def __init__(self, database: Database, record: Record, activity: Activity) -> None:
        """``record`` moves messages and announces, within the transaction of its connection."""
        self._database = database
        self._record = record
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Interaction, Future[None] | None]] = deque()
        self.loop = Loop("delivery.interactions", self._step, activity=activity, rest=_EVERY_SECONDS)

    def note(self, interaction: Interaction) -> None:
        """Records it soon. One that comes while too many wait is lost, and the log says so."""
        if len(self._waiting) >= _MOST_WAITING:
            LOG.warning("interaction.lost", kind=interaction.kind, waiting=len(self._waiting))
            return
        self._add(interaction, None)

    def promise(self, interaction: Interaction) -> Future[None]:
        """Records it soon, and is done when it is committed: for what a customer relies on."""
        recorded: Future[None] = Future()
        self._add(interaction, recorded)
        return recorded

    def flush(self) -> None:
        """Records everything that waits; called when the process ends, after the last request."""
        while self._step():
            pass

    def _add(self, interaction: Interaction, recorded: Future[None] | None) -> None:
        self.loop.meter.hold()  # whoever waits for quiet must not overlook it
        with self._lock:
            self._waiting.append((interaction, recorded))

    def _step(self) -> bool:
        batch = self._take()
        if not batch:
            return False
        try:
            self._database.run(lambda connection: self._record(connection, [one for one, _ in batch]))
        except BaseException:
            with self._lock:
                self._waiting.extendleft(reversed(batch))
            raise
        for _, recorded in batch:
            self.loop.meter.release()
            if recorded is not None and not recorded.cancelled():
                recorded.set_result(None)
        return True

    def _take(self) -> list[tuple[Interaction, Future[None] | None]]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]

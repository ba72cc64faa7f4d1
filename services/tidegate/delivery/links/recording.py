"""Collects what customers do with messages and records it in batches: visits come in bursts after a send."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace

import sqlalchemy as sa
import structlog

from tidegate.delivery.links.bursts import SECONDS, Burst, Bursts
from tidegate.delivery.links.model import Engagement
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Activity, Loop

LOG = structlog.get_logger(__name__)
Record = Callable[[sa.Connection, Sequence[Engagement]], None]

_EVERY_SECONDS = 0.05
_BATCH = 1000
_MOST_WAITING = 200_000
_UNSUBSCRIBE = "unsubscribe"


class EngagementRecorder:
    """Keeps interactions until the next pass of its loop, some 50 ms later; each pass is one transaction.

    Clicks it holds until it is known whether a person or a scanner follows the links of their message.
    """

    def __init__(self, database: Database, record: Record, activity: Activity, *, holds: bool) -> None:
        """``record`` moves messages and announces, within the transaction of its connection.

        It ``holds`` no clicks where time is driven: nobody waits two seconds of real time there.
        """
        self._database = database
        self._holds = holds
        self._bursts = Bursts(now=time.monotonic)
        self._held: deque[tuple[float, Engagement, Burst]] = deque()
        self._record = record
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Engagement, Future[None] | None]] = deque()
        self.loop = Loop("delivery.interactions", self._step, activity=activity, rest=_EVERY_SECONDS)

    def note(self, interaction: Engagement) -> None:
        """Records it soon. One that comes while too many wait is lost, and the log says so."""
        if self._has_room(interaction):
            self._add(interaction, None)

    def note_click(self, interaction: Engagement) -> None:
        """The same for a click on one of a message's links, which a scanner may follow all at once."""
        if not self._holds:
            self.note(interaction)
        elif self._has_room(interaction):
            self.loop.meter.hold()
            with self._lock:
                burst = self._bursts.seen(interaction.message_id, interaction.link_code)
                self._held.append((time.monotonic() + SECONDS, interaction, burst))

    def looked(self, message_id: str) -> None:
        """Somebody looked at the page behind the message's unsubscribe link: scanners do, with all the others."""
        if self._holds:
            with self._lock:
                self._bursts.seen(message_id, _UNSUBSCRIBE)

    def promise(self, interaction: Engagement) -> Future[None]:
        """Records it soon, and is done when it is committed: for what a customer relies on."""
        recorded: Future[None] = Future()
        self._add(interaction, recorded)
        return recorded

    def flush(self) -> None:
        """Records everything that waits; called when the process ends, after the last request."""
        self._release(float("inf"))
        while self._step():
            pass

    def _has_room(self, interaction: Engagement) -> bool:
        waiting = len(self._waiting) + len(self._held)
        if waiting >= _MOST_WAITING:
            LOG.warning("interaction.lost", kind=interaction.kind, waiting=waiting)
        return waiting < _MOST_WAITING

    def _release(self, now: float) -> None:
        """What was held long enough waits to be recorded."""
        with self._lock:
            while self._held and self._held[0][0] <= now:
                _, interaction, burst = self._held.popleft()
                one = replace(interaction, scanner=interaction.scanner or burst.is_scanner)
                self._waiting.append((one, None))

    def _add(self, interaction: Engagement, recorded: Future[None] | None) -> None:
        self.loop.meter.hold()  # whoever waits for quiet must not overlook it
        with self._lock:
            self._waiting.append((interaction, recorded))

    def _step(self) -> bool:
        self._release(time.monotonic())
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

    def _take(self) -> list[tuple[Engagement, Future[None] | None]]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]

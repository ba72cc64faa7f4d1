"""Whether there is room for more short codes: with too many of them, one could be guessed."""

import threading
import time
from collections.abc import Callable

import structlog

from tidegate.delivery.links import store
from tidegate.delivery.links.codes import SHORT_MOST
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)

MOST = 500_000
"""Live short codes at most; what is left to SHORT_MOST is for what replicas add between two countings."""

WAYS_OUT = "shorten delivery.short_link_days, or send fewer links by SMS"
_REPLICAS = 16
_SECONDS = 10.0
_WARN_SECONDS = 600.0
assert MOST < SHORT_MOST


class Room:
    """Counts the live short codes, and lets more be made while they are few; safe to share between threads."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        shown: Callable[[int], None],
        most: int = MOST,
        pause: float = 1.0,
    ) -> None:
        """``shown`` is told each count; while there is no room, there are ``pause`` seconds between two."""
        self._database = database
        self._clock = clock
        self._most = most
        self._shown = shown
        self._lock = threading.Lock()
        self._allowed = 0
        self._pause = pause
        self._next_count = self._next_try = self._next_warning = 0.0

    def take(self, count: int) -> bool:
        """Whether ``count`` more may be made now; they are taken for made.

        Each replica makes a sixteenth of what is free before it counts again, so that all together keep to it.
        """
        with self._lock:
            if count > self._allowed and time.monotonic() >= self._next_try:
                self._count()
                self._next_try = time.monotonic() + (self._pause if count > self._allowed else 0.0)
            if count > self._allowed:
                return False
            self._allowed -= count
            return True

    def tidy(self) -> bool:
        """Removes some of the links that have lapsed, and counts again in a while; True while there may be more."""
        now = micros(self._clock.now())
        with self._database.read() as connection:
            has_lapsed = store.has_lapsed(connection, now)
        removed = self._database.run(lambda connection: store.remove_lapsed(connection, now)) if has_lapsed else 0
        with self._lock:
            if removed or time.monotonic() >= self._next_count:
                self._count()
        return removed > 0

    def _count(self) -> None:
        now = micros(self._clock.now())
        with self._database.read() as connection:
            live = store.count_short(connection, now)
        self._shown(live)
        free = max(self._most - live, 0)
        self._allowed = max(free // _REPLICAS, min(free, 1))
        self._next_count = time.monotonic() + _SECONDS
        if free * 5 < self._most and time.monotonic() >= self._next_warning:
            self._next_warning = time.monotonic() + _WARN_SECONDS
            LOG.warning("links.crowded", live=live, most=self._most, remedy=WAYS_OUT)

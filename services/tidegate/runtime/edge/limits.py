"""How much each caller may do at a time, how many streams one service keeps open, and how many calls may wait."""

import threading
import time
from datetime import timedelta

from tidegate.runtime.callers import Caller
from tidegate.runtime.config import LimitSettings
from tidegate.runtime.errors import ResourceExhausted

_BUSY_RETRY = timedelta(seconds=1)


class TokenBucket:
    """Lets ``rate`` calls a second pass, a second's worth of them at once. Not for several threads."""

    def __init__(self, rate: float, *, now: float) -> None:
        self.rate = rate
        self._burst = max(rate, 1.0)
        self._level = self._burst
        self._at = now

    def take(self, now: float) -> float:
        """Takes one and returns 0, or takes nothing and returns the seconds until there is one."""
        self._level = min(self._burst, self._level + (now - self._at) * self.rate)
        self._at = now
        if self._level < 1:
            return (1 - self._level) / self.rate
        self._level -= 1
        return 0.0


class CallerMeter:
    """The calls of one caller in one service."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight = 0
        self._bucket: TokenBucket | None = None

    def enter(self, name: str, *, rate: float | None, in_flight: int | None) -> None:
        """Counts a call in. Raises ResourceExhausted, counting nothing, when a limit is reached."""
        with self._lock:
            if in_flight is not None and self._in_flight >= in_flight:
                raise ResourceExhausted(
                    f"{name} has {in_flight} calls under way, which is its limit; wait for one to end",
                    reason="TOO_MANY_IN_FLIGHT",
                    retry_after=_BUSY_RETRY,
                )
            if rate is not None and (wait := self._take(rate)):
                raise ResourceExhausted(
                    f"{name} makes more than its {rate:g} calls per second; send bigger batches, or wait",
                    reason="RATE_LIMITED",
                    retry_after=timedelta(seconds=wait),
                )
            self._in_flight += 1

    def leave(self) -> None:
        """Counts a call out."""
        with self._lock:
            self._in_flight -= 1

    def _take(self, rate: float) -> float:
        now = time.monotonic()
        if self._bucket is None or self._bucket.rate != rate:
            self._bucket = TokenBucket(rate, now=now)
        return self._bucket.take(now)


class CallerLimits:
    """The meters of all callers of one service."""

    def __init__(self, settings: LimitSettings) -> None:
        self._rate = settings.caller_calls_per_second
        self._in_flight = settings.caller_in_flight
        self._meters: dict[str, CallerMeter] = {}

    def enter(self, caller: Caller) -> CallerMeter | None:
        """Counts a call in and returns what to leave() at its end; peers are not counted."""
        if caller.peer:
            return None
        meter = self._meters.get(caller.name) or self._meters.setdefault(caller.name, CallerMeter())
        meter.enter(
            caller.name,
            rate=self._rate if caller.calls_per_second is None else caller.calls_per_second,
            in_flight=self._in_flight if caller.in_flight is None else caller.in_flight,
        )
        return meter


class StreamSlots:
    """Streams hold a worker each: only so many are open at a time, so that calls still find one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open = 0

    def enter(self) -> None:
        """Counts a stream in. Raises ResourceExhausted when there are too many."""
        with self._lock:
            if self._open >= self._most:
                raise ResourceExhausted(
                    f"the service keeps {self._most} streams open, which is its limit; wait, or use batches",
                    reason="TOO_MANY_STREAMS",
                    retry_after=_BUSY_RETRY,
                )
            self._open += 1

    def leave(self) -> None:
        """Counts a stream out."""
        with self._lock:
            self._open -= 1


class WaitSlots:
    """Calls that wait for news hold a worker each: only so many may, and the others are answered at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting = 0

    def enter(self) -> bool:
        """Counts a waiting call in, and returns whether there was room for it."""
        with self._lock:
            has_room = self._waiting < self._most
            self._waiting += has_room
            return has_room

    def leave(self) -> None:
        """Counts a waiting call out."""
        with self._lock:
            self._waiting -= 1

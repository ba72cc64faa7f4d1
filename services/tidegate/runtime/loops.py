"""Background loops: each a thread that makes passes, rests when a pass finds nothing, and can be watched.

Whoever drives the clock (a test, the demo) must know when nothing is left to do before time may move on:
Activity counts the passes of all loops of a process, and ControlService reads it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import structlog

from tidegate.runtime.log import summary

_LONGEST_BACKOFF = 30.0
_NUDGE_AGAIN = 0.05
_LOOK_AGAIN = 0.003


@dataclass(frozen=True, slots=True)
class LoopStatus:
    """Counters of one loop since its start; `busy` while something that a pass has begun is under way."""

    name: str
    passes: int
    busy_passes: int
    busy: bool
    last_error: str


class Meter:
    """Counts the passes of one loop. Work that a pass hands to another thread is held open with hold()."""

    def __init__(self, name: str) -> None:
        self._lock = threading.Lock()
        self._name = name
        self._passes = self._busy_passes = self._held = 0
        self._last_error = ""

    def ended(self, *, busy: bool, error: str = "") -> None:
        """A pass ended; ``busy`` says that it found something to do."""
        with self._lock:
            self._passes += 1
            self._busy_passes += busy
            self._last_error = error

    def hold(self) -> None:
        """Something goes on after the pass that began it."""
        with self._lock:
            self._held += 1

    def release(self) -> None:
        """What hold() announced is done; it counts as something that was found to do."""
        with self._lock:
            self._held -= 1
            self._busy_passes += 1

    def status(self) -> LoopStatus:
        """The counters at this moment."""
        with self._lock:
            return LoopStatus(self._name, self._passes, self._busy_passes, self._held > 0, self._last_error)


class Activity:
    """The meters of all loops of one service in this process."""

    def __init__(self) -> None:
        self._meters: list[Meter] = []
        self._lags: dict[str, Callable[[], int]] = {}
        self._nudged: list[Callable[[], None]] = []

    def on_nudge(self, callback: Callable[[], None]) -> None:
        """Has nudge() call ``callback``, which ends a rest or a wait."""
        self._nudged.append(callback)

    def nudge(self) -> None:
        """Has every loop look at once whether there is something to do."""
        for callback in self._nudged:
            callback()

    def meter(self, name: str) -> Meter:
        """A new meter under ``name``."""
        meter = Meter(name)
        self._meters.append(meter)
        return meter

    def follow(self, name: str, lag: Callable[[], int]) -> None:
        """The loop ``name`` follows a feed; ``lag`` tells how far it is behind."""
        self._lags[name] = lag

    def lags(self) -> dict[str, int]:
        """How far each loop that follows a feed is behind."""
        return {name: lag() for name, lag in self._lags.items()}

    def statuses(self) -> list[LoopStatus]:
        """The counters of every loop."""
        return [meter.status() for meter in self._meters]


def settle(activities: Sequence[Activity], *, timeout: float) -> None:
    """Waits until nothing is left to do: every loop has made two passes, none of which found anything.

    The second pass began when the first ones of all had ended, so it saw whatever these had left. Raises
    TimeoutError, naming the loops that are still busy.
    """
    deadline = time.monotonic() + timeout
    while True:
        before = [activity.statuses() for activity in activities]
        for _ in range(2):
            _pass_once(activities, deadline)
        after = [activity.statuses() for activity in activities]
        if not _worked(before, after):
            return


def _pass_once(activities: Sequence[Activity], deadline: float) -> None:
    """Has every loop complete a pass."""
    begun = [status.passes for activity in activities for status in activity.statuses()]
    nudged = 0.0
    while True:
        if time.monotonic() - nudged > _NUDGE_AGAIN:  # a reader may have begun to wait since
            nudged = time.monotonic()
            for activity in activities:
                activity.nudge()
        statuses = [status for activity in activities for status in activity.statuses()]
        late = [status for status, passes in zip(statuses, begun, strict=True) if status.passes == passes]
        if not late:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"still busy: {late}")
        time.sleep(_LOOK_AGAIN)


def _worked(before: Sequence[Sequence[LoopStatus]], after: Sequence[Sequence[LoopStatus]]) -> bool:
    pairs = zip(chain.from_iterable(before), chain.from_iterable(after), strict=True)
    return any(now.busy or now.busy_passes != then.busy_passes for then, now in pairs)


class Loop:
    """Calls ``step`` again and again in a thread of its own.

    A step returns True when it found something to do: the next pass follows at once. After False the loop
    rests for ``rest`` seconds or until wake(). After an exception it rests too, twice as long each time up to
    half a minute, and says so in the log and in its status: a loop does not die.
    """

    def __init__(self, name: str, step: Callable[[], bool], *, activity: Activity, rest: float = 1.0) -> None:
        self.name = name
        self.meter = activity.meter(name)
        self._step = step
        self._rest = rest
        self._failures = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._log = structlog.get_logger().bind(loop=name)
        activity.on_nudge(self.wake)

    @property
    def stopping(self) -> bool:
        """Whether stop() was called: a long step looks here between its parts."""
        return self._stopping.is_set()

    def expect_end(self) -> None:
        """The process is about to end: what a pass reaches for may be gone, which is no failure."""
        self._ending = True

    def start(self) -> None:
        """Begins to make passes."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do: does not wait for the rest to end."""
        self._wake.set()

    def stop(self, *, timeout: float = 30.0) -> bool:
        """Lets the pass under way end and returns whether it did within ``timeout`` seconds."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            if not self._pass() and not self.stopping:
                self._wake.wait(self._pause())

    def _pass(self) -> bool:
        try:
            busy = self._step()
        except Exception as error:  # noqa: BLE001  (whatever it was, the next pass may succeed)
            self._failures += 1
            self.meter.ended(busy=False, error=summary(error))
            if self.stopping or self._ending:  # the process may have cut off what the pass was waiting for
                self._log.info("loop.interrupted", error=type(error).__name__)
            else:
                self._log.exception("loop.failed", failures=self._failures)
            return False
        self._failures = 0
        self.meter.ended(busy=busy)
        return busy

    def _pause(self) -> float:
        return min(self._rest * 2.0**self._failures, max(self._rest, _LONGEST_BACKOFF))

"""Background loops: each a thread that makes passes, rests when a pass finds nothing, and can be watched.

Whoever drives the clock (a test, the demo) must know when nothing is left to do before time may move on:
Activity counts the passes of all loops of a process, and ControlService reads it.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from tidegate.runtime.log import summary

_LONGEST_BACKOFF = 30.0
_DOUBLINGS = 16
_NUDGE_AGAIN = 0.05
_LOOK_AGAIN = 0.004
_SHARE_OF_WAITING = 0.02
_CALM_SECONDS = 0.015


@dataclass(frozen=True, slots=True)
class LoopStatus:
    """Counters of one loop since its start.

    ``busy`` while something that a pass has begun is under way, ``working`` while a pass is at work itself,
    ``listening`` while a pass waits for somebody else's news.
    """

    name: str
    passes: int
    busy_passes: int
    busy: bool
    last_error: str
    working: bool
    listening: bool


class Meter:
    """Counts the passes of one loop. Work that a pass hands to another thread is held open with hold()."""

    def __init__(self, name: str) -> None:
        self._lock = threading.Lock()
        self._name = name
        self._passes = self._busy_passes = self._held = 0
        self._passing = self._listening = False
        self._last_error = ""

    def began(self) -> None:
        """A pass begins."""
        self._passing = True

    @contextmanager
    def listening(self) -> Iterator[None]:
        """The pass waits for news, and does nothing meanwhile."""
        self._listening = True
        try:
            yield
        finally:
            self._listening = False

    def ended(self, *, busy: bool, error: str = "") -> None:
        """A pass ended; ``busy`` says that it found something to do."""
        with self._lock:
            self._passes += 1
            self._busy_passes += busy
            self._passing = False
            self._last_error = error

    def hold(self, count: int = 1) -> None:
        """So many things go on after the pass that began them."""
        with self._lock:
            self._held += count

    def release(self, count: int = 1, *, idle: bool = False) -> None:
        """What hold() announced is done; each counts as something that was found to do, unless there was nothing."""
        with self._lock:
            self._held -= count
            self._busy_passes += 0 if idle else count

    @property
    def passes(self) -> int:
        """How many passes have ended."""
        return self._passes

    @property
    def found(self) -> int:
        """How often a pass has found something to do."""
        return self._busy_passes

    @property
    def at_work(self) -> bool:
        """Whether a pass does more than wait for news, or what one has begun is still under way."""
        return self._held > 0 or (self._passing and not self._listening)

    def status(self) -> LoopStatus:
        """The counters at this moment."""
        with self._lock:
            return LoopStatus(
                self._name,
                self._passes,
                self._busy_passes,
                busy=self._held > 0,
                last_error=self._last_error,
                working=self._passing and not self._listening,
                listening=self._passing and self._listening,
            )


class Activity:
    """The meters of all loops of one service in this process."""

    def __init__(self) -> None:
        self._meters: list[Meter] = []
        self._lags: dict[str, Callable[[], int]] = {}
        self._loops: dict[str, Callable[[], None]] = {}
        self._feeds: list[Callable[[], None]] = []

    def on_nudge(self, callback: Callable[[], None]) -> None:
        """Has nudge_feeds() call ``callback``, which ends the waiting of a feed's readers."""
        self._feeds.append(callback)

    def nudge(self) -> None:
        """Has every loop, here and behind the feeds of this service, look at once for something to do."""
        self.wake(self._loops)
        self.nudge_feeds()

    def wake(self, names: Collection[str]) -> None:
        """Ends the rest of the loops among ``names``, and the pause of those that failed."""
        for name in names:
            if name in self._loops:
                self._loops[name]()

    def nudge_feeds(self) -> None:
        """Ends the waiting of those who read the feeds of this service."""
        for callback in self._feeds:
            callback()

    def meter(self, name: str, *, wake: Callable[[], None]) -> Meter:
        """A new meter under ``name``, of a loop whose rest and pause ``wake`` ends."""
        meter = Meter(name)
        self._meters.append(meter)
        self._loops[name] = wake
        return meter

    def follow(self, name: str, lag: Callable[[], int]) -> None:
        """The loop ``name`` follows a feed; ``lag`` tells how far it is behind."""
        self._lags[name] = lag

    def lags(self) -> dict[str, int]:
        """How far each loop that follows a feed is behind."""
        return {name: lag() for name, lag in self._lags.items()}

    @property
    def meters(self) -> Sequence[Meter]:
        """The meter of every loop."""
        return self._meters

    def statuses(self) -> list[LoopStatus]:
        """The counters of every loop."""
        return [meter.status() for meter in self._meters]


def settle(activities: Sequence[Activity], *, timeout: float) -> None:
    """Waits until nothing is left to do: every loop has made one more pass, and none has found anything meanwhile.

    Loops are not disturbed while any of them is at work: passes that find nothing would only take its time.
    Raises TimeoutError, naming the loops that are still busy.
    """
    patience = _Patience(timeout)
    meters = [meter for activity in activities for meter in activity.meters]
    while True:
        _await_calm(meters, patience)
        before = _found(meters)
        _pass_once(activities, meters, patience)
        after = [meter.status() for meter in meters]
        if not any(status.busy for status in after) and sum(status.busy_passes for status in after) == before:
            return


class _Patience:
    """Looks again soon at first, and more seldom the longer it takes: who looks takes time from who works."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._began = time.monotonic()

    def look_again(self, waited_for: Sequence[Meter]) -> None:
        """Lets some time pass. Raises TimeoutError, naming the loops, when it has all been used up."""
        waited = time.monotonic() - self._began
        if waited > self._timeout:
            raise TimeoutError(f"still busy: {[meter.status() for meter in waited_for]}")
        time.sleep(max(_LOOK_AGAIN, waited * _SHARE_OF_WAITING))


def _await_calm(meters: Sequence[Meter], patience: _Patience) -> None:
    """Returns when no loop has been at work for a moment."""
    found, since = -1, time.monotonic()
    while time.monotonic() - since < _CALM_SECONDS:
        total = _found(meters)
        if total != found or any(meter.at_work for meter in meters):
            found, since = total, time.monotonic()
        patience.look_again([meter for meter in meters if meter.at_work])


def _pass_once(activities: Sequence[Activity], meters: Sequence[Meter], patience: _Patience) -> None:
    """Has every loop complete a pass that sees what there is now: one that is under way may not have."""
    statuses = [meter.status() for meter in meters]
    late = [(meter, now.passes + 1 + now.working) for meter, now in zip(meters, statuses, strict=True)]
    nudged = 0.0
    while late:
        if time.monotonic() - nudged > _NUDGE_AGAIN:  # a reader may have begun to wait since
            nudged = time.monotonic()
            _nudge(activities, [meter for meter, _ in late])
        patience.look_again([meter for meter, _ in late])
        late = [(meter, enough) for meter, enough in late if meter.passes < enough]


def _nudge(activities: Sequence[Activity], late: Sequence[Meter]) -> None:
    statuses = [meter.status() for meter in late]
    resting = [status.name for status in statuses if not status.working]
    for activity in activities:
        activity.wake(resting)
    if any(status.listening for status in statuses):
        for activity in activities:
            activity.nudge_feeds()


def _found(meters: Sequence[Meter]) -> int:
    return sum(meter.found for meter in meters)


class Loop:
    """Calls ``step`` again and again in a thread of its own.

    A step returns True when it found something to do: the next pass follows at once. After False the loop
    rests for ``rest`` seconds or until wake(). After an exception it pauses, twice as long each time up to half
    a minute, and says so in the log and in its status: a loop does not die. News does not cut that pause short,
    as what fails would fail again as often as there is news; only hurry() and stop() do.
    """

    def __init__(self, name: str, step: Callable[[], bool], *, activity: Activity, rest: float = 1.0) -> None:
        self.name = name
        self.meter = activity.meter(name, wake=self.hurry)
        self._step = step
        self.rest = rest
        self._failures = 0
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._stopping = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._log = structlog.get_logger().bind(loop=name)

    @property
    def stopping(self) -> bool:
        """Whether stop() was called: a long step looks here between its parts."""
        return self._stopping.is_set()

    @property
    def is_resting(self) -> bool:
        """Whether no pass is under way, and a wake() begins one: after a failure it does not."""
        return not self._failures and not self.meter.at_work

    @property
    def is_woken(self) -> bool:
        """Whether a pass is about to begin, which sees what there is now."""
        return self._wake.is_set() and self.is_resting

    def expect_end(self) -> None:
        """The process is about to end: what a pass reaches for may be gone, which is no failure."""
        self._ending = True

    def start(self) -> None:
        """Begins to make passes."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do: does not wait for the rest to end."""
        self._wake.set()

    def hurry(self) -> None:
        """Somebody waits for a pass: waits for neither the rest to end nor the pause after a failure."""
        self._hurry.set()
        self._wake.set()

    def stop(self, *, timeout: float = 30.0) -> bool:
        """Lets the pass under way end and returns whether it did within ``timeout`` seconds."""
        self._stopping.set()
        self.hurry()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self._hurry.clear()
            if not self._pass() and not self.stopping:
                (self._hurry if self._failures else self._wake).wait(self._pause())

    def _pass(self) -> bool:
        self.meter.began()
        try:
            busy = self._step()
        except Exception as error:  # noqa: BLE001  (whatever it was, the next pass may succeed)
            self._failures += 1
            self.meter.ended(busy=False, error=summary(error))
            with suppress(Exception):  # where a log can't be written, loops go on
                self._tell(error)
            return False
        self._failures = 0
        self.meter.ended(busy=busy)
        return busy

    def _tell(self, error: Exception) -> None:
        if self.stopping or self._ending:  # the process may have cut off what the pass was waiting for
            self._log.info("loop.interrupted", error=type(error).__name__)
        else:
            self._log.exception("loop.failed", failures=self._failures)

    def _pause(self) -> float:
        doublings = min(self._failures, _DOUBLINGS)
        return min(self.rest * 2.0**doublings, max(self.rest, _LONGEST_BACKOFF))


def wake_one(loops: Sequence[Loop]) -> None:
    """Has one of several loops that do the same work make a pass; where none rests, each makes one after its own."""
    if any(loop.is_woken for loop in loops):
        return
    resting = next((loop for loop in loops if loop.is_resting), None)
    for loop in loops if resting is None else (resting,):
        loop.wake()


class Bell:
    """Wakes whoever has been hung up to it, so that parts made earlier can wake parts made later."""

    def __init__(self) -> None:
        self.rung: Callable[[], None] = _nobody

    def __call__(self) -> None:
        self.rung()


def _nobody() -> None:
    pass

"""Gathers what came of calls and records it in batches: while one is being written, the next one grows."""

import threading
from collections.abc import Sequence

from tidegate.delivery.outcomes import Answered, Outcomes
from tidegate.runtime.loops import Activity, Loop, Meter

_MOST = 1_000


class Recorder:
    """Takes results from any thread. Nothing is forgotten when the database can't be reached."""

    def __init__(self, outcomes: Outcomes, activity: Activity) -> None:
        self._outcomes = outcomes
        self._lock = threading.Lock()
        self._waiting: list[Answered] = []
        self.loop = Loop("delivery.outcomes", self._step, activity=activity)

    @property
    def calls(self) -> Meter:
        """Is held for every message that is on its way; a recorded result releases it."""
        return self.loop.meter

    def put(self, answered: Sequence[Answered]) -> None:
        """Hands results over."""
        with self._lock:
            self._waiting += answered
        self.loop.wake()

    def flush(self) -> None:
        """Records all there is, at the end."""
        while self._step():
            pass

    def _step(self) -> bool:
        with self._lock:
            batch = self._waiting[:_MOST]
        if not batch:
            return False
        self._outcomes.record(batch)
        with self._lock:
            del self._waiting[: len(batch)]
        self.calls.release(len(batch))
        return True

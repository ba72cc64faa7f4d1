"""How the adapters of this process do: what came of their calls, counted, and which of them fails."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

from tidegate.channels import Outcome
from tidegate.runtime.metrics import Metrics


class Ending(StrEnum):
    """How a call to an adapter ended."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    RAISED = "raised"
    OUTCOMES_MISSING = "outcomes_missing"
    BLOCKED = "blocked"


class Health:
    """Counts calls, and remembers what the last one of each adapter failed by. Safe to share between threads."""

    def __init__(self, metrics: Metrics) -> None:
        self._lock = threading.Lock()
        self._failing: dict[str, str] = {}
        self._calls = metrics.counter(
            "tidegate_delivery_adapter_calls_total",
            "Calls of adapters; all but the answered ones were cut off or answered no sense.",
            ("adapter", "ending"),
        )
        self._seconds = metrics.histogram(
            "tidegate_delivery_adapter_call_seconds", "Seconds that a call of an adapter took.", ("adapter",)
        )
        self._outcomes = metrics.counter(
            "tidegate_delivery_outcomes_total", "Messages by what became of their calls.", ("adapter", "outcome")
        )
        self._replaced = metrics.counter(
            "tidegate_delivery_adapter_loops_replaced_total",
            "Event loops given up because an adapter blocked them.",
            ("distribution",),
        )

    @property
    def failing(self) -> Mapping[str, str]:
        """By adapter, how its last call failed; those whose last call was answered are not in it."""
        with self._lock:
            return dict(self._failing)

    def ended(self, adapter: str, ending: Ending, *, seconds: float, error: str = "") -> None:
        """A call has ended; ``error`` says more of how."""
        self._calls.labels(adapter, ending).inc()
        self._seconds.labels(adapter).observe(seconds)
        with self._lock:
            if ending is Ending.ANSWERED:
                self._failing.pop(adapter, None)
            else:
                self._failing[adapter] = error or ending

    def came_of(self, adapter: str, outcomes: Sequence[Outcome]) -> None:
        """What became of messages that were called for."""
        for kind, count in Counter(one.kind for one in outcomes).items():
            self._outcomes.labels(adapter, kind).inc(count)

    def blocked(self, adapter: str, *, calls: int) -> None:
        """The adapter has blocked its loop, and so many calls are given up."""
        self._calls.labels(adapter, Ending.BLOCKED).inc(calls)
        with self._lock:
            self._failing[adapter] = Ending.BLOCKED

    def replaced(self, distribution: str) -> None:
        """The loop of a distribution was given up."""
        self._replaced.labels(distribution).inc()

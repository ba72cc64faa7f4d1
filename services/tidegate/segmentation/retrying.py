"""When a segment that could not be computed is tried again: later and later, so that it costs the others little."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tidegate.segmentation.model.segment import Segment

_FIRST, _LONGEST = 1.0, 300.0
_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class _Failure:
    requested: int
    times: int
    until: float


@dataclass(frozen=True, slots=True)
class Retries:
    """The failures of segments, by ``monotonic`` seconds. What is asked for anew is tried at once."""

    monotonic: Callable[[], float]
    _failures: dict[str, _Failure] = field(default_factory=dict)

    def allows(self, segment: Segment) -> bool:
        """Whether the computation that is due may be tried."""
        failure = self._failures.get(segment.segment_id)
        return failure is None or failure.requested < segment.requested or failure.until <= self.monotonic()

    def failed(self, segment: Segment) -> None:
        """The computation has failed."""
        before = self._failures.get(segment.segment_id)
        times = 1 + (before.times if before else 0)
        wait = min(_FIRST * 2.0 ** min(times - 1, _DOUBLINGS), _LONGEST)
        self._failures[segment.segment_id] = _Failure(segment.requested, times, self.monotonic() + wait)

    def succeeded(self, segment: Segment) -> None:
        """The computation is done."""
        self._failures.pop(segment.segment_id, None)

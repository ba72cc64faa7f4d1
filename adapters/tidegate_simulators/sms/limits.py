"""How often a number may be sent to, and how often a cloud may be called."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

_DAY: Final = 86_400
_BEIJING: Final = 28_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many messages in so many seconds.

    Attributes:
        permits: How many.
        seconds: In how many seconds, reckoned back from now.
        by_calendar: In the day of Beijing instead, whatever `seconds` says.
        says: What a refusal says: a message or a code, as the cloud has it.
    """

    permits: int
    seconds: int = _DAY
    by_calendar: bool = False
    says: str = ""

    def begins(self, now: float) -> float:
        """Since when messages count, in seconds since 1970."""
        return now - (now + _BEIJING) % _DAY if self.by_calendar else now - self.seconds + 1e-6


class Frequencies:
    """When messages were sent, by what is limited: a number, or a number with sign or template."""

    def __init__(self) -> None:
        self._sent: dict[Hashable, deque[float]] = {}

    def exceeded(self, windows: Sequence[Window], key: Hashable, now: float, *, besides: int = 0) -> Window | None:
        """The first window that has no room for one more, besides so many that are not counted yet; None = all have."""
        sent = self._sent.get(key, ())
        for window in windows:
            left = window.permits - besides
            if left <= 0 or (len(sent) >= left and sent[-left] >= window.begins(now)):
                return window
        return None

    def count(self, windows: Sequence[Window], key: Hashable, now: float) -> None:
        """One more was sent."""
        if not windows:
            return
        sent = self._sent.get(key)
        if sent is None:
            most = max(window.permits for window in windows)
            sent = self._sent[key] = deque(maxlen=most)
        sent.append(now)


class PerSecond:
    """Counts calls in the running second, by what is called."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds`: a clock that only runs forward."""
        self._seconds = seconds
        self._second = 0
        self._calls: dict[str, int] = {}

    def has_room(self, name: str, limit: int | None) -> bool:
        """Whether one more call is within the limit of a second, None = there is none; it counts."""
        second = int(self._seconds())
        if second != self._second:
            self._second, self._calls = second, {}
        calls = self._calls[name] = self._calls.get(name, 0) + 1
        return limit is None or calls <= limit

"""How often something may happen in a minute, an hour, a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400

_SHANGHAI: Final = 8 * HOUR
"""Both platforms' days begin at midnight in China, which knows no other offset."""

Clock = Callable[[], float]
"""The time in seconds since 1970."""


class Limits:
    """Counts by name, in windows that begin on the minute, the hour, the day of China."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[tuple[object, int], tuple[int, int]] = {}

    def take(self, name: object, most: int, seconds: int, *, count: int = 1) -> bool:
        """Count it unless that would be more than `most` in the window; whether it was counted."""
        window = int(self._clock() + _SHANGHAI) // seconds
        key = (name, seconds)
        begun, used = self._counts.get(key, (window, 0))
        if begun != window:
            used = 0
        if used + count > most:
            return False
        self._counts[key] = (window, used + count)
        return True

    def used(self, name: object, seconds: int) -> int:
        """How many were counted in the window that is now."""
        window = int(self._clock() + _SHANGHAI) // seconds
        begun, used = self._counts.get((name, seconds), (window, 0))
        return used if begun == window else 0

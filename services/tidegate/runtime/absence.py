"""Stands in for the feed of a service that the process does not know: it may run without some of the suite."""

import threading
from collections.abc import Sequence
from typing import Any

from tidegate.runtime.loops import Activity

_LOOK_AGAIN_SECONDS = 1.0


class Absence:
    """A feed without news, until a nudge or for a while."""

    def __init__(self, activity: Activity) -> None:
        self._nudged = threading.Event()
        activity.on_nudge(self._nudged.set)

    def fetch(self, after: int, wait: float) -> tuple[Sequence[Any], int, int]:
        """An empty page."""
        self._nudged.wait(min(wait, _LOOK_AGAIN_SECONDS))
        self._nudged.clear()
        return (), after, after

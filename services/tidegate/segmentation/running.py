"""What runs of score models and of stage models share."""

import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import sqlalchemy as sa

from tidegate.segmentation.definitions import Definitions
from tidegate.segmentation.model.scoring import RunState
from tidegate.segmentation.model.segment import Announcement, Cause, Evaluation
from tidegate.segmentation.rules.inputs import Inputs
from tidegate.segmentation.store import segments

AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""What is raised while the database is not there: the run is gone on with later."""


class Run(Protocol):
    """A run, of which it is known how far it is."""

    @property
    def state(self) -> RunState:
        """How far it is."""
        ...


Found = TypeVar("Found", bound=Run)


class Ends:
    """Lets calls wait for the ends of runs."""

    def __init__(self) -> None:
        self._ended = threading.Condition()

    def notify(self) -> None:
        """A run has ended."""
        with self._ended:
            self._ended.notify_all()

    def wait(self, look: Callable[[], Found], seconds: float) -> Found:
        """The run that ``look`` reads: once it has ended, or as it is after so many seconds."""
        deadline = time.monotonic() + seconds
        with self._ended:
            while True:
                found = look()
                left = deadline - time.monotonic()
                if found.state is not RunState.RUNNING or left <= 0:
                    return found
                self._ended.wait(left)


def request_dependents(connection: sa.Connection, depends: Callable[[Inputs], bool]) -> None:
    """Asks for the computation of the live segments whose inputs depend on what was run.

    Also of those that are being computed for the first time: perhaps by the results of before.
    """
    for definition in Definitions.of(segments.current(connection)).by_id.values():
        if depends(definition.inputs) and definition.segment.evaluation is Evaluation.LIVE:
            segment = segments.lock(connection, definition.segment_id)
            if segment is not None:
                segments.request(connection, segment, Cause.DERIVED, Announcement.ALL)

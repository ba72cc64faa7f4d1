"""What callbacks speak of. Instants are microseconds."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tidegate.channels import Callback, Report


class CallbackState(enum.StrEnum):
    """How far a callback has come."""

    WAITING = "waiting"
    """It has to be read yet, or read again."""
    DONE = "done"
    """All that it says is applied."""
    FAILED = "failed"
    """It was given up: nobody could read or apply it for a week, or identity will never take what it says."""


class Arrival(NamedTuple):
    """A callback that an adapter takes for its provider's, or reports that it has collected, with what it is known by
    when it comes again.
    """

    account_id: str
    key: str
    said: Callback | Sequence[Report]
    time: datetime


class Taken(NamedTuple):
    """A callback that somebody reads. ``tries`` counts this time, ``age`` is of real time."""

    callback_id: str
    account_id: str
    sealed: str
    tries: int
    age: int

"""Pure: one walk of one customer, as the machine sees it, and what a step of it comes to.

Of most of these a batch makes thousands: named tuples, which are made in a fraction of a frozen dataclass's time.
"""

import enum
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from tidegate.journey.conditions import Mark, Scalar


class WalkState(enum.StrEnum):
    """Where a walk stands; every state but OPEN is final."""

    OPEN = "open"
    FINISHED = "finished"
    EXITED = "exited"
    MERGED = "merged"


class Posture(enum.StrEnum):
    """What an open walk waits for at its node."""

    READY = "ready"
    """A worker."""
    TIMER = "timer"
    """A span of time, which a pause may hold."""
    DATE = "date"
    """An instant, which no pause moves."""
    HAPPENING = "happening"
    """Something to happen, or the time-out."""
    MESSAGE = "message"
    """The outcome of a message, or the time by which there must be one."""
    RECEIPT = "receipt"
    """The receipt of a message that was sent, or the time-out for it."""


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class EndedWait(NamedTuple):
    """What ended a wait: the signal's mark, up to which none ends it again, and its properties."""

    mark: Mark
    properties: Mapping[str, Scalar]


class Memory(NamedTuple):
    """What a walk remembers.

    ``arms`` by experiment, ``held`` the experiment and arm by which it is held out, ``waits`` what ended each wait
    last, ``entered`` when remembered nodes were entered (microseconds), ``goals`` name and time (microseconds) of
    those reached, ``since`` from when on exits and goals count what happens (microseconds; None: from the entry).
    """

    entry: Mapping[str, Scalar] = _NOTHING
    arms: Mapping[str, str] = _NOTHING
    held: tuple[str, str] | None = None
    waits: Mapping[str, EndedWait] = _NOTHING
    entered: Mapping[str, int] = _NOTHING
    goals: tuple[tuple[str, int], ...] = ()
    since: int | None = None


class Walk(NamedTuple):
    """One enrollment. ``visit`` numbers the visits of nodes from 1; ``timer`` is when what it waits for is over.

    ``position`` is the position of identity's feed that brought it here. ``message_id`` names the message of this
    visit once there is one.
    """

    enrollment_id: str
    customer_id: int
    node_id: str
    visit: int
    entered: datetime
    node_entered: datetime
    posture: Posture
    timer: datetime
    position: int = 0
    message_id: str = ""
    memory: Memory = Memory()
    state: WalkState = WalkState.OPEN
    end_reason: str = ""


class Step(NamedTuple):
    """One visit that ended: ``label`` is empty when the walk ended there early."""

    visit: int
    node_id: str
    entered: datetime
    left: datetime
    label: str
    reason: str
    message_id: str = ""


class QuestionKind(enum.Enum):
    """What a walk needs to know, or to have done, before it can go on."""

    SEND = "send"
    BRANCH = "branch"
    ARM = "arm"
    ZONE = "zone"
    ATTRIBUTE = "attribute"


class Question(NamedTuple):
    """Asked at a node, for all walks that stand there at once."""

    kind: QuestionKind
    node_id: str


class Answer(NamedTuple):
    """The answer for one walk, good for one visit.

    SEND: Accepted or Refused or Excluded; BRANCH: the case's label or None; ARM: Arm or None; ZONE: a ZoneInfo;
    ATTRIBUTE: a datetime or None.
    """

    visit: int
    value: Any


class Accepted(NamedTuple):
    """Delivery has taken the message over."""

    message_id: str


class Refused(NamedTuple):
    """Delivery refuses the message for good."""

    reason: str


class Excluded(NamedTuple):
    """The customer is in a segment that is excluded."""

    segment_id: str


class Arm(NamedTuple):
    """A stored arm; ``control`` when the customer is treated as control."""

    name: str
    control: bool


class News(NamedTuple):
    """What became of the message of the present visit: the edge it stands for, and the reason."""

    label: str
    reason: str = ""

"""Segments and memberships."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


class Evaluation(enum.StrEnum):
    """How a segment is kept current."""

    LIVE = "live"
    ON_REQUEST = "on_request"


class SegmentState(enum.StrEnum):
    """What a segment is doing."""

    COMPUTING = "computing"
    ACTIVE = "active"
    FAILED = "failed"
    ARCHIVED = "archived"


class Announcement(enum.StrEnum):
    """Whether the feed tells of a computation's entered and left."""

    QUIET = "quiet"
    ALL = "all"


class Transition(enum.StrEnum):
    """Which way a membership changed."""

    ENTERED = "entered"
    LEFT = "left"


class Cause(enum.StrEnum):
    """Why a membership began or ended."""

    FACTS = "facts"
    TIME = "time"
    FIRST_COMPUTATION = "first_computation"
    DEFINITION = "definition"
    REFRESH = "refresh"
    MERGE = "merge"
    SPLIT = "split"
    LIST = "list"
    DERIVED = "derived"


DECISIVE = frozenset({Cause.DEFINITION, Cause.FACTS})
"""Causes of a computation as a whole that count whatever was asked for before: nothing is kept live until then."""


class Request(NamedTuple):
    """A computation that was asked for as number ``number``."""

    number: int
    cause: Cause
    announcement: Announcement


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A named set of customers. ``rule`` is the rule as the contract serialises it, None for a list.

    ``revision`` rises with every transaction that changes memberships, so that the analytic store can tell
    whether its copy is current. ``cause``, ``announcement`` and ``needed_position`` belong to the computation that
    is due while the state is COMPUTING: it waits until identity's feed has been applied that far, so that what was
    known when it was asked for is not announced as news afterwards. ``queued`` are those that were asked for while
    it was due: it does for them too, unless it had begun before.
    """

    segment_id: str
    display_name: str = ""
    description: str = ""
    rule: bytes | None = None
    evaluation: Evaluation = Evaluation.LIVE
    minimum_stay: timedelta = timedelta(0)
    state: SegmentState = SegmentState.COMPUTING
    version: int = 1
    revision: int = 0
    member_count: int = 0
    requested: int = 1
    completed: int = 0
    cause: Cause = Cause.FIRST_COMPUTATION
    announcement: Announcement = Announcement.QUIET
    queued: tuple[Request, ...] = ()
    needed_position: int = 0
    evaluated_at: datetime | None = None
    identity_position: int = 0
    last_error: str = ""
    etag: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_list(self) -> bool:
        """Whether members are listed by hand."""
        return self.rule is None


class Membership(NamedTuple):
    """A customer's being in a segment, since an instant in microseconds."""

    customer_id: int
    version: int
    seq: int
    entered_at: int
    cause: Cause


class Snapshot(NamedTuple):
    """The members of a segment at one instant, kept. ``serial`` orders all snapshots; 0 until it is stored."""

    serial: int
    snapshot_id: str
    segment_id: str
    version: int
    as_of: datetime
    member_count: int


class Overlap(NamedTuple):
    """How many customers are in both of two segments, and over how many are in at least one (0 without any)."""

    first_segment_id: str
    second_segment_id: str
    both: int
    jaccard: float


class MembershipRecord(NamedTuple):
    """One change of one membership. ``serial`` orders all changes."""

    serial: int
    segment_id: str
    version: int
    customer_id: int
    transition: Transition
    seq: int
    time: datetime
    cause: Cause


class Change(NamedTuple):
    """A customer enters or leaves; ``cause`` says why."""

    customer_id: int
    transition: Transition
    cause: Cause

"""Pure: a journey's definition as it is walked, once published and read back."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tidegate.journey.conditions import Happening, PropertyTest, Scalar

NEXT = "next"
TIMEOUT = "timeout"
OTHERWISE = "otherwise"
NOT_ELIGIBLE = "not_eligible"


class MessageClass(enum.Enum):
    """What a message is to its customer, of the classes a journey may send."""

    TRANSACTIONAL = "transactional"
    SERVICE_REPLY = "service_reply"
    MARKETING = "marketing"
    MARKETING_OVERRIDE = "marketing_override"

    @property
    def is_marketing(self) -> bool:
        """Whether control groups are held out from it."""
        return self in {MessageClass.MARKETING, MessageClass.MARKETING_OVERRIDE}


class ResolveOn(enum.Enum):
    """What resolves a send."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"


class BindingKind(enum.Enum):
    """Where a variable's value comes from."""

    CONSTANT = "constant"
    ENTRY = "entry"
    WAIT = "wait"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Binding:
    """A variable's source: the constant ``value``, or the property or attribute ``name`` (of wait ``node_id``)."""

    kind: BindingKind
    name: str = ""
    node_id: str = ""
    value: Scalar = None


@dataclass(frozen=True, slots=True)
class Override:
    """Lets a marketing message pass frequency and quiet hours until ``end``."""

    reason: str
    end: datetime


@dataclass(frozen=True, slots=True)
class SendNode:
    """Sends one message."""

    template_id: str
    channels: tuple[str, ...]
    variables: Mapping[str, Binding] = field(default_factory=dict)
    message_class: MessageClass = MessageClass.MARKETING
    purpose: str = ""
    brand: str = ""
    campaign_id: str = ""
    phase_id: str = ""
    tier: str = ""
    priority: int = 0
    expires_after: timedelta = timedelta(days=3)
    resolve_on: ResolveOn = ResolveOn.SENT
    receipt_timeout: timedelta = timedelta(days=1)
    confirm_timeout: timedelta | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class DurationWait:
    """Lets a duration pass from the node's entry on."""

    duration: timedelta


@dataclass(frozen=True, slots=True)
class InstantWait:
    """Waits until an instant."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class LocalTimeWait:
    """Waits until the customer's clock shows a time; ``weekdays`` from 1 (Monday), none: every day."""

    hour: int
    minute: int = 0
    weekdays: frozenset[int] = frozenset()
    after_days: int = 0


@dataclass(frozen=True, slots=True)
class AttributeWait:
    """Waits until the date in an attribute, moved by ``offset``."""

    attribute: str
    offset: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class WaitCase:
    """One thing a node waits for, and the label it is left by then."""

    label: str
    happening: Happening
    matching: str = ""


@dataclass(frozen=True, slots=True)
class WaitForNode:
    """Waits for the first of several happenings, counted from the entry of node ``since`` (empty: its own)."""

    cases: tuple[WaitCase, ...]
    timeout: timedelta
    since: str = ""


@dataclass(frozen=True, slots=True)
class BranchCase:
    """One case: exactly one of a rule (a stored Rule message), a segment, and a test of the entry is set."""

    label: str
    rule: bytes = b""
    segment_id: str = ""
    entry: PropertyTest | None = None


@dataclass(frozen=True, slots=True)
class BranchNode:
    """Chooses the first case that holds."""

    cases: tuple[BranchCase, ...]


@dataclass(frozen=True, slots=True)
class SplitNode:
    """Chooses by the arm of an experiment; controls are held out from marketing unless ``hold_out`` is off."""

    experiment_id: str
    arms: frozenset[str]
    hold_out: bool = True
    eligible_for: str = ""


@dataclass(frozen=True, slots=True)
class GoalNode:
    """Records that the goal ``name`` was reached."""

    name: str


@dataclass(frozen=True, slots=True)
class ExitNode:
    """Ends the walk as finished."""

    reason: str = ""


Node = (
    SendNode
    | DurationWait
    | InstantWait
    | LocalTimeWait
    | AttributeWait
    | WaitForNode
    | BranchNode
    | SplitNode
    | GoalNode
    | ExitNode
)


@dataclass(frozen=True, slots=True)
class Canvas:
    """A graph: nodes by id, and where each (node, label) leads."""

    start: str
    nodes: Mapping[str, Node]
    edges: Mapping[tuple[str, str], str]

    def follow(self, node_id: str, label: str) -> str | None:
        """Where a walk goes that leaves ``node_id`` by ``label``: labels not wired fall to `next`."""
        target = self.edges.get((node_id, label))
        return target if target is not None else self.edges.get((node_id, NEXT))


class EntryFrequency(enum.Enum):
    """How often one customer and key may come in."""

    ONCE = "once"
    ONCE_PER_DURATION = "once_per_duration"
    AFTER_EXIT = "after_exit"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class SegmentTrigger:
    """Enters customers as they come into a segment."""

    segment_id: str
    include_merges: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleTrigger:
    """Enters a segment's members at ``start``; when ``live``, also those who come in before ``end``."""

    segment_id: str
    start: datetime
    live: bool = False
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Who comes in, and how often."""

    events: tuple[Happening, ...] = ()
    segments: tuple[SegmentTrigger, ...] = ()
    schedules: tuple[ScheduleTrigger, ...] = ()
    key_property: str = ""
    frequency: EntryFrequency = EntryFrequency.ONCE
    duration: timedelta = timedelta(0)
    max_concurrent: int = 0
    exclusions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExitCondition:
    """What ends a walk early."""

    happening: Happening
    reason: str
    matching: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """What counts as success."""

    name: str
    happening: Happening
    matching: str = ""
    ends_walk: bool = False


class Overdue(enum.Enum):
    """What becomes of a send that is too late."""

    SEND = "send"
    SKIP = "skip"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class PausePolicy:
    """What a pause does to walks under way."""

    holds_timers: bool = True
    overdue: Overdue = Overdue.SEND
    max_lateness: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that a version fixes."""

    canvas: Canvas
    entry: Entry = field(default_factory=Entry)
    exits: tuple[ExitCondition, ...] = ()
    goals: tuple[Goal, ...] = ()
    pause: PausePolicy = field(default_factory=PausePolicy)
    interests: frozenset[str] = frozenset()
    """The keys of all happenings that can move or end a walk."""
    remembered: frozenset[str] = frozenset()
    """The nodes whose latest entry a later wait counts from."""

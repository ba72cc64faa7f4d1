"""Policies as data.

Instants are microseconds since the epoch throughout this package: the gate compares millions of them.
"""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Generic, Literal, TypeVar

from tidegate.delivery.model import MessageClass

OBEYING = frozenset({MessageClass.MARKETING})
"""The classes that frequency rules and quiet hours can hold back."""

TIER_SEPARATOR = "#"


def model_tier(model_id: str, tier: str) -> str:
    """The name under which a tier of a score model stands among a customer's segments."""
    return f"{model_id}{TIER_SEPARATOR}{tier}"


def audience_of(name: str) -> str:
    """Whose members are told as one: a segment itself; of a model's tier, the model with the separator behind."""
    model_id, separator, _ = name.partition(TIER_SEPARATOR)
    return model_id + separator


def share(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of channels, or of classes, have something in common: an empty one stands for all."""
    return not one or not other or bool(one & other)


def phase_of(campaign_id: str, phase_id: str) -> str:
    """The name of a phase among those of all campaigns: campaigns may call theirs alike."""
    return f"{campaign_id}/{phase_id}"


class Scope(enum.StrEnum):
    """Over what a rule counts. A phase is named as `phase_of` has it."""

    ALL = "all"
    BRAND = "brand"
    CAMPAIGN = "campaign"
    PHASE = "phase"
    JOURNEY = "journey"
    CALLER = "caller"


class Measure(enum.StrEnum):
    """What a rule counts."""

    MESSAGES = "messages"
    DISTINCT_CHANNELS = "distinct_channels"


class OnExceed(enum.StrEnum):
    """What becomes of a message that a rule does not let through."""

    DROP = "drop"
    DEFER = "defer"
    NEXT_CHANNEL = "next_channel"


def strictest(said: Collection[OnExceed]) -> OnExceed:
    """Dropping wins over trying the next channel, which wins over waiting."""
    return next(one for one in _BY_SEVERITY if one in said)


_BY_SEVERITY = (OnExceed.DROP, OnExceed.NEXT_CHANNEL, OnExceed.DEFER)


class ZoneOf(enum.StrEnum):
    """By whose clocks a calendar runs."""

    COMPANY = "company"
    CUSTOMER = "customer"


class CalendarUnit(enum.StrEnum):
    """A period of a local calendar, from its first midnight to the next period's; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time in microseconds: ``start`` belongs to it, ``end`` does not."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rolling:
    """Rows with counted_at > now − length; exactly ``length`` later a row is free again.

    There is no upper bound, so that a clock set back forgets nothing.
    """

    length: int
    kind: Literal["rolling"] = "rolling"


@dataclass(frozen=True, slots=True)
class MinGap:
    """At least ``length`` between two messages: rolling, with a limit of one."""

    length: int
    kind: Literal["min_gap"] = "min_gap"


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """The calendar period that now lies in, half open."""

    unit: CalendarUnit
    zone_of: ZoneOf = ZoneOf.COMPANY
    kind: Literal["calendar"] = "calendar"


@dataclass(frozen=True, slots=True)
class Dated:
    """A phase: the rule applies within the span, and counts the rows in it."""

    span: Span
    kind: Literal["dated"] = "dated"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """All rows there are of the campaign, phase or journey that the rule's scope names."""

    kind: Literal["lifetime"] = "lifetime"


Window = Rolling | MinGap | CalendarPeriod | Dated | Lifetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyRule:
    """How many messages, or on how many channels, a customer gets within a window.

    Empty means no restriction: ``scope_id`` empty counts each brand, campaign, … by itself; ``classes`` empty
    holds all that can be held (marketing and overrides always count together); ``channels`` empty is all
    channels together. Of ``tier`` and ``segment_id`` one at most is set. A rule for a tier holds messages
    that carry it and counts the rows that carry it, as frozen when they were written; a rule for a segment
    (or for a model's tier, see `model_tier`) holds its present members and counts all their rows in scope.
    ``limit`` None limits nothing, but may still replace other rules; ``target`` is what coverage aims at.
    """

    rule_id: str
    window: Window
    limit: int | None
    version: int = 1
    display_name: str = ""
    target: int = 0
    scope: Scope = Scope.ALL
    scope_id: str = ""
    classes: frozenset[MessageClass] = frozenset()
    channels: frozenset[str] = frozenset()
    tier: str = ""
    segment_id: str = ""
    measure: Measure = Measure.MESSAGES
    on_exceed: OnExceed = OnExceed.DROP
    precedence: int = 0
    replaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Opens named frequency rules to named customers, or to a segment, until an end, for a reason.

    ``granted_by`` is the caller who made it.
    """

    exemption_id: str
    rule_ids: frozenset[str]
    span: Span
    reason: str
    granted_by: str
    version: int = 1
    customer_ids: frozenset[int] = frozenset()
    segment_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipPolicy:
    """Says to whose customers a unit of the company may market: the members of the segment."""

    ownership_policy_id: str
    sender_unit: str
    segment_id: str
    note: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Keeps slots of the segment's members for a campaign, from messages of a lower priority, within the span.

    ``channels`` are those of the campaign's messages; empty means all.
    """

    hold_id: str
    campaign_id: str
    segment_id: str
    slots: int
    priority: int
    span: Span
    channels: frozenset[str] = frozenset()
    version: int = 1


class GuardrailMetric(enum.StrEnum):
    """The rate that a guardrail watches: per message sent, failures per call."""

    COMPLAINTS = "complaints"
    UNSUBSCRIBES = "unsubscribes"
    BOUNCES = "bounces"
    FAILURES = "failures"


class GuardrailAction(enum.StrEnum):
    """What a guardrail does when its threshold is passed."""

    PAUSE = "pause"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """Watches a rate of a campaign, or of each campaign where it names none, from its last change on.

    ``trips`` are the campaigns in which the threshold was passed, and when.
    """

    guardrail_id: str
    metric: GuardrailMetric
    threshold: float
    min_sent: int
    campaign_id: str = ""
    action: GuardrailAction = GuardrailAction.PAUSE
    version: int = 1
    trips: Mapping[str, int] = field(default_factory=dict)

    @property
    def paused(self) -> Collection[str]:
        """The campaigns whose messages wait for it."""
        return self.trips.keys() if self.action is GuardrailAction.PAUSE else ()


@dataclass(frozen=True, slots=True)
class LocalWindow:
    """From ``start`` to ``end`` by local clocks, on the weekdays it begins on (0 is Monday).

    An ``end`` at or before ``start`` is on the next day.
    """

    start: time
    end: time
    weekdays: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRule:
    """Local windows, weekdays and whole days at which nothing that obeys quiet hours goes out.

    By the customer's clocks, the company's where those aren't known. It is for messages of the brand, the
    channels and the classes; empty means all. ``spread`` is the time, in microseconds, over which what
    waited goes out after the end.
    """

    rule_id: str
    windows: tuple[LocalWindow, ...] = ()
    holidays: tuple[date, ...] = ()
    brand: str = ""
    channels: frozenset[str] = frozenset()
    classes: frozenset[MessageClass] = frozenset()
    action: OnExceed = OnExceed.DEFER
    spread: int = 0
    version: int = 1
    display_name: str = ""


Policy = FrequencyRule | QuietRule | Exemption | OwnershipPolicy | Hold | Guardrail


class PolicyKind(enum.StrEnum):
    """The policies that are kept as documents, and decided by in memory."""

    FREQUENCY_RULE = "frequency_rule"
    QUIET_HOURS = "quiet_hours"
    EXEMPTION = "exemption"
    OWNERSHIP_POLICY = "ownership_policy"
    HOLD = "hold"
    GUARDRAIL = "guardrail"


PolicyT = TypeVar("PolicyT", bound=Policy)


@dataclass(frozen=True, slots=True)
class Kept(Generic[PolicyT]):
    """A policy as it is kept. ``revision`` is the version of all policies at its last change."""

    policy: PolicyT
    revision: int
    create_time: int
    update_time: int

    @property
    def etag(self) -> str:
        """Changes with every change, also when it is deleted and made again."""
        return f"{self.revision:x}"


class SuppressionCause(enum.StrEnum):
    """Why someone is sent nothing."""

    MANUAL = "manual"
    IMPORT = "import"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    RISK = "risk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Stops messages of every class to a customer, to an address whoever holds it, or to the members of a segment.

    One of ``customer_id``, ``namespace`` with ``value``, and ``segment_id`` is set. Empty channels, purpose and
    brand stand for all. ``suppression_id`` and ``create_time`` are the server's. ``holder_id`` is the customer by
    whose message an address turned out to be dead, with whom its value is erased.
    """

    customer_id: int = 0
    namespace: str = ""
    value: str = field(default="", repr=False)
    segment_id: str = ""
    channels: frozenset[str] = frozenset()
    purpose: str = ""
    brand: str = ""
    cause: SuppressionCause = SuppressionCause.MANUAL
    note: str = ""
    expire_time: int | None = None
    suppression_id: str = ""
    version: int = 1
    create_time: int = 0
    holder_id: int = 0

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return f"{self.version:x}"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not let a message through: what it counted, and when it will.

    ``free_at`` is the earliest instant at which this rule, by itself, allows the message; None if none does.
    ``holds`` keep slots of it from the message.
    """

    rule: FrequencyRule
    counted: int
    limit: int
    free_at: int | None
    holds: Sequence[str] = ()

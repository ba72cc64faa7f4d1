"""What a platform lets an account send: windows that customers open, and limits per address and per account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

PLATFORM_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
"""In which platforms' rules begin and end."""


class Trigger(StrEnum):
    """What a customer does that opens an interaction window."""

    MESSAGE = "message"
    """They wrote."""
    MENU_CLICK = "menu_click"
    FOLLOW = "follow"
    SCAN = "scan"
    SESSION = "session"
    """They entered the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule:
    """How long a window stays open, and how many messages may go out in it. Windows do not add up.

    Attributes:
        trigger: What opens it; the newest opening counts.
        lifetime: How long it stays open.
        messages: Most messages in it; None = no limit.
        since: The first day of the rule, in China's time; None = always.
        until: The first day on which it is no longer in force; None = it still is.
    """

    trigger: Trigger
    lifetime: timedelta
    messages: int | None
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.lifetime <= timedelta() or (self.messages is not None and self.messages < 1):
            raise ValueError(f"WindowRule of {self.trigger}: lifetime and messages must be more than zero")
        if self.since and self.until and self.since >= self.until:
            raise ValueError(f"WindowRule of {self.trigger}: since must lie before until")

    def in_force(self, at: datetime) -> bool:
        """Whether it is the rule at an (aware) instant."""
        return _is_dated(self.since, self.until, at)


class Per(StrEnum):
    """Whose messages a limit counts."""

    ADDRESS = "address"
    """Those to one address."""
    ACCOUNT = "account"
    """All of the account."""


class Period(StrEnum):
    """A period of the calendar, in China's time."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many messages a platform takes; what would go beyond it waits.

    Attributes:
        per: Whose messages it counts.
        most: How many.
        within: In which time: any span of that length, or a period of the calendar. Of an account: a period.
        classes: The classes of messages that it counts and holds (`verification`, `transactional`,
            `service_reply`, `marketing`, `marketing_override`); empty = all. Of an account: all.
        since: The first day of the rule, in China's time; None = always.
        until: The first day on which it is no longer in force; None = it still is.
    """

    per: Per
    most: int
    within: timedelta | Period
    classes: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.most < 1 or (isinstance(self.within, timedelta) and self.within <= timedelta()):
            raise ValueError(f"Limit per {self.per}: most and within must be more than zero")
        if self.per is Per.ACCOUNT and (self.classes or not isinstance(self.within, Period)):
            raise ValueError("Limit per account: must be of all classes, and within a period of the calendar")
        if self.classes - _CLASSES:
            raise ValueError(f"Limit per {self.per}: there are no classes {sorted(self.classes - _CLASSES)}")

    @property
    def name(self) -> str:
        """How it is named to people, such as `platform: 5 per address within 1:00:00`."""
        classes = f" ({', '.join(sorted(self.classes))})" if self.classes else ""
        return f"platform: {self.most} per {self.per}{classes} within {_within(self.within)}"

    def in_force(self, at: datetime) -> bool:
        """Whether it is a rule at an (aware) instant."""
        return _is_dated(self.since, self.until, at)


def _within(within: timedelta | Period) -> str:
    return f"a {within}" if isinstance(within, Period) else str(within)


_CLASSES = frozenset({"verification", "transactional", "service_reply", "marketing", "marketing_override"})


def _is_dated(since: date | None, until: date | None, at: datetime) -> bool:
    day = at.astimezone(PLATFORM_ZONE).date()
    return (since is None or since <= day) and (until is None or day < until)

"""What a platform lets an account send by itself: windows that customers open, one message at a time."""

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
        day = at.astimezone(PLATFORM_ZONE).date()
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

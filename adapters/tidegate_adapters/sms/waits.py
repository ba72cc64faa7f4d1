"""How long a limit lasts, in China's time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from tidegate.channels.allowances import PLATFORM_ZONE

Wait = timedelta | Callable[[datetime], timedelta]
"""A span, or one that depends on the (aware) instant."""

MARKETING_OPENS: Final = 8
"""The hour of the day, in China's time, from which marketing is taken (November 2026)."""


def span(wait: Wait, now: datetime) -> timedelta:
    """How long to wait at an instant."""
    return wait if isinstance(wait, timedelta) else wait(now)


def until_tomorrow(now: datetime) -> timedelta:
    """Until the next day begins."""
    return _midnight(now) + timedelta(days=1) - now


def until_next_month(now: datetime) -> timedelta:
    """Until the next month begins."""
    first = _midnight(now).replace(day=1)
    return (first + timedelta(days=31)).replace(day=1) - now


def until_marketing(now: datetime) -> timedelta:
    """Until marketing is taken again."""
    opens = _midnight(now) + timedelta(hours=MARKETING_OPENS)
    return opens - now if opens > now else opens + timedelta(days=1) - now


def _midnight(now: datetime) -> datetime:
    return now.astimezone(PLATFORM_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)

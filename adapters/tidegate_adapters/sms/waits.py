"""How long a limit lasts, in China's time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tidegate.channels.allowances import PLATFORM_ZONE

from tidegate_adapters.sms.marketing import Marketing

Wait = timedelta | Callable[[datetime], timedelta]
"""A span, or one that depends on the (aware) instant."""


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
    """Until the provider takes marketing again; at once when it should."""
    return Marketing().wait(now)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(PLATFORM_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)

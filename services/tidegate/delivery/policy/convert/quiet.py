"""Quiet hours on the wire."""

import re
from collections.abc import Iterable
from datetime import date, time
from typing import Any

from tidegate.api.delivery.v1 import policies_pb2 as pb
from tidegate.delivery.announce import numbers
from tidegate.delivery.instants import SECOND, duration, span, timestamp
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import (
    channel_set,
    check_id,
    check_length,
    class_numbers,
    held_classes,
    member,
)
from tidegate.delivery.policy.model import Kept, LocalWindow, OnExceed, QuietRule
from tidegate.runtime.errors import Violations

FIXED = {"quiet_hours_id", "version", "etag", "create_time", "update_time"}
"""The fields that an update can't change."""

_ACTIONS = numbers(pb.QuietAction, "QUIET_ACTION", OnExceed)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_LONGEST_SPREAD = 6 * 3600 * SECOND
_MOST_WINDOWS = 100
_MOST_HOLIDAYS = 1000


def quiet_of(message: pb.QuietHours, path: str = "quiet_hours") -> QuietRule:
    """The quiet hours that a caller means. Raises InvalidArgument naming every field at fault."""
    found = Violations()
    note_nul(found, path, message)
    check_id(found, f"{path}.quiet_hours_id", message.quiet_hours_id)
    check_length(found, f"{path}.display_name", message.display_name, 200)
    _check_amounts(found, path, message)
    rule = QuietRule(
        rule_id=message.quiet_hours_id,
        display_name=message.display_name,
        windows=_windows(found, f"{path}.windows", message.windows),
        holidays=_holidays(found, f"{path}.holidays", message.holidays),
        brand=message.brand,
        channels=channel_set(found, f"{path}.channels", message.channels),
        classes=held_classes(found, f"{path}.classes", message.classes),
        action=member(found, f"{path}.action", message.action, _ACTIONS, OnExceed.DEFER) or OnExceed.DEFER,
        spread=span(message.spread),
    )
    found.raise_if_any()
    return rule


def quiet_message(kept: Kept[QuietRule]) -> pb.QuietHours:
    """Quiet hours as callers see them."""
    rule = kept.policy
    return pb.QuietHours(
        quiet_hours_id=rule.rule_id,
        display_name=rule.display_name,
        brand=rule.brand,
        channels=sorted(rule.channels),
        classes=class_numbers(rule.classes),
        windows=[_window_message(window) for window in rule.windows],
        holidays=[day.isoformat() for day in rule.holidays],
        action=_ACTIONS[rule.action],
        spread=duration(rule.spread) if rule.spread else None,
        version=rule.version,
        etag=kept.etag,
        create_time=timestamp(kept.create_time),
        update_time=timestamp(kept.update_time),
    )


def _check_amounts(found: Violations, path: str, message: pb.QuietHours) -> None:
    if not message.windows and not message.holidays:
        found.add(f"{path}.windows", "must not be empty where there are no holidays")
    if len(message.windows) > _MOST_WINDOWS:
        found.add(f"{path}.windows", f"are more than {_MOST_WINDOWS}; make further quiet hours")
    if len(message.holidays) > _MOST_HOLIDAYS:
        found.add(f"{path}.holidays", f"are more than {_MOST_HOLIDAYS}; make further quiet hours")
    if not 0 <= span(message.spread) <= _LONGEST_SPREAD:
        found.add(f"{path}.spread", "must be from 0 to 6 h")


def _windows(found: Violations, path: str, messages: Iterable[pb.LocalWindow]) -> tuple[LocalWindow, ...]:
    return tuple(_window(found, f"{path}[{index}]", one) for index, one in enumerate(messages))


def _window(found: Violations, path: str, message: pb.LocalWindow) -> LocalWindow:
    return LocalWindow(
        _time(found, f"{path}.start", message.start),
        _time(found, f"{path}.end", message.end),
        _weekdays(found, f"{path}.weekdays", message.weekdays),
    )


def _window_message(window: LocalWindow) -> pb.LocalWindow:
    some: list[Any] = [day + 1 for day in sorted(window.weekdays)]
    weekdays = [] if len(some) == 7 else some
    return pb.LocalWindow(start=f"{window.start:%H:%M}", end=f"{window.end:%H:%M}", weekdays=weekdays)


def _time(found: Violations, path: str, text: str) -> time:
    if _TIME.fullmatch(text):
        return time.fromisoformat(text)
    found.add(path, f"{text!r} is no time of the day; write HH:MM from 00:00 to 23:59")
    return time.min


def _weekdays(found: Violations, path: str, numbers: Iterable[int]) -> frozenset[int]:
    days = set[int]()
    for index, number in enumerate(numbers):
        if 1 <= number <= 7:
            days.add(number - 1)
        else:
            found.add(f"{path}[{index}]", "must be a day from Monday to Sunday")
    return frozenset(days or range(7))


def _holidays(found: Violations, path: str, texts: Iterable[str]) -> tuple[date, ...]:
    days = set[date]()
    for index, text in enumerate(texts):
        try:
            days.add(date.fromisoformat(text))
        except ValueError:
            found.add(f"{path}[{index}]", f"{text!r} is no date; write YYYY-MM-DD")
    return tuple(sorted(days))

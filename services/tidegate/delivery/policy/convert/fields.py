"""Checks that all policies share."""

import enum
import re
from collections.abc import Iterable
from typing import Any, TypeVar

from tidegate.api.common.v1 import common_pb2
from tidegate.channels.kinds import is_name
from tidegate.delivery.announce import CLASSES
from tidegate.delivery.instants import noted_instant
from tidegate.delivery.model import MessageClass
from tidegate.delivery.policy.model import Span
from tidegate.runtime.errors import Violations

EnumT = TypeVar("EnumT", bound=enum.Enum)

_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")
_CLASS_OF = {int(number): one for one, number in CLASSES.items()}


def check_id(found: Violations, path: str, value: str) -> None:
    """An id that a caller chooses."""
    if not _ID.fullmatch(value):
        found.add(path, "must be 1 to 63 of a-z 0-9 . _ - and begin with a letter")


def check_length(found: Violations, path: str, value: str, most: int) -> None:
    """A text for people."""
    if len(value) > most:
        found.add(path, f"is longer than {most} characters; shorten it")


def channel_set(found: Violations, path: str, channels: Iterable[str]) -> frozenset[str]:
    """Names of channels, such as `sms`."""
    names = list(channels)
    for index, name in enumerate(names):
        if not is_name(name):
            found.add(f"{path}[{index}]", f"{name!r} can't name a channel; write one such as sms or email")
    return frozenset(names)


def held_classes(found: Violations, path: str, classes: Iterable[int]) -> frozenset[MessageClass]:
    """The classes that a policy is to hold; only marketing can be held."""
    known = set[MessageClass]()
    for index, number in enumerate(classes):
        message_class = _CLASS_OF.get(number)
        if message_class in (MessageClass.MARKETING, MessageClass.MARKETING_OVERRIDE):
            known.add(message_class)
        else:
            name = message_class or number
            found.add(f"{path}[{index}]", f"{name} passes frequency rules and quiet hours; leave it out")
    return frozenset(known)


def class_numbers(classes: Iterable[MessageClass]) -> list[Any]:
    """The classes on the wire, in a stable order."""
    return sorted(CLASSES[one] for one in classes)


def member(
    found: Violations, path: str, number: int, known: dict[EnumT, Any], default: EnumT | None = None
) -> EnumT | None:
    """The member of that number; ``default`` for 0, and None after noting one that isn't known."""
    if number == 0 and default is not None:
        return default
    named = next((one for one, value in known.items() if value == number), None)
    if named is None:
        found.add(path, f"{number} isn't one of {', '.join(one.name for one in known)}; name one of them")
    return named


def interval(found: Violations, path: str, message: common_pb2.Interval) -> Span:
    """A span of which both ends are required."""
    for end in ("start", "end"):
        if not message.HasField(end):
            found.add(f"{path}.{end}", "must be set")
    between = Span(
        noted_instant(found, f"{path}.start", message.start), noted_instant(found, f"{path}.end", message.end)
    )
    if message.HasField("start") and message.HasField("end") and between.end <= between.start:
        found.add(f"{path}.end", "must be later than start")
    return between

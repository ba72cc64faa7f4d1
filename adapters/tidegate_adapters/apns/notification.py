"""A message as Apple takes it: where it goes, what is said of it, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from tidegate.channels import Content, OutboundMessage, Outcome

LARGEST: Final = 4096
"""Bytes of a payload."""

_COLLAPSE_ID: Final = re.compile(r"[!-~]{1,64}")
_TOKEN: Final = re.compile(r"(?:[0-9a-f]{2}){32,100}")
_ALERT, _BACKGROUND = "alert", "background"

COLLAPSE_ID: Final = "collapse_id"
"""The part by which a notification takes the place of an earlier one."""

PRIORITY: Final = "priority"
"""The part that says how soon: 10 at once, 5 as the device's battery allows, 1 without waking it."""


class Wrong(ValueError):
    """A part that Apple does not take; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What is posted. The path holds the device token."""

    path: str = field(repr=False)
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def compose(message: OutboundMessage) -> Notification | Outcome:
    """A message in Apple's form; what becomes of it where it has none."""
    token = message.address.lower()
    if not _TOKEN.fullmatch(token):
        return Outcome.invalid_recipient("the address is no device token of Apple's", code="BadDeviceToken")
    try:
        aps = _aps(message.content)
        push_type = _ALERT if aps.keys() & _SEEN else _BACKGROUND
        if push_type == _BACKGROUND:
            aps["content-available"] = 1
        headers = _headers(message, push_type)
        body = _encoded({**_custom(message), "aps": aps})
    except Wrong as wrong:
        return Outcome.content_rejected(str(wrong))
    if len(body) > LARGEST:
        words = f"the notification has {len(body)} bytes, and Apple takes {LARGEST}; shorten texts and parts"
        return Outcome.content_rejected(words, code="PayloadTooLarge")
    return Notification(f"/3/device/{token}", headers, body)


def id_of(message: OutboundMessage) -> str:
    """The notification's id, a UUID: the message's own where that is one, and the same for every attempt at it."""
    key = message.idempotency_key or message.message_id
    try:
        return str(UUID(key))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"tidegate:message:{key}"))


def _headers(message: OutboundMessage, push_type: str) -> dict[str, str]:
    parts = message.content.variables
    said = {"apns-id": id_of(message), "apns-push-type": push_type, "apns-priority": _priority(parts, push_type)}
    if message.expire_time is not None:
        said["apns-expiration"] = str(int(message.expire_time.timestamp()))
    if collapse_id := parts.get(COLLAPSE_ID, ""):
        if not _COLLAPSE_ID.fullmatch(collapse_id):
            raise Wrong(f"the part {COLLAPSE_ID} must be at most 64 letters, digits and signs of ASCII, without spaces")
        said["apns-collapse-id"] = collapse_id
    return said


def _priority(parts: Mapping[str, str], push_type: str) -> str:
    """What is not seen may not wake the device at once."""
    allowed = ("10", "5", "1") if push_type == _ALERT else ("5", "1")
    priority = parts.get(PRIORITY) or allowed[0]
    if priority not in allowed:
        raise Wrong(f"the part {PRIORITY} of this notification must be {' or '.join(allowed)}")
    return priority


def _aps(content: Content) -> dict[str, Any]:
    """What the device itself understands: texts, and parts by Apple's names with _ in place of -."""
    texts = {"title": content.subject, "subtitle": content.variables.get("subtitle", ""), "body": content.text}
    alert = {name: text for name, text in texts.items() if text}
    parts = {
        name.replace("_", "-"): read(name, text)
        for name, read in _PARTS.items()
        if (text := content.variables.get(name, "").strip())
    }
    return {"alert": alert, **parts} if alert else parts


def _custom(message: OutboundMessage) -> dict[str, str]:
    """What the app is told: the message's id, the link, and all parts that are not Apple's."""
    content = message.content
    others = {name: text for name, text in content.variables.items() if name not in _OWN}
    told = {**others, **content.headers, "message_id": message.message_id}
    if "aps" in told:
        raise Wrong("no part can be named aps; Apple's own parts are named each by itself")
    return {**told, "link": content.link} if content.link else told


def _encoded(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _text(_name: str, text: str) -> str:
    return text


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Wrong(f"the part {name} must be a whole number from 0")
    return int(text)


def _flag(name: str, text: str) -> int:
    if text not in ("0", "1"):
        raise Wrong(f"the part {name} must be 1, or 0")
    return int(text)


def _share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise Wrong(f"the part {name} must be a number from 0 to 1")
    return share


_LEVELS: Final = ("passive", "active", "time-sensitive", "critical")


def _level(name: str, text: str) -> str:
    if text not in _LEVELS:
        raise Wrong(f"the part {name} must be one of {', '.join(_LEVELS)}")
    return text


_PARTS: Final[Mapping[str, Callable[[str, str], object]]] = {
    "badge": _count,
    "sound": _text,
    "category": _text,
    "thread_id": _text,
    "target_content_id": _text,
    "interruption_level": _level,
    "relevance_score": _share,
    "content_available": _flag,
    "mutable_content": _flag,
}
"""The parts that Apple's devices understand, and how each is read."""

_SEEN: Final = frozenset({"alert", "badge", "sound"})
"""What a user notices; what has none of them is for the app alone."""

_OWN: Final = frozenset({*_PARTS, "subtitle", COLLAPSE_ID, PRIORITY})

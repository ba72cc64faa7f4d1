"""What Apple demands of a request's headers and payload."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tidegate_simulators.apns.codes import Refused

LARGEST: Final[Mapping[str, int]] = {"voip": 5120}
"""Bytes of a payload by push type, where it is not the usual."""

USUAL: Final = 4096
COLLAPSE_ID: Final = 64

PUSH_TYPES: Final[Mapping[str, str]] = {
    "alert": "",
    "background": "",
    "mdm": "",
    "voip": ".voip",
    "complication": ".complication",
    "fileprovider": ".pushkit.fileprovider",
    "location": ".location-query",
    "liveactivity": ".push-type.liveactivity",
    "pushtotalk": ".voip-ptt",
    "widgets": ".push-type.widgets",
    "controls": ".push-type.controls",
}
"""By what the topic of each push type ends after the app's bundle id."""

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_TOPIC: Final = re.compile(r"[A-Za-z0-9.-]{1,255}")
_NOTICED: Final = frozenset({"alert", "badge", "sound"})


def unique(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The headers by name.

    Raises:
        Refused: One of Apple's is there twice.
    """
    if any(count > 1 and name.startswith("apns-") for name, count in Counter(name for name, _ in headers).items()):
        raise Refused("DuplicateHeaders")
    return dict(headers)


def bundle_of(headers: Mapping[str, str]) -> str:
    """The bundle id of the app that the topic names.

    Raises:
        Refused: There is no topic, or none of the push type's.
    """
    topic = headers.get("apns-topic", "")
    if not topic:
        raise Refused("MissingTopic")
    push_type = headers.get("apns-push-type", "alert")
    if push_type not in PUSH_TYPES:
        raise Refused("InvalidPushType")
    suffix = PUSH_TYPES[push_type]
    if not _TOPIC.fullmatch(topic) or not topic.endswith(suffix) or topic == suffix:
        raise Refused("BadTopic")
    return topic.removesuffix(suffix)


def check_headers(headers: Mapping[str, str]) -> None:
    """The headers that say how a notification is handled. Raises Refused."""
    priority = headers.get("apns-priority", "10")
    if priority not in ("1", "5", "10"):
        raise Refused("BadPriority")
    if priority == "10" and headers.get("apns-push-type") == "background":
        raise Refused("BadPriority")
    if not _SECONDS.fullmatch(headers.get("apns-expiration", "0")):
        raise Refused("BadExpirationDate")
    if "apns-id" in headers and not _UUID.fullmatch(headers["apns-id"]):
        raise Refused("BadMessageId")
    if len(headers.get("apns-collapse-id", "").encode()) > COLLAPSE_ID:
        raise Refused("BadCollapseId")


def read_payload(body: bytes, push_type: str) -> dict[str, Any]:
    """A payload that fits the push type. Raises Refused."""
    if len(body) > LARGEST.get(push_type, USUAL):
        raise Refused("PayloadTooLarge")
    try:
        payload = json.loads(body)
    except ValueError:
        raise Refused("PayloadEmpty") from None
    aps = payload.get("aps") if isinstance(payload, dict) else None
    if not isinstance(aps, dict):
        raise Refused("PayloadEmpty")
    is_seen = bool(aps.keys() & _NOTICED)
    if (push_type == "background" and (is_seen or aps.get("content-available") != 1)) or (
        push_type == "alert" and not is_seen
    ):
        raise Refused("InvalidPushType")
    return dict(payload)

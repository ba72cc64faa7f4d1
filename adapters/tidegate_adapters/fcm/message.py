"""A message as FCM takes it (HTTP v1): what is shown, what the app is told, and until when."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from tidegate.channels import OutboundMessage, Outcome

from tidegate_adapters.fcm.settings import FcmSettings

LARGEST: Final = 4096
"""Bytes of texts and data together, names and values."""

LONGEST: Final = 28 * 86_400
"""Seconds for which FCM keeps a message for a device that is away."""

_RESERVED: Final = re.compile(r"from|message_type|(google|gcm).*")


def compose(settings: FcmSettings, message: OutboundMessage, now: float) -> bytes | Outcome:
    """What to post for a message at an instant, in seconds since 1970; or why it can't be."""
    data, shown = _data(message), _shown(message)
    if reserved := [name for name in data if _RESERVED.fullmatch(name)]:
        return Outcome.content_rejected(f"FCM keeps the name {min(reserved)} to itself; name the part otherwise")
    size = sum(len(text.encode("utf-8", "replace")) for pair in (data | shown).items() for text in pair)
    if size > LARGEST:
        return Outcome.content_rejected(
            f"the message has {size} bytes, and FCM takes {LARGEST}; shorten texts and parts"
        )
    said: dict[str, Any] = {"token": message.address, "data": data}
    if shown:
        said["notification"] = shown
    said |= _platforms(settings, message, now)
    return json.dumps({"message": said}, ensure_ascii=False).encode("utf-8", "replace")


def _data(message: OutboundMessage) -> dict[str, str]:
    """For the app: the parts, our id and the link."""
    content = message.content
    data = {**content.variables, **content.headers, "message_id": message.message_id}
    return {**data, "link": content.link} if content.link else data


def _shown(message: OutboundMessage) -> dict[str, str]:
    notification = {"title": message.content.subject, "body": message.content.text}
    return {name: text for name, text in notification.items() if text}


def _platforms(settings: FcmSettings, message: OutboundMessage, now: float) -> Mapping[str, Any]:
    """What Android is told, and Apple's service where FCM sends through that."""
    android: dict[str, Any] = {}
    if settings.android_channel:
        android["notification"] = {"channel_id": settings.android_channel}
    if message.expire_time is None:
        return {"android": android} if android else {}
    end = message.expire_time.timestamp()
    android["ttl"] = f"{int(min(max(end - now, 0), LONGEST))}s"
    return {"android": android, "apns": {"headers": {"apns-expiration": str(int(end))}}}

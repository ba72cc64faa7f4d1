"""What FCM demands of a message: the fields of HTTP v1, and their values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from tidegate_simulators.fcm.codes import Refused

LARGEST: Final = 4096
"""Bytes of texts and data together, names and values."""

LONGEST_TTL: Final = 28 * 86_400
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "message": frozenset(
        {"name", "data", "notification", "android", "webpush", "apns", "fcm_options", "token", "topic", "condition"}
    ),
    "message.notification": frozenset({"title", "body", "image"}),
    "message.android": frozenset(
        {
            "collapse_key",
            "priority",
            "ttl",
            "restricted_package_name",
            "data",
            "notification",
            "fcm_options",
            "direct_boot_ok",
        }
    ),
    "message.apns": frozenset({"headers", "payload", "fcm_options", "live_activity_token"}),
}
"""The fields of each object that is looked into."""

_TARGETS: Final = ("token", "topic", "condition")
_TTL: Final = re.compile(r"([0-9]{1,9})(\.[0-9]{1,9})?s")
_RESERVED: Final = re.compile(r"from|message_type|(google|gcm).*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_:.-]{1,4096}")


def read(body: bytes) -> tuple[Mapping[str, Any], bool]:
    """A message, and whether it is to be looked at only. Raises Refused."""
    try:
        posted = json.loads(body)
    except ValueError:
        raise Refused("INVALID_ARGUMENT", "Invalid JSON payload received.") from None
    if not isinstance(posted, dict) or not isinstance(posted.get("message"), dict):
        raise Refused("INVALID_ARGUMENT", "Request contains an invalid argument.", field="message")
    _check_fields("", posted, frozenset({"message", "validate_only"}))
    message = posted["message"]
    _check_objects(message)
    _check_strings("message.data", message.get("data", {}))
    _check_data(message.get("data", {}))
    _check_android(message.get("android", {}))
    _check_strings("message.apns.headers", message.get("apns", {}).get("headers", {}))
    _check_target(message)
    if size_of(message) > LARGEST:
        raise Refused("INVALID_ARGUMENT", "Android message is too big", field="message")
    return message, posted.get("validate_only") is True


def size_of(message: Mapping[str, Any]) -> int:
    """Bytes of what is limited."""
    texts = [*message.get("data", {}).items(), *message.get("notification", {}).items()]
    return sum(len(name.encode()) + len(str(value).encode()) for name, value in texts)


def _check_objects(message: Mapping[str, Any]) -> None:
    _check_fields("message", message, _FIELDS["message"])
    for path, fields in _FIELDS.items():
        name = path.rpartition(".")[2]
        if name in message:
            _check_fields(path, message[name], fields)


def _check_fields(path: str, given: Any, fields: frozenset[str]) -> None:
    if not isinstance(given, dict):
        raise Refused("INVALID_ARGUMENT", f"Invalid value at '{path}'", field=path)
    if strange := given.keys() - fields:
        name = min(strange)
        raise Refused(
            "INVALID_ARGUMENT",
            f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field.",
            field=path or name,
        )


def _check_strings(path: str, given: Any) -> None:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise Refused("INVALID_ARGUMENT", f"Invalid value at '{path}' (TYPE_STRING)", field=path)


def _check_data(data: Mapping[str, str]) -> None:
    if wrong := [name for name in data if not name or _RESERVED.fullmatch(name)]:
        raise Refused("INVALID_ARGUMENT", f"Invalid data payload key: {wrong[0]}", field=f"message.data[{wrong[0]}]")


def _check_android(android: Mapping[str, Any]) -> None:
    if android.get("priority", "NORMAL") not in ("NORMAL", "HIGH", "normal", "high"):
        raise Refused(
            "INVALID_ARGUMENT", "Invalid value at 'message.android.priority'", field="message.android.priority"
        )
    ttl = android.get("ttl", "0s")
    found = _TTL.fullmatch(ttl) if isinstance(ttl, str) else None
    if not found or int(found[1]) > LONGEST_TTL:
        raise Refused("INVALID_ARGUMENT", "Invalid value at 'message.android.ttl'", field="message.android.ttl")


def _check_target(message: Mapping[str, Any]) -> None:
    targets = [name for name in _TARGETS if name in message]
    if len(targets) != 1:
        raise Refused("INVALID_ARGUMENT", "Recipient of the message is not set, or is set twice.", field="message")
    token = message.get("token", "t")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        words = "The registration token is not a valid FCM registration token"
        raise Refused("INVALID_ARGUMENT", words, field="message.token")

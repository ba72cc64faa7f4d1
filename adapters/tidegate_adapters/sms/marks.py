"""What a call carries so that its messages are known again, where the provider has one place for it in each call.

One message is named by its id. Several are named by a short digest of each id: with the number, which the provider
tells beside it, that is enough.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from tidegate.channels import Asked, OutboundMessage

_SHARED: Final = "~"
_WIDTHS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""How many bits a digest has is written as the character at that place."""
_MOST_BITS: Final = len(_WIDTHS) - 1

_EARLY, _LATE = timedelta(minutes=5), timedelta(hours=1)
"""How far the provider's time of a message may lie before and behind the time of the call."""


def mark_of(messages: Sequence[OutboundMessage], room: int) -> str:
    """The mark of a call, in up to `room` characters: the only id, or of each as long a digest as there is room for."""
    if len(messages) == 1:
        return messages[0].message_id
    width = min(_MOST_BITS, (room - len(_SHARED) - 1) * 6 // 8 * 8 // len(messages))
    bits = "".join(_digest(message.message_id, width) for message in messages)
    packed = int(bits, 2).to_bytes(-(-len(bits) // 8), "big")
    return f"{_SHARED}{_WIDTHS[width]}{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def is_shared(mark: str) -> bool:
    """Whether a mark stands for several messages."""
    return mark.startswith(_SHARED)


def may_hold(mark: str, message_id: str) -> bool:
    """Whether a shared mark stands for a message; one of 100 in 255 characters says so of one in 330 others, too."""
    width, text = _WIDTHS.find(mark[len(_SHARED) :][:1]), mark[len(_SHARED) + 1 :]
    if width < 1:
        return False
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False
    size = len(packed) * 8 // width * width
    bits = f"{int.from_bytes(packed, 'big'):0{size}b}"[-size:] if size else ""
    wanted = _digest(message_id, width)
    return any(bits[at : at + width] == wanted for at in range(0, size, width))


def is_of(mark: str, asked: Asked, sent: datetime | None) -> bool:
    """Whether a call to the message's number was that of the message; `sent` is when, as the provider says it."""
    if not is_shared(mark):
        return mark == asked.message_id
    is_near = sent is None or asked.sent_time - _EARLY <= sent <= asked.sent_time + _LATE
    return is_near and may_hold(mark, asked.message_id)


def _digest(message_id: str, width: int) -> str:
    """So many bits of it, as a text of 0 and 1."""
    found = hashlib.blake2b(message_id.encode(), digest_size=8).digest()
    return f"{int.from_bytes(found, 'big'):064b}"[:width]

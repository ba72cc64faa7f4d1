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
_DIGEST_LENGTH: Final = 2

_EARLY, _LATE = timedelta(minutes=5), timedelta(hours=1)
"""How far the provider's time of a message may lie before and behind the time of the call."""


def mark_of(messages: Sequence[OutboundMessage]) -> str:
    """The mark of a call: as long as an id, or 1 and 2 for each message."""
    if len(messages) == 1:
        return messages[0].message_id
    return _SHARED + "".join(_digest(message.message_id) for message in messages)


def is_shared(mark: str) -> bool:
    """Whether a mark stands for several messages."""
    return mark.startswith(_SHARED)


def may_hold(mark: str, message_id: str) -> bool:
    """Whether a shared mark stands for a message; one of 100 says so of one in 40 others, too."""
    digests = mark.removeprefix(_SHARED)
    wanted = _digest(message_id)
    return any(digests[at : at + _DIGEST_LENGTH] == wanted for at in range(0, len(digests), _DIGEST_LENGTH))


def is_of(mark: str, asked: Asked, sent: datetime | None) -> bool:
    """Whether a call to the message's number was that of the message; `sent` is when, as the provider says it."""
    if not is_shared(mark):
        return mark == asked.message_id
    is_near = sent is None or asked.sent_time - _EARLY <= sent <= asked.sent_time + _LATE
    return is_near and may_hold(mark, asked.message_id)


def _digest(message_id: str) -> str:
    found = hashlib.blake2b(message_id.encode(), digest_size=3).digest()
    return base64.urlsafe_b64encode(found).decode()[:_DIGEST_LENGTH]

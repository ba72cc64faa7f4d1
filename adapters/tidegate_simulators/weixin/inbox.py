"""What an endpoint has taken."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sent:
    """One message to one recipient, or one task for staff.

    Attributes:
        action: The call it came with.
        account: The appid, or the corpid.
        recipient: The openid, user id, robot's key or welcome code.
        message_id: What the caller was told it is known by.
        body: The JSON object that was posted.
        time: When, in seconds since 1970 by the endpoint's clock.
    """

    action: str
    account: str
    recipient: str
    message_id: str
    body: dict[str, Any]
    time: float


class Inbox:
    """Messages that were taken, those included whose answer the caller never got.

    Attributes:
        received: They, in order, where they are kept.
        taken: How many.
        taken_by_recipient: How many each.
        repeated: How many came a second time, byte for byte.
    """

    def __init__(self, *, keep: bool, on_message: Callable[[Sent], None] | None) -> None:
        self.received: list[Sent] = []
        self.taken = 0
        self.taken_by_recipient: Counter[str] = Counter()
        self.repeated = 0
        self._keep = keep
        self._on_message = on_message
        self._seen: set[int] = set()
        self._changed = threading.Condition()

    def put(self, sent: Sent, content: bytes) -> None:
        """Take a message that was posted as `content`."""
        if self._keep:
            self.received.append(sent)
        known = hash((sent.recipient, content))
        if known in self._seen:
            self.repeated += 1
        self._seen.add(known)
        self.taken_by_recipient[sent.recipient] += 1
        if self._on_message is not None:
            self._on_message(sent)
        with self._changed:
            self.taken += 1
            self._changed.notify_all()

    def wait_for(self, count: int, *, timeout: float = 10.0) -> None:
        """Wait until that many were taken.

        Raises:
            TimeoutError: They were not.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while self.taken < count:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"{self.taken} messages of {count} after {timeout} s")

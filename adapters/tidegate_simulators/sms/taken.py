"""What a cloud has taken."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One message to one number.

    Attributes:
        number: The number in E.164.
        sign: The signature's text.
        template: The template's code.
        text: The whole text, signature included.
        parts: As how many messages it is charged.
        receipt_id: By what the cloud names it: BizId, SerialNo.
        caller_id: By what the caller names it: OutId, SessionContext.
        extend_code: The extension of the sender's number.
        time: When it was taken, aware.
        result_time: When its result is known.
        result: What becomes of it then, as a code of the cloud's receipts.
    """

    number: str
    sign: str
    template: str
    text: str
    parts: int
    receipt_id: str
    caller_id: str = ""
    extend_code: str = ""
    time: datetime
    result_time: datetime
    result: str


@dataclass(slots=True)
class Taken:
    """Messages by number, in the order in which they came. Written by the endpoint's thread."""

    keep: bool = True
    count: int = 0
    parts: int = 0
    by_number: dict[str, list[Sms]] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, messages: list[Sms]) -> None:
        """Take them."""
        if self.keep:
            for message in messages:
                self.by_number.setdefault(message.number, []).append(message)
        with self._changed:
            self.count += len(messages)
            self.parts += sum(message.parts for message in messages)
            self._changed.notify_all()

    def wait_for(self, count: int, *, timeout: float = 10.0) -> None:
        """Wait until that many were taken.

        Raises:
            TimeoutError: They were not.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while self.count < count:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"{self.count} messages of {count} after {timeout} s")

    def duplicates(self) -> dict[tuple[str, str], int]:
        """How often a number was sent the same text, where that is more than once."""
        counts = Counter((sms.number, sms.text) for messages in self.by_number.values() for sms in messages)
        return {key: count for key, count in counts.items() if count > 1}

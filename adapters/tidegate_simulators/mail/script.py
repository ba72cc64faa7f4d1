"""What a mail sink does other than accept."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum


class Moment(Enum):
    """A point of the conversation at which a step may happen."""

    CONNECT = "connect"
    """Before the greeting."""
    HELLO = "hello"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    """After the DATA command, before its 354."""
    TEXT = "text"
    """After the first bytes of the text, in the middle of it."""
    END = "end"
    """After the whole text, before it is kept."""
    KEPT = "kept"
    """After the mail is kept, before the answer to it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do at a moment, in this order: wait, then close or reply.

    Attributes:
        reply: The reply instead of the usual one, such as `550 5.1.1 no such user`; "" = the usual.
        delay: Seconds to wait first.
        close: Whether to close the connection instead of replying.
    """

    reply: str = ""
    delay: float = 0.0
    close: bool = False


@dataclass(slots=True)
class _Entry:
    moment: Moment
    step: Step
    address: str
    times: int | None


class Script:
    """Steps by moment. Written by the test's thread, read by the sink's."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._lock = threading.Lock()

    def at(self, moment: Moment, step: Step, *, address: str = "", times: int | None = None) -> None:
        """Do `step` at `moment`.

        Args:
            moment: When.
            step: What.
            address: Only for mails to (at RCPT and after) or from (at MAIL) this address; "" = all.
            times: How often; None = until `clear`.
        """
        with self._lock:
            self._entries.append(_Entry(moment, step, address, times))

    def clear(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._entries.clear()

    def next_step(self, moment: Moment, addresses: list[str]) -> Step | None:
        """The step to do now, counted as done; None = go on as usual."""
        if not self._entries:
            return None
        with self._lock:
            for entry in self._entries:
                if entry.moment is moment and (not entry.address or entry.address in addresses):
                    self._count(entry)
                    return entry.step
        return None

    def _count(self, entry: _Entry) -> None:
        if entry.times is None:
            return
        entry.times -= 1
        if not entry.times:
            self._entries.remove(entry)

"""What a simulated endpoint does other than work."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """What happens to a request."""

    REFUSE = "refuse"
    """It is refused with the entry's code; nothing is taken."""
    CLOSE_BEFORE_TAKING = "close_before_taking"
    """The connection ends before anything is taken."""
    CLOSE_AFTER_TAKING = "close_after_taking"
    """All is taken, and the connection ends without an answer."""
    SILENT_AFTER_TAKING = "silent_after_taking"
    """All is taken, and no answer comes."""
    SLOW = "slow"
    """The answer takes as long as the entry's delay."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that goes wrong.

    Attributes:
        fault: What.
        code: The provider's code of a refusal, or an HTTP status written as `http:503`.
        action: Only for requests of this kind, by the provider's name of the call; "" = all.
        address: Only for what goes to this address, where a call tells each its own; "" = all.
        delay: Seconds.
    """

    fault: Fault
    code: str = ""
    action: str = ""
    address: str = ""
    delay: float = 0.25

    def fits(self, action: str, address: str) -> bool:
        """Whether it is about such a request, or such a part of it."""
        return self.action in ("", action) and self.address in ("", address)


class Script:
    """Entries, in order. Written by the test's thread, read by the endpoint's."""

    def __init__(self) -> None:
        self._entries: list[tuple[Entry, list[int | None]]] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry, *, times: int | None = None) -> None:
        """Have it happen so often; None = until `clear`."""
        with self._lock:
            self._entries.append((entry, [times]))

    def clear(self) -> None:
        """Work from now on."""
        with self._lock:
            self._entries.clear()

    def __bool__(self) -> bool:
        """Whether anything is to go wrong."""
        return bool(self._entries)

    def next(self, action: str, address: str = "") -> Entry | None:
        """What is to go wrong with this, counted as done; None = nothing.

        Asked with an address for each part of a call that has addresses, and once without for the call: entries
        with an address are of parts alone, others of calls alone.
        """
        if not self._entries:
            return None
        with self._lock:
            for entry, left in self._entries:
                if bool(entry.address) == bool(address) and entry.fits(action, address):
                    self._count(entry, left)
                    return entry
        return None

    def _count(self, entry: Entry, left: list[int | None]) -> None:
        if left[0] is None:
            return
        left[0] -= 1
        if left[0] == 0:
            self._entries = [pair for pair in self._entries if pair[1] is not left]

"""Business time: events, windows, waits and quiet hours read it from a clock that is passed in.

Leases, retries and time-outs use real time instead (see tidegate.runtime.db.real_now).
"""

import mmap
import struct
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from tidegate.runtime.ids import new_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SLOT = struct.Struct("<q")


def micros(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z; the instant must know its offset from UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC instant ``value`` microseconds after 1970-01-01T00:00:00Z."""
    return _EPOCH + timedelta(microseconds=value)


class Clock(Protocol):
    """Tells the business time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The host's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is told otherwise, for the threads of one process."""

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        """Moves to ``instant``, forwards or backwards."""
        with self._lock:
            self._now = instant.astimezone(UTC)

    def advance(self, delta: timedelta) -> None:
        """Moves by ``delta``."""
        with self._lock:
            self._now += delta


class FileClock:
    """A clock driven from one file for all processes that map it. For development and tests only.

    The file holds one little-endian 64-bit count of microseconds; a mapped read of it costs no system
    call and never sees half of a write.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SLOT.size)

    @classmethod
    def create(cls, path: Path, start: datetime) -> "FileClock":
        """Makes the file, reading ``start``, unless another process has made it, and opens it."""
        draft = path.with_name(f"{path.name}.{new_id()}")
        draft.write_bytes(_SLOT.pack(micros(start)))
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
        return cls(path)

    def now(self) -> datetime:
        return from_micros(_SLOT.unpack_from(self._map)[0])

    def set(self, instant: datetime) -> None:
        """Moves every process to ``instant``."""
        _SLOT.pack_into(self._map, 0, micros(instant))

    def advance(self, delta: timedelta) -> None:
        """Moves every process by ``delta``."""
        self.set(self.now() + delta)

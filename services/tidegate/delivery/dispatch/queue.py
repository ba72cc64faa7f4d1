"""The granted messages of one account: how many may wait, and how many one call takes."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tidegate.delivery.model import COUNTED, Granted

_DEEPEST = 4_000
_DEPTH_SECONDS = 2.0
_MEASURED_SECONDS = 0.25
_WRITTEN_SECONDS = 0.1
_MOST_WRITTEN = 500
_FIRST_CALL = 32
_LEAST_CALL = 8
_QUICK_SECONDS = 1.0
_SLOW_SECONDS = 5.0
_URGENT = 256
"""So many urgent messages more than there is room for."""

_LEAST_SHARE = 0.1


class Room(NamedTuple):
    """How many messages may be claimed, and how many of them are expected to be granted, for which room is kept.

    Where there is none but for urgent ones it is for these alone (``is_urgent``).
    """

    claims: int
    expected: int
    is_urgent: bool = False


class Waiting(NamedTuple):
    """A granted message with what it says, sealed."""

    granted: Granted
    content: str

    @property
    def is_urgent(self) -> bool:
        """Whether it waits behind nothing that goes to many."""
        return self.granted.message.message_class not in COUNTED


class Queue:
    """The granted messages of one account.

    It holds what goes out within about two seconds, measured as it goes, or what fills the account's calls
    twice if that is more: a message in it has its slot, and its lease runs. Time in which nothing is on its way
    does not count. A call takes few messages at first, twice as many after each that was quick, and half as
    many after one that was slow: what is begun at a slow provider is soon done.

    What is urgent goes before what is not, and finds room where there is none for that.
    """

    def __init__(
        self,
        *,
        calls: int,
        max_batch: int,
        most: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """For ``calls`` at one time of up to ``max_batch`` messages each; never deeper than ``most``."""
        self._lock = threading.Lock()
        self._clock = clock
        self._urgent: deque[Waiting] = deque()
        self._messages: deque[Waiting] = deque()
        self._calls = calls
        self._max_batch = max_batch
        self._most = max(min(most or _DEEPEST, _DEEPEST), 1)
        self._batch = min(max_batch, _FIRST_CALL)
        self._closed = False
        self._promised = 0
        self._granted_share = 1.0
        self._on_their_way = 0
        self._done = 0
        self._since = 0.0
        self._busy_seconds = 0.0
        self._per_second = 0.0

    @property
    def depth(self) -> int:
        """How many messages may wait or be on their way."""
        return int(min(max(self._per_second * _DEPTH_SECONDS, 2 * self._calls * self._batch), self._most))

    @property
    def batch(self) -> int:
        """How many messages one call takes now."""
        return self._batch

    @property
    def on_their_way(self) -> int:
        """How many messages were taken and are not done."""
        return self._on_their_way

    @property
    def closed(self) -> bool:
        """Whether no message gets in any more."""
        return self._closed

    def promise(self, most: int) -> Room | None:
        """Room for what up to ``most`` messages will be granted, kept until arrive(); None while much of it is taken.

        Where the gate stops most messages, more are claimed than there is room for, by how many it has granted of
        late: ten times as many at most.
        """
        with self._lock:
            room = self.depth - self._taken()
            if self._closed or min(room, most) < max(min(self.depth // 4, most), 1):
                return None
            claims = min(int(room / self._granted_share), most)
            expected = min(math.ceil(claims * self._granted_share), room)
            self._promised += expected
            return Room(claims, expected)

    def promise_urgent(self, most: int) -> Room | None:
        """The same for urgent ones alone, some of which fit in however full it is."""
        with self._lock:
            room = min(self.depth + _URGENT - self._taken(), most)
            if self._closed or room <= 0:
                return None
            self._promised += room
            return Room(room, room, is_urgent=True)

    def _taken(self) -> int:
        return len(self._urgent) + len(self._messages) + self._promised + self._on_their_way

    def arrive(self, room: Room, messages: Sequence[Waiting], *, decided: int) -> bool:
        """Puts in what was granted of those that were decided; False when the queue has been closed meanwhile."""
        with self._lock:
            self._promised -= room.expected
            if decided:
                share = (self._granted_share + len(messages) / decided) / 2
                self._granted_share = min(max(share, _LEAST_SHARE), 1.0)
            if not self._closed:
                for one in messages:
                    (self._urgent if one.is_urgent else self._messages).append(one)
            return not self._closed

    def take(self) -> list[Waiting]:
        """The messages that are written next; they are on their way until done()."""
        with self._lock:
            urgent = self._take(self._urgent, self._wanted)
            return urgent + self._take(self._messages, self._wanted - len(urgent))

    def take_urgent(self) -> list[Waiting]:
        """The urgent ones among them alone."""
        with self._lock:
            return self._take(self._urgent, self._wanted)

    @property
    def _wanted(self) -> int:
        return min(max(int(self._per_second * _WRITTEN_SECONDS), self._calls * self._batch), _MOST_WRITTEN)

    def _take(self, messages: deque[Waiting], most: int) -> list[Waiting]:
        count = min(most, len(messages))
        if not self._on_their_way:
            self._since = self._clock()
        self._on_their_way += count
        return [messages.popleft() for _ in range(count)]

    def done(self, count: int) -> None:
        """``count`` messages are no longer on their way."""
        with self._lock:
            self._on_their_way -= count
            self._done += count
            now = self._clock()
            self._busy_seconds += now - self._since
            self._since = now
            if self._busy_seconds >= _MEASURED_SECONDS:
                self._per_second = self._done / self._busy_seconds
                self._done, self._busy_seconds = 0, 0.0

    def called(self, count: int, seconds: float) -> None:
        """A call for ``count`` messages took so long."""
        with self._lock:
            if seconds > _SLOW_SECONDS and count <= self._batch:
                self._batch = min(max(count // 2, _LEAST_CALL), self._batch)
            elif seconds < _QUICK_SECONDS and count >= self._batch:
                self._batch = min(2 * self._batch, self._max_batch)

    def close(self) -> list[Waiting]:
        """Takes all that waits, at the end of the account or of the process; nothing gets in afterwards."""
        with self._lock:
            self._closed = True
            left = [*self._urgent, *self._messages]
            self._urgent.clear()
            self._messages.clear()
            return left

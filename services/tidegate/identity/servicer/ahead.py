"""Reading ahead: a thread takes from an iterator while its consumer is busy, so that both get on."""

import contextvars
import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_AHEAD = 4


def read_ahead(items: Iterable[T], *, together: int) -> Iterator[list[T]]:
    """``items`` by as many as have been taken already, at least one and at most ``together``.

    An exception of theirs is raised in its turn.
    """
    reader = _Reader(items, together)
    try:
        yield from reader
    finally:
        reader.stop()


class _End:
    """What stands behind the last item; ``error`` is what ended it, if it was an exception."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class _Reader(Generic[T]):
    def __init__(self, items: Iterable[T], together: int) -> None:
        self._items = items
        self._together = together
        self._taken: queue.Queue[T | _End] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        context = contextvars.copy_context()  # the thread answers the same call
        self._thread = threading.Thread(target=context.run, args=(self._take,), name="read-ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[list[T]]:
        end = None
        while end is None:
            ready, end = self._ready()
            if ready:
                yield ready
        if end.error is not None:
            raise end.error

    def _ready(self) -> tuple[list[T], _End | None]:
        """What has been taken, once there is something; and the end, when it comes next."""
        ready: list[T] = []
        while len(ready) < self._together:
            if ready and self._taken.empty():
                break
            item = self._taken.get()
            if isinstance(item, _End):
                return ready, item
            ready.append(item)
        return ready, None

    def stop(self) -> None:
        """Lets the thread end: nothing more is wanted."""
        self._stopped.set()
        while not self._taken.empty():
            self._taken.get_nowait()

    def _take(self) -> None:
        end = _End()
        try:
            for item in self._items:
                self._taken.put(item)
                if self._stopped.is_set():
                    return
        except Exception as error:  # noqa: BLE001  (the consumer raises it)
            end = _End(error)
        if not self._stopped.is_set():
            self._taken.put(end)

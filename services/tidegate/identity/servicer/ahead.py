"""Reading ahead: a thread takes from an iterator while its consumer is busy, so that both get on."""

import contextvars
import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_AHEAD = 4


def read_ahead(items: Iterable[T]) -> Iterator[T]:
    """``items``, a few of them taken beforehand. An exception of theirs is raised in its turn."""
    reader = _Reader(items)
    try:
        yield from reader
    finally:
        reader.stop()


class _End:
    """What stands behind the last item; ``error`` is what ended it, if it was an exception."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class _Reader(Generic[T]):
    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self._taken: queue.Queue[T | _End] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        context = contextvars.copy_context()  # the thread answers the same call
        self._thread = threading.Thread(target=context.run, args=(self._take,), name="read-ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._taken.get()
            if not isinstance(item, _End):
                yield item
            elif item.error is not None:
                raise item.error
            else:
                return

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

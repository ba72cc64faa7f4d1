"""What the contract looks at while a channel works: the event loop, open connections, logs."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


async def longest_pause() -> float:
    """Turn until cancelled; the longest time between two turns."""
    longest, last = 0.0, time.monotonic()
    try:
        while True:
            await asyncio.sleep(0.005)
            now = time.monotonic()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return max(longest, time.monotonic() - last)


async def soon(holds: Callable[[], bool]) -> bool:
    """Whether something comes true within a second."""
    until = time.monotonic() + 1.0
    while not holds():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.01)
    return True


def open_transports() -> set[int]:
    """Connections of this process that are neither closed nor closing, by identity."""
    found = (thing for thing in gc.get_objects() if issubclass(type(thing), asyncio.Transport))
    return {id(transport) for transport in found if not transport.is_closing()}


@contextmanager
def captured_logs(without: tuple[str, ...]) -> Iterator[list[str]]:
    """Everything that is logged inside the block, down to debug, but for some loggers."""
    lines: list[str] = []
    handler, root = _Lines(lines, without), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str], without: tuple[str, ...]) -> None:
        super().__init__()
        self._lines = lines
        self._without = without

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(self._without or ("\0",)):
            self._lines.append(f"{record.getMessage()} {record.__dict__}")

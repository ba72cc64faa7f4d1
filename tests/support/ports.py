"""Ports of this machine that nobody else takes before they are listened on.

The system gives those above 32,767 to whoever asks for any, and to connections. Those below are dealt out here: each
process of tests has a block of its own, whose first port it holds as long as it lives.
"""

import atexit
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import cycle, islice

_BLOCKS = range(15_000, 32_000, 100)


def unused_port() -> int:
    """A port on loopback at which nobody listens."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """Different ports on loopback that nobody listens on."""
    return list(islice(filter(_is_free, _ports()), count))


@cache
def _ports() -> Iterator[int]:
    """The ports of a block that no other process has, over and over."""
    for first in _BLOCKS:
        with suppress(OSError):
            guard = _bound(first)
            atexit.register(guard.close)
            return cycle(range(first + 1, first + _BLOCKS.step))
    raise RuntimeError(f"all ports from {_BLOCKS.start} to {_BLOCKS.stop} are taken: end other runs of the tests")


def _is_free(port: int) -> bool:
    try:
        _bound(port).close()
    except OSError:
        return False
    return True


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    try:
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made

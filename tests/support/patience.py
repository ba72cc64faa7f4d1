"""Waiting with a limit, so that what never comes fails the test that waits for it and says so."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

SECONDS = 60.0
_LOOK_AGAIN = 0.01


def wait_until(condition: Callable[[], object], *, seconds: float = SECONDS) -> None:
    """Waits until ``condition`` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {seconds} s: {condition}"
        time.sleep(_LOOK_AGAIN)


def at_once(*operations: Callable[[], T], seconds: float = SECONDS) -> list[T]:
    """What the operations return, each in a thread of its own; raises what one of them raises.

    TimeoutError when they have not all ended in time: then nobody waits for their threads any more.
    """
    futures = [_begun(operation) for operation in operations]
    deadline = time.monotonic() + seconds
    return [future.result(max(deadline - time.monotonic(), 0)) for future in futures]


def _begun(operation: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(operation())
        except BaseException as error:  # noqa: BLE001  (whoever asks for the result gets it)
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future

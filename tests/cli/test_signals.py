"""A signal ends what waits for it, wherever it interrupts the thread that waits."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from tidegate.cli.serve import end_on_signals

_LATEST = 0.2
"""Seconds until a signal comes to a thread that has come to rest before its turn."""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Leaves the handlers as they were."""
    known = {signum: signal.getsignal(signum) for signum in (signal.SIGTERM, signal.SIGINT)}
    yield
    for signum, handler in known.items():
        signal.signal(signum, handler)


def heard_at(step: int, wait: Callable[[], object]) -> bool:
    """Waits, while a signal comes at the ``step``-th step of the wait; False when it has fewer than that."""
    steps = 0
    handler: Any = signal.getsignal(signal.SIGTERM)

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal steps
        if frame.f_code is handler.__code__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            steps += 1
            if steps == step:
                signal.raise_signal(signal.SIGTERM)
        return trace

    late = threading.Timer(_LATEST, signal.pthread_kill, (threading.get_ident(), signal.SIGTERM))
    late.start()
    tracer = sys.gettrace()
    sys.settrace(trace)
    try:
        wait()
    finally:
        sys.settrace(tracer)
        late.cancel()
        late.join()
    return steps >= step


def test_a_signal_is_heard_at_any_step() -> None:
    step = 1
    while heard_at(step, end_on_signals()):
        step += 1

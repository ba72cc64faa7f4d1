"""The call that the present thread is answering."""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from tidegate.runtime.callers import Caller
from tidegate.runtime.edge.limits import WaitSlots
from tidegate.runtime.errors import DeadlineExceeded


@dataclass(slots=True)
class Call:
    """What is known of a call while it is answered. ``deadline`` is on time.monotonic().

    ``waits``: where it is counted in when it waits for news; None for a stream.
    """

    method: str
    request_id: str
    deadline: float
    caller: Caller | None = None
    waits: WaitSlots | None = None


_CURRENT: ContextVar[Call | None] = ContextVar("tidegate_call", default=None)


def enter(call: Call | None) -> None:
    """Makes ``call`` the one that the present thread answers. grpcio gives each call a context of its own."""
    _CURRENT.set(call)


def current_call() -> Call | None:
    """The call that the present thread answers; None in background loops."""
    return _CURRENT.get()


def current_caller() -> Caller:
    """Who makes the present call. Raises LookupError outside of calls."""
    call = _CURRENT.get()
    if call is None or call.caller is None:
        raise LookupError("there is no caller outside of a call")
    return call.caller


def current_request_id() -> str | None:
    """The request id of the present call; None in background loops."""
    call = _CURRENT.get()
    return None if call is None else call.request_id


def remaining() -> float | None:
    """Seconds until the present call's deadline, at least 0; None in background loops."""
    call = _CURRENT.get()
    return None if call is None else max(call.deadline - time.monotonic(), 0.0)


def check_deadline() -> None:
    """Raises DeadlineExceeded when the present call's time is over; for between the parts of long work."""
    if remaining() == 0.0:
        raise DeadlineExceeded("the call's deadline has passed; ask for less, or give it more time", reason="DEADLINE")


class PlaceToWait:
    """What the present call needs before it waits for news, until the end of a block; a loop needs none."""

    def __init__(self) -> None:
        call = _CURRENT.get()
        self._slots = None if call is None else call.waits
        self._has = False

    def __enter__(self) -> "PlaceToWait":
        return self

    def __exit__(self, *_: object) -> None:
        if self._has and self._slots is not None:
            self._slots.leave()

    def take(self) -> bool:
        """Whether the call has a place, or gets one now."""
        self._has = self._has or self._slots is None or self._slots.enter()
        return self._has

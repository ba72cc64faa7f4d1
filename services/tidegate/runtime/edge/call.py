"""The call that the present thread is answering."""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from tidegate.runtime.callers import Caller
from tidegate.runtime.errors import DeadlineExceeded


@dataclass(slots=True)
class Call:
    """What is known of a call while it is answered. ``deadline`` is on time.monotonic()."""

    method: str
    request_id: str
    deadline: float
    caller: Caller | None = None


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

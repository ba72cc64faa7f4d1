"""One call's way through the edge: what is settled before it is answered, and what it leaves behind."""

import re
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Never

import grpc
import structlog
from prometheus_client import Counter, Histogram

from tidegate.runtime.config import LimitSettings
from tidegate.runtime.edge import status
from tidegate.runtime.edge.call import Call, check_deadline, enter
from tidegate.runtime.edge.gatekeeper import Admission, Gatekeeper
from tidegate.runtime.edge.metadata import REQUEST_ID
from tidegate.runtime.edge.methods import Method
from tidegate.runtime.ids import new_id
from tidegate.runtime.metrics import Metrics

LOG = structlog.get_logger(__name__)
_USABLE_ID = re.compile(r"[\x21-\x7e]{1,128}")
_NO_DEADLINE_SECONDS = 10 * 365 * 86400.0


class UnderWay:
    """Counts the calls that are being answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def enter(self) -> None:
        """A call begins."""
        with self._lock:
            self.count += 1

    def leave(self) -> None:
        """A call has ended."""
        with self._lock:
            self.count -= 1


@dataclass(frozen=True, slots=True)
class CallMetrics:
    """What is measured of the calls of one service."""

    service: str
    calls: Counter
    seconds: Histogram
    under_way: UnderWay

    @classmethod
    def of(cls, metrics: Metrics, service: str) -> "CallMetrics":
        """The metrics of calls, labelled with ``service``."""
        labels = ("service", "method")
        under_way = UnderWay()
        in_flight = metrics.gauge("tidegate_calls_in_flight", "Calls being answered.", ("service",)).labels(service)
        in_flight.set_function(lambda: under_way.count)
        return cls(
            service=service,
            calls=metrics.counter("tidegate_calls_total", "Calls answered.", (*labels, "code")),
            seconds=metrics.histogram("tidegate_call_seconds", "Seconds from a call's start to its end.", labels),
            under_way=under_way,
        )


class _ByCode(dict[grpc.StatusCode, Counter]):
    """The counters of one method's calls, each made when the first call ends with its code."""

    def __init__(self, metrics: CallMetrics, method: str) -> None:
        super().__init__()
        self._metrics = metrics
        self._method = method

    def __missing__(self, code: grpc.StatusCode) -> Counter:
        counter = self[code] = self._metrics.calls.labels(self._metrics.service, self._method, code.name)
        return counter


class Guard:
    """What all calls of one method have in common."""

    def __init__(self, method: Method, gatekeeper: Gatekeeper, *, limits: LimitSettings, metrics: CallMetrics) -> None:
        self.method = method
        self.gatekeeper = gatekeeper
        self.default_deadline = limits.stream_deadline_seconds if method.streaming else limits.deadline_seconds
        self.under_way = metrics.under_way
        self.calls = _ByCode(metrics, method.name)
        self._metrics = metrics

    @cached_property
    def seconds(self) -> Histogram:
        """How long the calls took; made when the first one ends."""
        return self._metrics.seconds.labels(self._metrics.service, self.method.name)


class Passage:
    """A call from its arrival to its end."""

    __slots__ = (
        "_admission",
        "_code",
        "_context",
        "_guard",
        "_metadata",
        "_reason",
        "_started",
        "call",
        "items",
    )

    def __init__(self, guard: Guard, context: grpc.ServicerContext) -> None:
        self._started = time.monotonic()
        self._guard = guard
        self._context = context
        self._admission: Admission | None = None
        self._code = grpc.StatusCode.CANCELLED  # until it is answered or fails, the caller may go away
        self._reason: str | None = None
        self.items = 0
        guard.under_way.enter()
        self._metadata = dict(context.invocation_metadata())
        waits = None if guard.method.streaming else guard.gatekeeper.waits  # streams are counted on their own
        self.call = Call(guard.method.name, _request_id(self._metadata), self._deadline(), waits=waits)
        enter(self.call)

    def admit(self) -> None:
        """Settles who calls, and whether they may. Raises the error that says why not."""
        guard = self._guard
        self._context.set_trailing_metadata(((REQUEST_ID, self.call.request_id),))
        caller = guard.gatekeeper.identify(self._metadata)
        self.call.caller = caller
        guard.gatekeeper.authorize(caller, guard.method)
        check_deadline()
        self._admission = guard.gatekeeper.count_in(caller, guard.method)

    def succeed(self) -> None:
        """The call was answered, if the caller is still there."""
        if self._context.is_active():
            self._code = grpc.StatusCode.OK

    def fail(self, error: Exception) -> Never:
        """Ends the call with what the caller may know of ``error``."""
        if is_departure(error):
            raise error
        known = status.translated(error, self.call.request_id)
        self._code, self._reason = known.code, known.reason
        if known is not error:
            LOG.error("call.failed", method=self.call.method, request_id=self.call.request_id, exc_info=error)
        self._context.abort_with_status(status.ending(known, self.call.request_id))

    def close(self) -> None:
        """Counts the call out, and leaves its log line and its measurements behind."""
        guard = self._guard
        seconds = time.monotonic() - self._started
        if self._admission is not None:
            self._admission.leave()
        guard.under_way.leave()
        guard.seconds.observe(seconds)
        guard.calls[self._code].inc()
        caller = self.call.caller
        LOG.info(
            "call.finished",
            method=self.call.method,
            caller=None if caller is None else caller.name,
            code=self._code.name,
            reason=self._reason,
            ms=round(seconds * 1000, 2),
            items=self.items,
            request_id=self.call.request_id,
        )

    def _deadline(self) -> float:
        left = self._context.time_remaining()
        if left is None or left > _NO_DEADLINE_SECONDS:
            left = self._guard.default_deadline
        return self._started + left


def is_departure(error: Exception) -> bool:
    """Whether grpcio says by ``error`` that the caller went away while its requests were read."""
    return isinstance(error, grpc.RpcError) and not hasattr(error, "code")


def _request_id(metadata: dict[str, str | bytes]) -> str:
    given = metadata.get(REQUEST_ID)
    return given if isinstance(given, str) and _USABLE_ID.fullmatch(given) else new_id()

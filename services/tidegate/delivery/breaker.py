"""The circuit breaker of an account: calls that fail one after another hold the next ones back.

    closed ──OPENS_AFTER calls failed──▶ open ──pause──▶ half open ──the probe succeeds──▶ closed
                                          ▲                 │
                                          └── it fails: twice as long ──┘

All replicas share it. It heals by itself, unlike an account whose credentials are refused. Real time, in µs.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery.instants import SECOND

OPENS_AFTER = 5
"""How many calls fail one after another until no more are made."""
_FIRST_PAUSE = 5 * SECOND
_LONGEST_PAUSE = 300 * SECOND


class BreakerState(StrEnum):
    """Whether an account's calls are held back."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker(NamedTuple):
    """How an account's breaker stands.

    ``failures`` are the calls that have failed one after another, ``opens`` how often it has opened since it was
    last closed, ``since`` when it last opened or closed (0: never), ``until`` when it lets a probe through, and
    ``probing`` until when a probe is under way.
    """

    failures: int = 0
    opens: int = 0
    since: int = 0
    until: int = 0
    probing: int = 0

    def state(self, now: int) -> BreakerState:
        """The state at an instant."""
        if not self.opens:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.until > now else BreakerState.HALF_OPEN

    def awaits_probe(self, now: int) -> bool:
        """Whether one call may be made to see if others may."""
        return self.state(now) is BreakerState.HALF_OPEN and self.probing <= now

    def after(self, calls: Iterable[bool | None], now: int) -> "Breaker":
        """As it stands after calls, in their order: True where one succeeded, None where it says nothing."""
        breaker = self
        for succeeded in calls:
            breaker = breaker._after(succeeded, now)
        return breaker

    def _after(self, succeeded: bool | None, now: int) -> "Breaker":  # noqa: FBT001 - it is what is folded over
        if succeeded is None:
            return self._replace(probing=0)
        if succeeded:
            return Breaker(since=now if self.opens else self.since)
        failed = self._replace(failures=self.failures + 1)
        if failed.failures < OPENS_AFTER or self.state(now) is BreakerState.OPEN:
            return failed
        pause = min(_FIRST_PAUSE << self.opens, _LONGEST_PAUSE)
        return failed._replace(
            opens=min(self.opens + 1, 16), since=self.since if self.opens else now, until=now + pause, probing=0
        )


def succeeded(answers: Iterable[tuple[OutcomeKind, Scope]]) -> bool | None:
    """What a call says of its account, by the outcomes of its messages: it works, it does not, or neither.

    Any definite word of the provider about a message shows that it works. A limit says nothing.
    """
    said = {_says(kind, scope) for kind, scope in answers}
    return True if True in said else False if False in said else None


def _says(kind: OutcomeKind, scope: Scope) -> bool | None:
    match kind:
        case OutcomeKind.UNCERTAIN:
            return False
        case OutcomeKind.RETRYABLE:
            return scope not in (Scope.CALL, Scope.ACCOUNT)
        case OutcomeKind.RATE_LIMITED | OutcomeKind.AUTH_ERROR:
            return None
    return True

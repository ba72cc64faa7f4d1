"""The contract between a service and the process that runs it.

Each service has a module `tidegate.<name>.service` with `build(context: Context) -> Service`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tidegate.runtime.client import Peers
from tidegate.runtime.clock import Clock, SystemClock
from tidegate.runtime.config import Settings
from tidegate.runtime.db import Database
from tidegate.runtime.loops import Activity, Loop
from tidegate.runtime.metrics import Metrics
from tidegate.runtime.secret import Secrets

Servicers = Sequence[tuple[Callable[..., None], Any]]
"""Pairs of the generated `add_XxxServicer_to_server` and the servicer to add."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a loop rests after a pass that found nothing, and that it waits on another's feed.

    ``gather`` are those in which news gathers that nobody waits for: one reading of a feed costs as much as many items.
    """

    rest: float
    wait: float
    gather: float = 0.0


STEADY = Pace(rest=1.0, wait=20.0, gather=0.25)
DRIVEN = Pace(rest=0.5, wait=2.0)
"""While somebody drives the clock: time moves on only when every loop has passed and found nothing."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the process gives a service to work with.

    ``database`` is the service's own and up to date. ``activity`` makes the meters of its loops. ``peers``
    are the other services; nothing is connected before the first call. ``public_url`` is how the world
    reaches the service's HTTP edge, without a slash at the end; empty for a service that has none.
    """

    name: str
    settings: Settings
    clock: Clock
    database: Database
    peers: Peers
    activity: Activity
    metrics: Metrics
    secrets: Secrets
    public_url: str = ""

    @property
    def pace(self) -> Pace:
        """What the service's loops and followers go by."""
        return STEADY if isinstance(self.clock, SystemClock) else DRIVEN


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Service:
    """What a service gives the process to run.

    ``start`` is called once all services of the process answer calls, before the loops begin. ``drain`` is
    called when the process is about to end and must return at once: it ends what waits (a feed's readers).
    ``stop`` is called after the last call and the last pass. ``http`` makes the app of the HTTP edge.
    """

    name: str
    servicers: Servicers
    loops: Sequence[Loop] = ()
    http: Callable[[], web.Application] | None = None
    start: Callable[[], None] = _nothing
    drain: Callable[[], None] = _nothing
    stop: Callable[[], None] = _nothing


Builder = Callable[[Context], Service]

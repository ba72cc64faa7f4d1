"""Delivery in a process of its own that tests may kill.

Workers are forked from a server that has the product imported already: that is most of what a start takes.

`crash_at` kills it at its n-th commit that changes something: just before the database is told to commit, or
(negative) just after. With `crash_of`, a table, only commits that change something in it count, and only once there is
a file named by armed().
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tidegate.channels import Registry
from tidegate.cli.serve import end_on_signals
from tidegate.delivery.callbacks import handling
from tidegate.delivery.dispatch import dispatcher
from tidegate.delivery.instants import SECOND
from tidegate.delivery.service import build
from tidegate.delivery.store import asking
from tidegate.runtime.clock import FileClock
from tidegate.runtime.process import Process
from tidegate.runtime.service import Context, Service

from support.delivery.crashes import at_commit
from support.delivery.journal import journal_registry
from support.server import settings_for

TESTS = Path(__file__).resolve().parents[2]
_PROCESSES = get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__, "support.delivery.clouds"])


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is told. Its adapters write the ``journal``, unless ``adapters`` makes others by the clock.

    ``own`` are delivery's settings beside its lease, ``secrets`` those that accounts' settings name.
    """

    folder: str
    database_url: str
    identity: str
    journal: str
    clock: str
    lease_seconds: float = 2.0
    crash_at: int = 0
    crash_of: str = ""
    rough: bool = False
    gates: int = 0
    adapters: Callable[[FileClock], Registry] | None = None
    own: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def armed(self, process_id: int) -> Path:
        """From when on a worker counts the commits of `crash_of`."""
        return Path(self.folder) / f"armed-{process_id}"

    def registry(self, clock: FileClock) -> Registry:
        """The adapters."""
        if self.adapters is not None:
            return self.adapters(clock)
        return journal_registry(Path(self.journal), rough=self.rough)

    def start(self) -> ForkServerProcess:
        """A worker of its own."""
        with _tests_on_path():
            forkserver.ensure_running()
        worker = _PROCESSES.Process(target=_serve, args=(self,))
        worker.start()
        return worker


@contextmanager
def _tests_on_path() -> Iterator[None]:
    """The fork server imports by the path that it begins with."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS), *([before] if before else [])])
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before


def _serve(orders: Orders) -> None:
    _write_to(Path(orders.folder) / "workers.log")
    dispatcher.GATES = orders.gates or dispatcher.GATES
    if orders.rough:
        asking.FIRST_ASKED = 300_000  # what is uncertain is repeated soon
    handling.LEASE = int(orders.lease_seconds * SECOND)
    clock = FileClock(Path(orders.clock))

    def built(context: Context) -> Service:
        if orders.crash_at:
            of, armed = orders.crash_of, orders.armed(os.getpid())
            at_commit(
                context.database.engine,
                orders.crash_at,
                lambda: os.kill(os.getpid(), signal.SIGKILL),
                of=of,
                armed=lambda: not of or armed.exists(),
            )
        return build(context, registry=orders.registry(clock))

    settings = settings_for(
        Path(orders.folder),
        database_url=orders.database_url,
        identity={"address": orders.identity},
        delivery={"lease_seconds": orders.lease_seconds, **orders.own},
        secrets=dict(orders.secrets),
    )
    process = Process(settings, {"delivery": built}, clock=clock)
    wait = end_on_signals()
    process.start()
    (Path(orders.folder) / f"ready-{os.getpid()}").touch()
    wait()
    process.drain()


def _write_to(log: Path) -> None:
    """What the worker says goes to a file."""
    with log.open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())

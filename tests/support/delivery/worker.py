"""Delivery in a process of its own that tests may kill: `python worker.py SETTINGS_JSON`.

`crash_at` kills it at its n-th commit that changes something: just before the database is told to commit, or
(negative) just after.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from tidegate.delivery.service import build
from tidegate.runtime.clock import FileClock
from tidegate.runtime.process import Process
from tidegate.runtime.service import Context, Service

from support.delivery.journal import journal_registry
from support.server import settings_for

TESTS = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is told."""

    folder: str
    database_url: str
    identity: str
    journal: str
    clock: str
    lease_seconds: float = 2.0
    crash_at: int = 0

    def start(self) -> subprocess.Popen[bytes]:
        """A worker of its own."""
        command = [sys.executable, __file__, json.dumps(asdict(self))]
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        with (Path(self.folder) / "workers.log").open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _serve(orders: Orders) -> None:
    def built(context: Context) -> Service:
        if orders.crash_at:
            _crash(context, orders.crash_at)
        return build(context, registry=journal_registry(Path(orders.journal)))

    settings = settings_for(
        Path(orders.folder),
        database_url=orders.database_url,
        identity={"address": orders.identity},
        delivery={"lease_seconds": orders.lease_seconds},
    )
    process = Process(settings, {"delivery": built}, clock=FileClock(Path(orders.clock)))
    process.start()
    (Path(orders.folder) / f"ready-{os.getpid()}").touch()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
    process.drain()


def _crash(context: Context, crash_at: int) -> None:
    """Counts the commits that change something."""
    engine = context.database.engine
    seen = 0

    def executed(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT") and cursor.rowcount != 0:
            connection.info["changed"] = True

    def commit(connection: Connection) -> None:
        nonlocal seen
        if connection.info.pop("changed", False):
            seen += 1
        if seen == abs(crash_at):
            if crash_at < 0:
                connection.connection.commit()
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "after_cursor_execute", executed)
    event.listen(engine, "commit", commit)


if __name__ == "__main__":
    _serve(Orders(**json.loads(sys.argv[1])))

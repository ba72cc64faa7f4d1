"""Keeps the walks that a worker holds while the other services take their time to answer."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import structlog

from tidegate.journey.store import walks
from tidegate.runtime.db import Database

LEASE = timedelta(seconds=45)
BEAT = timedelta(seconds=15)
"""How often a lease is extended: two beats may fail before it ends."""


@contextmanager
def kept(
    database: Database, enrollment_ids: Sequence[str], *, token: str, lease: timedelta, beat: timedelta
) -> Iterator[None]:
    """Extends the leases that ``token`` still holds, every ``beat``, until the end of the block."""
    done = threading.Event()

    def extend() -> None:
        while not done.wait(beat.total_seconds()):
            try:
                database.run(lambda connection: walks.extend(connection, enrollment_ids, token=token, lease=lease))
            except Exception:  # noqa: BLE001  (the next one may come in time)
                structlog.get_logger().exception("walks.heartbeat_failed", walks=len(enrollment_ids))

    thread = threading.Thread(target=extend, name="journey.leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

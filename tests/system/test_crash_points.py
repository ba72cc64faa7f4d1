"""Killed at every commit, just before it and just after it: nothing is sent twice, nothing is left open,
and no slot is left taken.

More points are tried when TIDEGATE_FULL is set.
"""

import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.delivery.field import DAY, Field, field_of

START = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)
LAST = 16 if "TIDEGATE_FULL" in os.environ else 5
LEASE_SECONDS = 1.0
"""Whoever comes after one that died waits so long for what that one had."""
POINTS = [sign * number for number in range(1, LAST + 1) for sign in (1, -1)]


def test_a_worker_may_die_at_any_commit(tmp_path: Path, database_url: str) -> None:
    with field_of(tmp_path, database_url, customers=200, messages=600, start=START) as queue:
        died = [point for point in POINTS if dies(queue, point)]
        assert len(died) >= len(POINTS) / 2
        queue.start_worker()
        queue.wait_until_settled(timeout=90, advance=timedelta(hours=2))
        queue.end_workers()
        assert queue.most_within(DAY, per_channel=True) == 1
        assert queue.most_within(7 * DAY, per_channel=False) <= 3
        queue.check_accounts()


def dies(queue: Field, point: int) -> bool:
    """Lets a worker die at ``point``; False when it found too little to do to come so far."""
    worker = replace(queue.orders, crash_at=point, lease_seconds=LEASE_SECONDS).start()
    worker.join(20)
    died = worker.exitcode == -signal.SIGKILL
    worker.kill()
    worker.join(60)
    queue.check_slots()
    return died

"""The invariant: whatever competes, whatever is killed, no window is ever over its limit.

The full size (eight workers, 1,000 customers, 50,000 messages) runs when TIDEGATE_FULL is set.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.database import fresh_database
from support.delivery.field import DAY, Field, field_of

FULL = "TIDEGATE_FULL" in os.environ
WORKERS, CUSTOMERS, MESSAGES = (8, 1_000, 50_000) if FULL else (4, 60, 1_200)
PATIENCE = 900.0 if FULL else 120.0
START = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("kill_every", [0.0, 1.0], ids=["undisturbed", "killed every second"])
def test_no_limit_is_ever_exceeded(tmp_path: Path, kill_every: float) -> None:
    with (
        fresh_database() as url,
        field_of(tmp_path, url, customers=CUSTOMERS, messages=MESSAGES, start=START) as competition,
    ):
        for _ in range(WORKERS):
            competition.start_worker()
        competition.wait_until_settled(timeout=PATIENCE, advance=timedelta(minutes=30), kill_every=kill_every)
        competition.end_workers()
        assert bool(competition.killed) == bool(kill_every)
        check_limits(competition)
        competition.check_accounts()


def check_limits(competition: Field) -> None:
    assert competition.most_within(DAY, per_channel=True) == 1
    assert competition.most_within(7 * DAY, per_channel=False) == 3

"""The invariant: whatever competes, whatever is killed, no window is ever over its limit, and all ends once.

Providers refuse, answer that they do not know, or not at all; one of them may be sent to again. The full size (four
replicas with four gates each, 200,000 messages for 5,000 customers) runs when TIDEGATE_FULL is set, and takes minutes.
"""

import os
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from support.database import fresh_database
from support.delivery.field import DAY, Field, field_of

FULL = "TIDEGATE_FULL" in os.environ
SIZES = {"small": (3, 60, 1_000), "tenth": (4, 500, 20_000), "full": (4, 5_000, 200_000)}
"""Replicas, customers, messages."""
SIZE = os.environ.get("TIDEGATE_SWARM", "full" if FULL else "small")
REPLICAS, CUSTOMERS, MESSAGES = SIZES[SIZE]
GATES = 4
PATIENCE = {"small": 90.0, "tenth": 900.0, "full": 3_600.0}[SIZE]
KILL_EVERY = {"small": 2.0, "tenth": 4.0, "full": 8.0}[SIZE]
START = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)


@pytest.mark.timeout(PATIENCE + 210)
def test_no_limit_is_ever_exceeded_and_everything_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (
        fresh_database() as url,
        field_of(
            tmp_path, url, customers=CUSTOMERS, messages=MESSAGES, start=START, rough=True, gates=GATES
        ) as competition,
    ):
        for _ in range(REPLICAS):
            competition.start_worker()
        began = time.monotonic()
        with capsys.disabled() if SIZE != "small" else nullcontext():
            settle(competition)
        took = time.monotonic() - began
        competition.end_workers()
        assert competition.killed
        check_limits(competition)
        competition.check_accounts()
        with capsys.disabled() if SIZE != "small" else nullcontext():
            show(competition, took)


@pytest.mark.skipif(not FULL, reason="takes minutes; set TIDEGATE_FULL to have it run")
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("kill_every", [0.0, 1.0], ids=["undisturbed", "killed every second"])
def test_eight_workers_share_fifty_thousand_messages(tmp_path: Path, kill_every: float) -> None:
    with (
        fresh_database() as url,
        field_of(tmp_path, url, customers=1_000, messages=50_000, start=START) as competition,
    ):
        for _ in range(8):
            competition.start_worker()
        competition.wait_until_settled(timeout=900.0, advance=timedelta(minutes=30), kill_every=kill_every)
        competition.end_workers()
        assert bool(competition.killed) == bool(kill_every)
        check_limits(competition)
        competition.check_accounts()


def settle(competition: Field) -> None:
    competition.wait_until_settled(
        timeout=PATIENCE, advance=timedelta(hours=1), kill_every=KILL_EVERY, most_due=MESSAGES // 100
    )


def check_limits(competition: Field) -> None:
    assert competition.most_within(DAY, per_channel=True) == 1
    assert competition.most_within(7 * DAY, per_channel=False) == 3


def show(competition: Field, seconds: float) -> None:
    """What has become of all of them."""
    table = Table("what", "how many", title=f"{REPLICAS} replicas with {GATES} gates each, {CUSTOMERS} customers")
    for end, count in sorted(competition.ends().items()):
        table.add_row(end, f"{count:,}")
    table.add_row("workers killed", str(competition.killed))
    table.add_row("seconds", f"{seconds:.0f}")
    Console(file=sys.stderr).print(table)

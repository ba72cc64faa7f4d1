"""What accounts were called for in this day and month counts, where nothing has been counted of it yet."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_CHINA = timezone(timedelta(hours=8))
"""Whose days and months platforms count by."""

_COUNT = sa.text(
    "INSERT INTO account_caps (account_id, name, starts, ends, used) "
    "SELECT account_id, CAST(:name AS TEXT), CAST(:starts AS BIGINT), CAST(:ends AS BIGINT), count(*) FROM attempts "
    "WHERE start_time >= :starts AND start_time < :ends GROUP BY account_id "
    "ON CONFLICT (account_id, name, starts) DO NOTHING"
)


def upgrade() -> None:
    for name, starts, ends in _periods(datetime.fromtimestamp(time.time(), tz=_CHINA)):
        op.get_bind().execute(_COUNT, {"name": name, "starts": _micros(starts), "ends": _micros(ends)})


def _periods(now: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yield "day", day, day + timedelta(days=1)
    month = day.replace(day=1)
    yield "month", month, (month + timedelta(days=31)).replace(day=1)


def _micros(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000

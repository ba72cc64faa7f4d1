"""The tables of the journey service.

An enrollment is one row for its whole life. While it is open it has a due time, and a worker takes it when that
has come; what it waits for is told by its posture and timer. A claim is a lease on the row.
"""

import sqlalchemy as sa

from tidegate.runtime.db import NAMING, Instant, Json
from tidegate.runtime.feed import cursor_table, feed_tables
from tidegate.runtime.work import work_table

METADATA = sa.MetaData(naming_convention=NAMING)

JOURNEYS = sa.Table(
    "journeys",
    METADATA,
    sa.Column("journey_id", sa.Text, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("draft", sa.LargeBinary, nullable=False),
    sa.Column("live_version", sa.Integer, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("paused_at", Instant),
    sa.CheckConstraint("state IN ('draft', 'active', 'paused', 'archived')", name="state"),
    sa.CheckConstraint("(state = 'paused') = (paused_at IS NOT NULL)", name="paused_iff_paused_at"),
)

VERSIONS = sa.Table(
    "versions",
    METADATA,
    sa.Column("journey_id", sa.Text, sa.ForeignKey("journeys.journey_id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("definition", sa.LargeBinary, nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("publisher", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

ENROLLMENTS = sa.Table(
    "enrollments",
    METADATA,
    sa.Column("enrollment_id", sa.Text, primary_key=True),
    sa.Column("journey_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("original_customer_id", sa.BigInteger, nullable=False),
    sa.Column("entry_key", sa.Text, nullable=False),
    sa.Column("cause", Json, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("end_reason", sa.Text, nullable=False),
    sa.Column("merged_into", sa.Text, nullable=False),
    sa.Column("node_id", sa.Text, nullable=False),
    sa.Column("visit", sa.Integer, nullable=False),
    sa.Column("node_entered_at", Instant, nullable=False),
    sa.Column("posture", sa.Text, nullable=False),
    sa.Column("timer_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("memory", Json, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("news_label", sa.Text, nullable=False),
    sa.Column("news_reason", sa.Text, nullable=False),
    sa.Column("signals", sa.Integer, nullable=False),
    sa.Column("lease_token", sa.Text, nullable=False),
    sa.Column("leased_until", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.CheckConstraint("state IN ('open', 'finished', 'exited', 'merged')", name="state"),
    sa.CheckConstraint("posture IN ('ready', 'timer', 'date', 'happening', 'message', 'receipt')", name="posture"),
    sa.CheckConstraint("(state = 'open') = (due_at IS NOT NULL)", name="due_iff_open"),
    sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_iff_final"),
    sa.Index(
        "ix_enrollments_due",
        "journey_id",
        "due_at",
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    ),
    sa.Index("ix_enrollments_customer", "customer_id", "entered_at", "enrollment_id"),
    sa.Index(
        "ix_enrollments_customer_ended",
        "customer_id",
        "ended_at",
        "enrollment_id",
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        sqlite_where=sa.text("ended_at IS NOT NULL"),
    ),
    sa.Index("ix_enrollments_journey", "journey_id", "enrollment_id"),
    postgresql_with={"fillfactor": 70},
)

STEPS = sa.Table(
    "steps",
    METADATA,
    sa.Column("enrollment_id", sa.Text, primary_key=True),
    sa.Column("visit", sa.Integer, primary_key=True),
    sa.Column("node_id", sa.Text, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
    sa.Column("left_at", Instant, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
)

SIGNALS = sa.Table(
    "signals",
    METADATA,
    sa.Column("enrollment_id", sa.Text, primary_key=True),
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("properties", Json, nullable=False),
)
"""What happened to customers of open walks that their versions care about; gone when the walk ends."""

GUARDS = sa.Table(
    "guards",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("journey_id", sa.Text, primary_key=True),
    sa.Column("entry_key", sa.Text, primary_key=True),
    sa.Column("entered_at", Instant, nullable=False),
    sa.Column("enrollment_id", sa.Text, nullable=False),
    sa.Column("open", sa.Integer, nullable=False),
)
"""One row per journey, customer, and key that ever came in: entry policies are decided on it."""

TURNSTILES = sa.Table(
    "turnstiles",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("journey_id", sa.Text, primary_key=True),
    sa.Column("passes", sa.BigInteger, nullable=False),
)
"""One row per journey and customer with a limit over all keys: whoever holds it counts alone."""

ENTRIES = sa.Table(
    "entries",
    METADATA,
    sa.Column("journey_id", sa.Text, primary_key=True),
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("enrollment_id", sa.Text, nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Index("ix_entries_customer", "customer_id"),
)
"""Every entry that was decided, by what brought it: the same event or call is decided once."""

TALLIES = sa.Table(
    "tallies",
    METADATA,
    sa.Column("tally_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("journey_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("node_id", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Index("ix_tallies_journey", "journey_id", "version"),
)
"""Counts of entries, steps, ends, and goals: appended per batch, so that no two workers wait for one row."""

ALIASES = sa.Table(
    "aliases",
    METADATA,
    sa.Column("alias_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Index("ix_aliases_customer", "customer_id"),
)

ERASED = sa.Table(
    "erased",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("erasure_id", sa.Text, nullable=False),
)
"""Who was erased, with all ids: nobody of them comes in again."""

SCHEDULES = sa.Table(
    "schedules",
    METADATA,
    sa.Column("journey_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("segment_id", sa.Text, primary_key=True),
    sa.Column("start_at", Instant, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("after_customer_id", sa.BigInteger, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'done', 'dropped')", name="state"),
    sa.Index(
        "ix_schedules_waiting",
        "start_at",
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    ),
)
"""Audiences that come in at an instant, with how far each has been taken in."""

FEED = feed_tables(METADATA)
CURSORS = cursor_table(METADATA)
WORK = work_table(METADATA)

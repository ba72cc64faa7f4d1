"""Journeys, versions, walks, steps, signals, guards, counts, aliases, schedules, the feed, work."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aliases",
        sa.Column("alias_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alias_id", name=op.f("pk_aliases")),
    )
    op.create_index("ix_aliases_customer", "aliases", ["customer_id"], unique=False)
    op.create_table(
        "enrollments",
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("original_customer_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_key", sa.Text(), nullable=False),
        sa.Column("cause", Json(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("node_entered_at", Instant(), nullable=False),
        sa.Column("posture", sa.Text(), nullable=False),
        sa.Column("timer_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("memory", Json(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("news_label", sa.Text(), nullable=False),
        sa.Column("news_reason", sa.Text(), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (due_at IS NOT NULL)", name=op.f("ck_enrollments_due_iff_open")),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_enrollments_ended_iff_final")),
        sa.CheckConstraint(
            "posture IN ('ready', 'timer', 'date', 'happening', 'message', 'receipt')",
            name=op.f("ck_enrollments_posture"),
        ),
        sa.CheckConstraint("state IN ('open', 'finished', 'exited', 'merged')", name=op.f("ck_enrollments_state")),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_enrollments")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_enrollments_customer", "enrollments", ["customer_id", "enrollment_id"], unique=False)
    op.create_index(
        "ix_enrollments_due",
        "enrollments",
        ["journey_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_enrollments_journey", "enrollments", ["journey_id", "enrollment_id"], unique=False)
    op.create_table(
        "entries",
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("journey_id", "reference", name=op.f("pk_entries")),
    )
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_time", "feed", ["time"], unique=False)
    op.create_table(
        "feed_base",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("pruned_through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_base")),
    )
    op.create_table(
        "feed_cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed_cursor")),
    )
    op.create_table(
        "guards",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("entry_key", sa.Text(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "journey_id", "entry_key", name=op.f("pk_guards")),
    )
    op.create_table(
        "journeys",
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=False),
        sa.Column("live_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "(state = 'paused') = (paused_at IS NOT NULL)", name=op.f("ck_journeys_paused_iff_paused_at")
        ),
        sa.CheckConstraint("state IN ('draft', 'active', 'paused', 'archived')", name=op.f("ck_journeys_state")),
        sa.PrimaryKeyConstraint("journey_id", name=op.f("pk_journeys")),
    )
    op.create_table(
        "schedules",
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("start_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("after_customer_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'dropped')", name=op.f("ck_schedules_state")),
        sa.PrimaryKeyConstraint("journey_id", "version", "segment_id", "start_at", name=op.f("pk_schedules")),
    )
    op.create_index(
        "ix_schedules_waiting",
        "schedules",
        ["start_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "signals",
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("properties", Json(), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "reference", name=op.f("pk_signals")),
    )
    op.create_table(
        "steps",
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "visit", name=op.f("pk_steps")),
    )
    op.create_table(
        "tallies",
        sa.Column("tally_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tally_id", name=op.f("pk_tallies")),
    )
    op.create_index("ix_tallies_journey", "tallies", ["journey_id", "version"], unique=False)
    op.create_table(
        "turnstiles",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("passes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "journey_id", name=op.f("pk_turnstiles")),
    )
    op.create_table(
        "work",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("available_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'running') = (lease_token IS NOT NULL) AND (state = 'running') = (leased_until IS NOT NULL)",
            name=op.f("ck_work_leased_iff_running"),
        ),
        sa.CheckConstraint("state IN ('available', 'running', 'dead')", name=op.f("ck_work_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sa.UniqueConstraint("queue", "key", name=op.f("uq_work_queue_key")),
    )
    op.create_index(
        "ix_work_available",
        "work",
        ["queue", "available_at"],
        unique=False,
        postgresql_where=sa.text("state = 'available'"),
        sqlite_where=sa.text("state = 'available'"),
    )
    op.create_index(
        "ix_work_leased",
        "work",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
        sqlite_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "versions",
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["journey_id"], ["journeys.journey_id"], name=op.f("fk_versions_journey_id")),
        sa.PrimaryKeyConstraint("journey_id", "version", name=op.f("pk_versions")),
    )

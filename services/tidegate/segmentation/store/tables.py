"""The tables. Instants are microseconds since the epoch; rules and models are kept as the contract serialises them."""

import sqlalchemy as sa

from tidegate.runtime.db import NAMING, Instant, Json
from tidegate.runtime.feed import feed_tables

METADATA = sa.MetaData(naming_convention=NAMING)

FEED = feed_tables(METADATA)

ORIGIN = sa.Table(
    "origin",
    METADATA,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
)
"""One row: this database's name for itself, which the analytic store bears too."""

SEGMENTS = sa.Table(
    "segments",
    METADATA,
    sa.Column("segment_id", sa.Text, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("rule", sa.LargeBinary),
    sa.Column("evaluation", sa.Text, nullable=False),
    sa.Column("minimum_stay", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("member_count", sa.BigInteger, nullable=False),
    sa.Column("requested", sa.BigInteger, nullable=False),
    sa.Column("completed", sa.BigInteger, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("announcement", sa.Text, nullable=False),
    sa.Column("queued", Json, nullable=False, server_default="[]"),
    sa.Column("needed_position", sa.BigInteger, nullable=False),
    sa.Column("evaluated_at", Instant),
    sa.Column("identity_position", sa.BigInteger, nullable=False),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.CheckConstraint("state IN ('computing', 'active', 'failed', 'archived')", name="state"),
    sa.CheckConstraint("completed <= requested", name="completed"),
)

MEMBERSHIPS = sa.Table(
    "memberships",
    METADATA,
    sa.Column("segment_id", sa.Text, sa.ForeignKey("segments.segment_id"), primary_key=True),
    sa.Column("customer_id", sa.BigInteger, primary_key=True),
    sa.Column("member", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Index(
        "ix_memberships_members",
        "segment_id",
        "customer_id",
        sqlite_where=sa.text("member"),
        postgresql_where=sa.text("member"),
    ),
    sa.Index("ix_memberships_customer", "customer_id"),
)
"""One row per customer who ever was a member: who left keeps the row, whose seq goes on when they come back."""

MEMBERSHIP_CHANGES = sa.Table(
    "membership_changes",
    METADATA,
    sa.Column("serial", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
    sa.Column("segment_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("transition", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("time", Instant, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Index("ix_membership_changes_segment", "segment_id", "serial"),
    sa.Index("ix_membership_changes_customer", "customer_id", "serial"),
)

SNAPSHOTS = sa.Table(
    "snapshots",
    METADATA,
    sa.Column("serial", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
    sa.Column("snapshot_id", sa.Text, nullable=False),
    sa.Column("segment_id", sa.Text, sa.ForeignKey("segments.segment_id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("member_count", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("snapshot_id"),
    sa.Index("ix_snapshots_segment", "segment_id", "serial"),
)

SNAPSHOT_MEMBERS = sa.Table(
    "snapshot_members",
    METADATA,
    sa.Column("snapshot_serial", sa.BigInteger, sa.ForeignKey("snapshots.serial"), primary_key=True),
    sa.Column("customer_id", sa.BigInteger, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Index("ix_snapshot_members_customer", "customer_id"),
)
"""Memberships as they were when a snapshot was taken, under the ids of then; nothing but an erasure changes them."""

SCORE_MODELS = sa.Table(
    "score_models",
    METADATA,
    sa.Column("model_id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("latest_run_id", sa.Text, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

SCORE_RUNS = sa.Table(
    "score_runs",
    METADATA,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("model_id", sa.Text, sa.ForeignKey("score_models.model_id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("announcement", sa.Text, nullable=False),
    sa.Column("announced_through", sa.BigInteger, nullable=False),
    sa.Column("customers", sa.BigInteger, nullable=False),
    sa.Column("cuts", Json, nullable=False),
    sa.Column("tier_counts", Json, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.CheckConstraint("state IN ('running', 'succeeded', 'failed')", name="state"),
    sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    sa.Index("ix_score_runs_model", "model_id", "run_id"),
    sa.Index(
        "uq_score_runs_running",
        "model_id",
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    ),
)
"""``announced_through``: tiers of customers up to this id are announced, so that a run goes on where it stopped."""

STAGE_MODELS = sa.Table(
    "stage_models",
    METADATA,
    sa.Column("model_id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("latest_run_id", sa.Text, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

STAGE_RUNS = sa.Table(
    "stage_runs",
    METADATA,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("model_id", sa.Text, sa.ForeignKey("stage_models.model_id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("announcement", sa.Text, nullable=False),
    sa.Column("recorded_through", sa.BigInteger, nullable=False),
    sa.Column("stage_counts", Json, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.CheckConstraint("state IN ('running', 'succeeded', 'failed')", name="state"),
    sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    sa.Index("ix_stage_runs_model", "model_id", "run_id"),
    sa.Index(
        "uq_stage_runs_running",
        "model_id",
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    ),
)
"""``recorded_through``: changes of customers up to this id are in the history and announced, so that a run goes on
where it stopped."""

STAGE_CHANGES = sa.Table(
    "stage_changes",
    METADATA,
    sa.Column("model_id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
    sa.Index("ix_stage_changes_customer", "customer_id"),
)
"""The history of stages: who came into which by which run, '' being none. The analytic store has a copy."""

TELLINGS = sa.Table(
    "tellings",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),  # segment | model
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("telling_id", sa.Text, nullable=False),
    sa.Column("told_through", sa.BigInteger, nullable=False),
)
"""The segments and score models that delivery's policies name. Their members, or tiers, are told from the beginning
when that is new, and after changes that were not announced. ``telling_id`` is empty when all is told;
``told_through``: customers up to this id are."""

EXPERIMENTS = sa.Table(
    "experiments",
    METADATA,
    sa.Column("experiment_id", sa.Text, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("arms", Json, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("assigned", sa.BigInteger, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("stopped_at", Instant),
    sa.CheckConstraint("state IN ('draft', 'running', 'stopped')", name="state"),
)

EPOCHS = sa.Table(
    "epochs",
    METADATA,
    sa.Column("experiment_id", sa.Text, sa.ForeignKey("experiments.experiment_id"), primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
)

ASSIGNMENTS = sa.Table(
    "assignments",
    METADATA,
    sa.Column("experiment_id", sa.Text, sa.ForeignKey("experiments.experiment_id"), primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, primary_key=True),
    sa.Column("arm_id", sa.Text, nullable=False),
    sa.Column("bucket", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("assigned_at", Instant, nullable=False),
    sa.Column("serial", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("experiment_id", "serial"),
)
"""``serial`` counts an experiment's assignments in the order of their commits: a reader copies by it."""

"""Segments, memberships, score models, experiments, assignments, the feed."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "experiments",
        sa.Column("experiment_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("arms", Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("assigned", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'running', 'stopped')", name=op.f("ck_experiments_state")),
        sa.PrimaryKeyConstraint("experiment_id", name=op.f("pk_experiments")),
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
        "membership_changes",
        sa.Column(
            "serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("transition", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_membership_changes")),
    )
    op.create_index("ix_membership_changes_customer", "membership_changes", ["customer_id", "serial"], unique=False)
    op.create_index("ix_membership_changes_segment", "membership_changes", ["segment_id", "serial"], unique=False)
    op.create_table(
        "origin",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_origin")),
    )
    op.create_table(
        "score_models",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("latest_run_id", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_score_models")),
    )
    op.create_table(
        "segments",
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("rule", sa.LargeBinary(), nullable=True),
        sa.Column("evaluation", sa.Text(), nullable=False),
        sa.Column("minimum_stay", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("member_count", sa.BigInteger(), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("needed_position", sa.BigInteger(), nullable=False),
        sa.Column("evaluated_at", Instant(), nullable=True),
        sa.Column("identity_position", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint("state IN ('computing', 'active', 'failed', 'archived')", name=op.f("ck_segments_state")),
        sa.CheckConstraint("completed <= requested", name=op.f("ck_segments_completed")),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_segments")),
    )
    op.create_table(
        "assignments",
        sa.Column("experiment_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("arm_id", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("assigned_at", Instant(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.experiment_id"], name=op.f("fk_assignments_experiment_id")
        ),
        sa.PrimaryKeyConstraint("experiment_id", "epoch", "customer_id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("experiment_id", "serial", name=op.f("uq_assignments_experiment_id_serial")),
    )
    op.create_table(
        "epochs",
        sa.Column("experiment_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.experiment_id"], name=op.f("fk_epochs_experiment_id")),
        sa.PrimaryKeyConstraint("experiment_id", "epoch", name=op.f("pk_epochs")),
    )
    op.create_table(
        "memberships",
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.segment_id"], name=op.f("fk_memberships_segment_id")),
        sa.PrimaryKeyConstraint("segment_id", "customer_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_customer", "memberships", ["customer_id"], unique=False)
    op.create_index(
        "ix_memberships_members",
        "memberships",
        ["segment_id", "customer_id"],
        unique=False,
        sqlite_where=sa.text("member"),
        postgresql_where=sa.text("member"),
    )
    op.create_table(
        "score_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("announced_through", sa.BigInteger(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("cuts", Json(), nullable=False),
        sa.Column("tier_counts", Json(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_score_runs_ended")),
        sa.CheckConstraint("state IN ('running', 'succeeded', 'failed')", name=op.f("ck_score_runs_state")),
        sa.ForeignKeyConstraint(["model_id"], ["score_models.model_id"], name=op.f("fk_score_runs_model_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_score_runs")),
    )
    op.create_index("ix_score_runs_model", "score_runs", ["model_id", "run_id"], unique=False)
    op.create_index(
        "uq_score_runs_running",
        "score_runs",
        ["model_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )

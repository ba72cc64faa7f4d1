"""Stage models, their runs, and the history of stages."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant, Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stage_models",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("latest_run_id", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_stage_models")),
    )
    op.create_table(
        "stage_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("recorded_through", sa.BigInteger(), nullable=False),
        sa.Column("stage_counts", Json(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'succeeded', 'failed')", name=op.f("ck_stage_runs_state")),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_stage_runs_ended")),
        sa.ForeignKeyConstraint(["model_id"], ["stage_models.model_id"], name=op.f("fk_stage_runs_model_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_stage_runs")),
    )
    op.create_index("ix_stage_runs_model", "stage_runs", ["model_id", "run_id"])
    op.create_index(
        "uq_stage_runs_running",
        "stage_runs",
        ["model_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "stage_changes",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "run_id", "customer_id", name=op.f("pk_stage_changes")),
    )
    op.create_index("ix_stage_changes_customer", "stage_changes", ["customer_id"])

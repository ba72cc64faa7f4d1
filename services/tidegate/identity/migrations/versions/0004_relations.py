"""Relations, households and accounts, source codes and the visits that they brought."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "household",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("updated", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_household")),
    )
    op.create_table(
        "relation",
        sa.Column("original_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("started", Instant(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("related_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ended", Instant(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'inviter') = (related_id IS NOT NULL)", name=op.f("ck_relation_related_iff_inviter")
        ),
        sa.CheckConstraint("ended >= started", name=op.f("ck_relation_ended_after_started")),
        sa.PrimaryKeyConstraint("original_id", "kind", "target", "started", name=op.f("pk_relation")),
        sa.UniqueConstraint("id", name=op.f("uq_relation_id")),
    )
    op.create_index("ix_relation_target_started_id", "relation", ["target", "started", "id"], unique=False)
    op.create_table(
        "source_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("inviter_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_source_code")),
    )
    op.create_index(op.f("ix_source_code_campaign_id"), "source_code", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_source_code_channel"), "source_code", ["channel"], unique=False)
    op.create_index(op.f("ix_source_code_inviter_id"), "source_code", ["inviter_id"], unique=False)
    op.create_table(
        "source_visit",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("original_id", sa.BigInteger(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_source_visit")),
    )
    op.create_index("ix_source_visit_code_time", "source_visit", ["code", "time"], unique=False)
    op.create_index("ix_source_visit_original_id_time", "source_visit", ["original_id", "time"], unique=False)

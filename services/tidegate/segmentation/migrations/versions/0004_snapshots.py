"""Snapshots of segments: their members at one instant."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column(
            "serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("member_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.segment_id"], name=op.f("fk_snapshots_segment_id")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("snapshot_id", name=op.f("uq_snapshots_snapshot_id")),
    )
    op.create_index("ix_snapshots_segment", "snapshots", ["segment_id", "serial"], unique=False)
    op.create_table(
        "snapshot_members",
        sa.Column("snapshot_serial", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_serial"], ["snapshots.serial"], name=op.f("fk_snapshot_members_snapshot_serial")
        ),
        sa.PrimaryKeyConstraint("snapshot_serial", "customer_id", name=op.f("pk_snapshot_members")),
    )
    op.create_index("ix_snapshot_members_customer", "snapshot_members", ["customer_id"], unique=False)

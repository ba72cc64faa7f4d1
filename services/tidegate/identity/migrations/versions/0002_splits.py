"""What people take apart: splits, identifiers that were taken off; how often identifiers stood in conflicts."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "split",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("remaining_id", sa.BigInteger(), nullable=False),
        sa.Column("separated", Json(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_split")),
    )
    op.create_index(op.f("ix_split_remaining_id"), "split", ["remaining_id"], unique=False)
    op.create_table(
        "unlinking",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("original_id", sa.BigInteger(), nullable=False),
        sa.Column("link_source", sa.Text(), nullable=False),
        sa.Column("link_time", Instant(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unlinking")),
    )
    op.create_index(op.f("ix_unlinking_lookup"), "unlinking", ["lookup"], unique=False)
    op.create_index(op.f("ix_unlinking_original_id"), "unlinking", ["original_id"], unique=False)
    op.create_table(
        "conflict_identifier",
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("conflicts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_conflict_identifier")),
    )

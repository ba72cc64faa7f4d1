"""Erasures: the resource with its parts, whom it was about, and the tombstones; cursors of other services' feeds."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("done", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_erasure_customer_id")),
    )
    op.create_table(
        "erasure_part",
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("done", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", "service", name=op.f("pk_erasure_part")),
    )
    op.create_index(
        "ix_erasure_part_open",
        "erasure_part",
        ["service", "erasure_id"],
        unique=False,
        postgresql_where=sa.text("done IS NULL"),
        sqlite_where=sa.text("done IS NULL"),
    )
    op.create_table(
        "erased_customer",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_erased_customer")),
    )
    op.create_index(op.f("ix_erased_customer_erasure_id"), "erased_customer", ["erasure_id"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("returned", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_tombstone")),
    )
    op.create_index(op.f("ix_tombstone_erasure_id"), "tombstone", ["erasure_id"], unique=False)
    op.create_table(
        "feed_cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed_cursor")),
    )

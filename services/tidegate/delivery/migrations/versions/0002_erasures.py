"""Persons to be erased."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_ids", Json(), nullable=False),
        sa.Column("reported", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasures")),
    )
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["erasure_id"],
        unique=False,
        postgresql_where=sa.text("NOT reported"),
        sqlite_where=sa.text("NOT reported"),
    )

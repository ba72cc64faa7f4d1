"""Suppressions of segments."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suppressions", sa.Column("segment_id", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_suppressions_segment",
        "suppressions",
        ["segment_id"],
        unique=False,
        postgresql_where=sa.text("segment_id <> ''"),
        sqlite_where=sa.text("segment_id <> ''"),
    )

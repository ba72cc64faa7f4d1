"""Memberships that merged customers bring along."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("memberships", sa.Column("via_id", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(
        "ix_memberships_via",
        "memberships",
        ["via_id"],
        postgresql_where=sa.text("via_id <> 0"),
        sqlite_where=sa.text("via_id <> 0"),
    )

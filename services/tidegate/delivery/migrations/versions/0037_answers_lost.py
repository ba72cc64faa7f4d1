"""Receipts keep what their provider names the template, by which a message is found whose answer was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipts", sa.Column("provider_template", sa.Text(), server_default="", nullable=False))
    where = "state = 'waiting' AND provider_template <> ''"
    op.create_index(
        "ix_receipts_lost",
        "receipts",
        ["address_key"],
        unique=False,
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(where),
    )

"""Which segments and models policies name, and whether it is known who is in them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("memberships", sa.Column("telling_id", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "audiences",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("telling_id", sa.Text(), server_default="", nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audiences")),
    )

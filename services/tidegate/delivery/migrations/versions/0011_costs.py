"""What calls cost."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("price_micros", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("accounts", sa.Column("currency", sa.Text(), server_default="", nullable=False))
    op.add_column("attempts", sa.Column("parts", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "account_costs",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("messages", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parts", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "account_id", "currency", name=op.f("pk_account_costs")),
    )

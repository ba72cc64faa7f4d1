"""What providers call the parts of a message, where receipts name those."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "part_ids",
        sa.Column("provider_message_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider_message_id", "account_id", "message_id"),
    )
    op.create_index("ix_part_ids_message", "part_ids", ["message_id"])

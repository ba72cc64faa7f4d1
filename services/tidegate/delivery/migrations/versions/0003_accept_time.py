"""A customer's messages by the time at which they were accepted."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_messages_customer", "messages")
    op.create_index("ix_messages_customer", "messages", ["customer_id", "accept_time", "message_id"], unique=False)

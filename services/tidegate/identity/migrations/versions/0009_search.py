"""Customers by when they were first seen and created; who was split from whom, from either side."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_customer_first_seen_id", "customer", ["first_seen", "id"], unique=False)
    op.create_index("ix_customer_created_id", "customer", ["created", "id"], unique=False)
    op.create_index(op.f("ix_never_merge_high_id"), "never_merge", ["high_id"], unique=False)

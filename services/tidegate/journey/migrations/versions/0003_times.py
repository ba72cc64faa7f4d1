"""A customer's walks by the times at which they began and ended."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_enrollments_customer", "enrollments")
    op.create_index(
        "ix_enrollments_customer", "enrollments", ["customer_id", "entered_at", "enrollment_id"], unique=False
    )
    op.create_index(
        "ix_enrollments_customer_ended",
        "enrollments",
        ["customer_id", "ended_at", "enrollment_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        sqlite_where=sa.text("ended_at IS NOT NULL"),
    )

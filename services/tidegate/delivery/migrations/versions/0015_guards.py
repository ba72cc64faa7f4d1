"""Messages by which customers unsubscribed, of campaigns that guardrails watch."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unsubscribed_by",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_unsubscribed_by")),
    )

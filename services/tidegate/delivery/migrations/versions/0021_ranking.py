"""Messages give way to better ones of their customer: how often they have, and an index by which those are found."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message_states", sa.Column("given_way", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_index(
        "ix_messages_limited",
        "messages",
        ["customer_id", "expire_time"],
        unique=False,
        postgresql_where=sa.text("message_class IN ('marketing', 'marketing_override')"),
        sqlite_where=sa.text("message_class IN ('marketing', 'marketing_override')"),
    )

"""What waits of a brand is found without passing over that of others."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_message_states_brand",
        "message_states",
        ["channel", "brand", "rank", "expire_time", "message_id"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted' AND brand <> ''"),
        sqlite_where=sa.text("state = 'accepted' AND brand <> ''"),
    )

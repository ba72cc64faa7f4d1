"""Links by the time at which they lapse: to count those that are live, and to remove the others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_links_lapse",
        "tracked_links",
        ["expire_time", "code"],
        unique=False,
        postgresql_where=sa.text("expire_time IS NOT NULL"),
        sqlite_where=sa.text("expire_time IS NOT NULL"),
    )

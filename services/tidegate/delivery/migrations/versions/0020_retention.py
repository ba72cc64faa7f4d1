"""By what retention finds what is old, by what a segment's members are found, and whose a dead address was."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_interactions_time", "interactions", ["time"])
    op.create_index("ix_window_openings_opened", "window_openings", ["opened"])
    op.create_index("ix_memberships_segment", "memberships", ["segment_id", "telling_id"])
    op.add_column("suppressions", sa.Column("holder_id", sa.BigInteger(), server_default="0", nullable=False))

"""When journeys, campaigns and phases have ended: what is kept of them goes in its time."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inactive_walks", sa.Column("end_time", sa.BigInteger(), nullable=True))

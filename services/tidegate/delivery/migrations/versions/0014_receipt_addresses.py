"""The address that a waiting receipt is about, where one provider's id stands for several messages."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipts", sa.Column("address", sa.Text(), server_default="", nullable=False))

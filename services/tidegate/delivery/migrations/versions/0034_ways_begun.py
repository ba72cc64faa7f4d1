"""Of contact ways that are being made it is known since when, and that somebody asks for them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact_ways", sa.Column("until_real", sa.BigInteger(), server_default="0", nullable=False))

"""The accounts that have refused a message on its present channel."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message_states", sa.Column("tried", sa.Text(), server_default="", nullable=False))
    op.add_column("message_states", sa.Column("tried_until_real", sa.BigInteger(), server_default="0", nullable=False))

"""How far what is stored is sealed by the newest key."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resealing",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("reached", Json(), nullable=True),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("resealed", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "part", name=op.f("pk_resealing")),
    )

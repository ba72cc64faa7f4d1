"""Tags that end and derived values that turn by themselves; definitions of which customers are told anew."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant, Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tag_mark", sa.Column("expires", Instant(), nullable=True))
    op.add_column("tag", sa.Column("expires", Instant(), nullable=True))
    op.create_index(
        "ix_tag_expires",
        "tag",
        ["expires"],
        unique=False,
        postgresql_where=sa.text("present AND expires IS NOT NULL"),
        sqlite_where=sa.text("present = 1 AND expires IS NOT NULL"),
    )
    op.add_column("attribute", sa.Column("turns", Instant(), nullable=True))
    op.create_index(
        "ix_attribute_turns",
        "attribute",
        ["turns"],
        unique=False,
        postgresql_where=sa.text("turns IS NOT NULL"),
        sqlite_where=sa.text("turns IS NOT NULL"),
    )
    op.create_table(
        "retelling",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("names", Json(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_retelling")),
        sa.UniqueConstraint("change", name=op.f("uq_retelling_change")),
    )

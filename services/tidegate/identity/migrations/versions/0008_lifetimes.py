"""What becomes of identifiers: until when they lead to their customers, since when they are dead addresses."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identifier", sa.Column("expires", Instant(), nullable=True))
    op.add_column("identifier", sa.Column("invalid_since", Instant(), nullable=True))
    op.add_column("identifier", sa.Column("invalid_channel", sa.Text(), nullable=True))
    op.create_index(
        "ix_identifier_expires",
        "identifier",
        ["expires"],
        unique=False,
        postgresql_where=sa.text("expires IS NOT NULL"),
        sqlite_where=sa.text("expires IS NOT NULL"),
    )

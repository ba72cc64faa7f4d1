"""Computations of a segment that were asked for while one was due, each with its cause and its announcing."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("segments", sa.Column("queued", Json(), nullable=False, server_default="[]"))

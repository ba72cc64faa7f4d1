"""What customers grant of a provider's template is kept until the template is entered."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interactions", sa.Column("provider_template", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_interactions_awaited",
        "interactions",
        ["account_id", "provider_template"],
        unique=False,
        postgresql_where=sa.text("provider_template <> ''"),
        sqlite_where=sa.text("provider_template <> ''"),
    )

"""When providers are asked about uncertain messages, and how often they have refused templates."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "template_rejections",
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("template_id", "account_id", name=op.f("pk_template_rejections")),
    )
    op.add_column("message_states", sa.Column("ask_real", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_message_states_ask",
        "message_states",
        ["account_id", "ask_real"],
        unique=False,
        postgresql_where=sa.text("state = 'uncertain'"),
        sqlite_where=sa.text("state = 'uncertain'"),
    )

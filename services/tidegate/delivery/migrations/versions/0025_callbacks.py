"""Callbacks of providers are kept before they are answered."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("callback_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("arrive_time", sa.BigInteger(), nullable=False),
        sa.Column("arrived_real", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_real", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state = 'done' OR state = 'failed' OR state = 'waiting'", name=op.f("ck_callbacks_state_known")
        ),
        sa.CheckConstraint(
            "(end_time IS NOT NULL) = (state <> 'waiting')", name=op.f("ck_callbacks_ended_iff_not_waiting")
        ),
        sa.PrimaryKeyConstraint("callback_id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("account_id", "key_digest", name=op.f("uq_callbacks_account_id_key_digest")),
    )
    for name, column, where in (
        ("ix_callbacks_due", "due_real", "state = 'waiting'"),
        ("ix_callbacks_ended", "end_time", "end_time IS NOT NULL"),
    ):
        op.create_index(
            name, "callbacks", [column], unique=False, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
        )

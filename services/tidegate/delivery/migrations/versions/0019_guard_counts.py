"""Guardrails count as things happen, from now on; what was paused is woken little by little."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guarded_messages",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("counted", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_guarded_messages")),
    )
    op.create_table(
        "guard_counts",
        sa.Column("guardrail_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("guardrail_id", "campaign_id", name=op.f("pk_guard_counts")),
    )
    op.create_table(
        "waking_campaigns",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("through_id", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_waking_campaigns")),
    )
    op.drop_table("unsubscribed_by")
    anew = sa.text("UPDATE policies SET update_time = :now WHERE kind = 'guardrail'")
    op.get_bind().execute(anew, {"now": time.time_ns() // 1_000})

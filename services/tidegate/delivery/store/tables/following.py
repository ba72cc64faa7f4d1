"""Messages that providers took and are asked about later, and whose turn it is to ask."""

import sqlalchemy as sa

from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number

FOLLOW_UPS = sa.Table(
    "follow_ups",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
    number("due_real"),
    sa.Column("asked", sa.Integer, nullable=False, server_default="0"),
    sa.Column("is_task", sa.Boolean, nullable=False, server_default=sa.false()),
    instant("expire_time"),
    instant("remind_time", nullable=True),
    sa.Column("reminded", sa.Integer, nullable=False, server_default="0"),
    instant("withdraw_real", nullable=True),
    sa.Index("ix_follow_ups_due", "account_id", "due_real"),
    sa.Index(
        "ix_follow_ups_remind",
        "account_id",
        "remind_time",
        postgresql_where=sa.text("remind_time IS NOT NULL"),
        sqlite_where=sa.text("remind_time IS NOT NULL"),
    ),
    sa.Index(
        "ix_follow_ups_expire",
        "account_id",
        "expire_time",
        postgresql_where=sa.text("withdraw_real IS NOT NULL"),
        sqlite_where=sa.text("withdraw_real IS NOT NULL"),
    ),
)
"""Messages that were sent and of which more is to be known: when their provider is asked next. Of tasks, which staff
have yet to confirm, also when staff are reminded, and from when on (in real time) one that is past its expiry may be
withdrawn; null: it is not tried any more, or no task."""

TURNS = sa.Table(
    "account_turns",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    number("until_real"),
)
"""Until when nobody else collects what an account's provider holds ready."""

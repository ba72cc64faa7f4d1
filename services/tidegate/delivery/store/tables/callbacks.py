"""What providers told at delivery's HTTP edge."""

import sqlalchemy as sa

from tidegate.delivery.callbacks.model import CallbackState
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number, one_of, text

CALLBACKS = sa.Table(
    "callbacks",
    METADATA,
    sa.Column("callback_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("key_digest", sa.Text, nullable=False),
    text("sealed"),  # all of it; empty once it has ended
    sa.Column("state", sa.Text, nullable=False),
    instant("arrive_time"),
    number("arrived_real"),
    number("due_real"),
    text("lease_token"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    instant("end_time", nullable=True),
    one_of("state", CallbackState),
    sa.CheckConstraint("(end_time IS NOT NULL) = (state <> 'waiting')", name="ended_iff_not_waiting"),
    sa.UniqueConstraint("account_id", "key_digest"),
    sa.Index(
        "ix_callbacks_due",
        "due_real",
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    ),
    sa.Index(
        "ix_callbacks_ended",
        "end_time",
        postgresql_where=sa.text("end_time IS NOT NULL"),
        sqlite_where=sa.text("end_time IS NOT NULL"),
    ),
)
"""Callbacks, each once by its account and the digest of its key. While one waits, nobody else may take it before
``due_real``; who took it last has the token."""

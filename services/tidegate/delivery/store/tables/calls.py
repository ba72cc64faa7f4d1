"""Calls to providers, and what they reported later."""

import sqlalchemy as sa

from tidegate.delivery.model import ReceiptKind, ReceiptState
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number, one_of, text

ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    instant("start_time"),
    instant("end_time", nullable=True),
    sa.Column("outcome", sa.Text, nullable=False),
    text("scope"),
    text("provider_code"),
    text("provider_message_id"),
    instant("retry_after", nullable=True),
    number("cost_micros"),
    number("parts"),
    text("address_namespace"),
    text("address_key"),
    text("sealed"),  # the address, and what the provider said
    sa.Index(
        "ix_attempts_provider",
        "provider_message_id",
        "account_id",
        postgresql_where=sa.text("provider_message_id <> ''"),
        sqlite_where=sa.text("provider_message_id <> ''"),
    ),
)
"""The calls to providers, written when they are answered or given up."""

PART_IDS = sa.Table(
    "part_ids",
    METADATA,
    sa.Column("provider_message_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Index("ix_part_ids_message", "message_id"),
)
"""What providers call further parts of messages, beside the id that stands with the call."""

RECEIPTS = sa.Table(
    "receipts",
    METADATA,
    sa.Column("receipt_id", sa.Text, primary_key=True),
    text("account_id"),
    text("provider_message_id"),
    text("message_id"),
    sa.Column("kind", sa.Text, nullable=False),
    text("provider_code"),
    instant("time"),
    instant("record_time"),
    sa.Column("dedupe_key", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    text("address_key"),  # while it waits: one id of the provider may stand for several messages
    text("provider_template"),
    one_of("kind", ReceiptKind),
    one_of("state", ReceiptState),
    sa.UniqueConstraint("account_id", "dedupe_key"),
    sa.Index("ix_receipts_message", "message_id"),
    sa.Index(
        "ix_receipts_waiting",
        "provider_message_id",
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    ),
    sa.Index(
        "ix_receipts_lost",
        "address_key",
        postgresql_where=sa.text("state = 'waiting' AND provider_template <> ''"),
        sqlite_where=sa.text("state = 'waiting' AND provider_template <> ''"),
    ),
)
"""What providers reported, those without a message included."""

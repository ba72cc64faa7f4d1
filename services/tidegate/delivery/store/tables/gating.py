"""The ledger of slots and the gate's decisions."""

import sqlalchemy as sa

from tidegate.delivery.model import LedgerState, Verdict
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number, one_of, text

LEDGER = sa.Table(
    "ledger",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("original_customer_id", sa.BigInteger, nullable=False),
    instant("counted_at"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message_class", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    text("brand"),
    text("campaign_id"),
    text("phase_id"),
    text("journey_id"),
    sa.Column("caller", sa.Text, nullable=False),
    text("tier"),
    text("content_key"),
    one_of("state", LedgerState),
    sa.Index("ix_ledger_customer", "customer_id", "counted_at"),
    postgresql_with={"fillfactor": "80"},
)
"""The slots that frequency rules count: one row at most per message."""

DECISIONS = sa.Table(
    "decisions",
    METADATA,
    sa.Column(
        "decision_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.Identity(always=False),
        primary_key=True,
    ),
    sa.Column("message_id", sa.Text, nullable=False, index=True),
    instant("time"),
    sa.Column("verdict", sa.Text, nullable=False),
    text("gate_check"),
    text("reason"),
    text("channel"),
    text("account_id"),
    instant("wake_time", nullable=True),
    number("policy_version"),
    number("identity_position"),
    text("facts"),  # JSON: findings and facts; empty for none
    one_of("verdict", Verdict),
)
"""Every decision of the gate with its facts."""

"""Delivery's tables, but for those of policies, templates and links, which stand with their statements.

What a caller said of a message (`messages`) never changes but for its customer; how far it has come
(`message_states`) is a narrow row beside it, since it is written several times. Instants are microseconds:
business time, except the columns named `_real`, which the database's clock writes for leases and retries.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from tidegate.delivery import machine
from tidegate.delivery.model import (
    AccountState,
    DropReason,
    LedgerState,
    MessageClass,
    MessageState,
    ReceiptKind,
    ReceiptState,
    RecipientKind,
    Verdict,
)
from tidegate.delivery.schema import METADATA
from tidegate.runtime.db import Json


def _text(name: str) -> sa.Column[str]:
    """A text that is empty where there is nothing to say."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _number(name: str, default: str = "0") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=default)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _is_any_of(column: str, values: Iterable[str]) -> str:
    """Spelt out: SQLite makes a table of what stands behind IN, anew for every row that it checks."""
    return " OR ".join(f"{column} = '{value}'" for value in sorted(values))


def _one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    return sa.CheckConstraint(_is_any_of(column, values), name=f"{column}_known")


MESSAGES = sa.Table(
    "messages",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.Text, nullable=False),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("original_customer_id", sa.BigInteger, nullable=False),
    sa.Column("recipient_kind", sa.Text, nullable=False),
    _text("entity_id"),
    sa.Column("channels", sa.Text, nullable=False),  # in order, by commas
    sa.Column("template_id", sa.Text, nullable=False),
    sa.Column("message_class", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    _text("brand"),
    _text("campaign_id"),
    _text("phase_id"),
    _text("journey_id"),
    _text("enrollment_id"),
    _text("node_id"),
    _text("tier"),
    _text("sender_unit"),
    _text("language"),
    sa.Column("priority", sa.Integer, nullable=False),
    _text("holdout_experiment"),
    _text("holdout_arm"),
    _text("override_reason"),
    _number("override_end"),
    _instant("accept_time"),
    _instant("send_after", nullable=True),
    _instant("expire_time"),
    _one_of("message_class", MessageClass),
    _one_of("recipient_kind", RecipientKind),
    sa.Index("ix_messages_customer", "customer_id", "accept_time", "message_id"),
    sa.Index(
        "ix_messages_campaign",
        "campaign_id",
        "message_id",
        postgresql_where=sa.text("campaign_id <> ''"),
        sqlite_where=sa.text("campaign_id <> ''"),
    ),
    sa.Index(
        "ix_messages_journey",
        "journey_id",
        "message_id",
        postgresql_where=sa.text("journey_id <> ''"),
        sqlite_where=sa.text("journey_id <> ''"),
    ),
    sa.Index(
        "ix_messages_enrollment",
        "enrollment_id",
        postgresql_where=sa.text("enrollment_id <> ''"),
        sqlite_where=sa.text("enrollment_id <> ''"),
    ),
)
"""What a caller said of a message."""

STATES = sa.Table(
    "message_states",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("channel_index", sa.Integer, nullable=False, server_default="0"),
    sa.Column("rank", sa.Integer, nullable=False),  # class and priority: lower goes first
    _instant("expire_time"),
    _text("brand"),
    _text("account_id"),
    _text("drop_reason"),
    _text("outcome"),
    _instant("wake_time", nullable=True),
    _instant("retry_real", nullable=True),
    _text("lease_token"),
    _number("lease_until_real"),
    _instant("call_time", nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _instant("settle_real", nullable=True),
    _instant("sent_time", nullable=True),
    _instant("final_time", nullable=True),
    _one_of("state", MessageState),
    _one_of("drop_reason", ["", *DropReason]),
    sa.CheckConstraint(
        f"(final_time IS NOT NULL) = ({_is_any_of('state', machine.FINAL)})", name="final_time_iff_final"
    ),
    sa.CheckConstraint("(drop_reason <> '') = (state = 'dropped')", name="reason_iff_dropped"),
    sa.CheckConstraint(
        "(state = 'deferred') = (wake_time IS NOT NULL OR retry_real IS NOT NULL)", name="wakes_iff_deferred"
    ),
    sa.CheckConstraint("wake_time IS NULL OR retry_real IS NULL", name="one_reason_to_wake"),
    sa.CheckConstraint(
        "state NOT IN ('claimed', 'calling') OR (lease_token <> '' AND account_id <> '')",
        name="held_by_lease",
    ),
    sa.CheckConstraint("(state = 'uncertain') = (settle_real IS NOT NULL)", name="settles_iff_uncertain"),
    sa.CheckConstraint("state <> 'failed' OR outcome <> ''", name="failed_by_outcome"),
    sa.Index(
        "ix_message_states_due",
        "channel",
        "rank",
        "expire_time",
        "message_id",
        postgresql_where=sa.text("state = 'accepted'"),
        sqlite_where=sa.text("state = 'accepted'"),
    ),
    sa.Index(
        "ix_message_states_wake",
        "wake_time",
        postgresql_where=sa.text("state = 'deferred' AND wake_time IS NOT NULL"),
        sqlite_where=sa.text("state = 'deferred' AND wake_time IS NOT NULL"),
    ),
    sa.Index(
        "ix_message_states_retry",
        "retry_real",
        postgresql_where=sa.text("state = 'deferred' AND retry_real IS NOT NULL"),
        sqlite_where=sa.text("state = 'deferred' AND retry_real IS NOT NULL"),
    ),
    sa.Index(
        "ix_message_states_held",  # not over the lease's end: a claim then rewrites no index
        "message_id",
        postgresql_where=sa.text("state IN ('claimed', 'calling')"),
        sqlite_where=sa.text("state IN ('claimed', 'calling')"),
    ),
    sa.Index(
        "ix_message_states_settle",
        "settle_real",
        postgresql_where=sa.text("state = 'uncertain'"),
        sqlite_where=sa.text("state = 'uncertain'"),
    ),
    sa.Index(
        "ix_message_states_expire",
        "expire_time",
        postgresql_where=sa.text("state IN ('accepted', 'deferred')"),
        sqlite_where=sa.text("state IN ('accepted', 'deferred')"),
    ),
    postgresql_with={"fillfactor": "45"},  # a claim rewrites every row of a page, in the page
)
"""How far a message has come."""

CONTENTS = sa.Table(
    "message_contents",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("variables", sa.Text, nullable=False),  # JSON, read by those alone who send
    _text("address_namespace"),
    _text("address_value"),
)
"""What a message says, and the address its caller named: the personal part, read only when it is sent."""

KEYS = sa.Table(
    "idempotency_keys",
    METADATA,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)
"""The first answer to every key, for ever; outlives its message."""

CUSTOMERS = sa.Table(
    "customers",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    _number("merged_into"),
    _text("tier"),
    _number("erased"),
    sa.Column("consents", sa.Text, nullable=False, server_default="[]"),  # JSON of lists, as Consent's fields
    sa.Index(
        "ix_customers_alias",
        "merged_into",
        postgresql_where=sa.text("merged_into <> 0"),
        sqlite_where=sa.text("merged_into <> 0"),
    ),
)
"""What delivery knows of customers, from others' feeds. The row is what decisions for a customer lock."""

ERASURES = sa.Table(
    "erasures",
    METADATA,
    sa.Column("erasure_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("customer_ids", Json, nullable=False),
    sa.Column("reported", sa.Boolean, nullable=False),
    sa.Index(
        "ix_erasures_open",
        "erasure_id",
        postgresql_where=sa.text("NOT reported"),
        sqlite_where=sa.text("NOT reported"),
    ),
)
"""Persons to be erased, with all their ids, and whether that was done and reported."""

MEMBERSHIPS = sa.Table(
    "memberships",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("segment_id", sa.Text, primary_key=True),
)
"""Who is in which segment, from segmentation's feed."""

JOURNEYS = sa.Table(
    "inactive_walks",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),  # journey | campaign | phase
    sa.Column("id", sa.Text, primary_key=True),
)
"""The journeys, campaigns and phases that are not active, from journey's feed."""

LEDGER = sa.Table(
    "ledger",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("original_customer_id", sa.BigInteger, nullable=False),
    _instant("counted_at"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message_class", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    _text("brand"),
    _text("campaign_id"),
    _text("phase_id"),
    _text("journey_id"),
    sa.Column("caller", sa.Text, nullable=False),
    _text("tier"),
    _one_of("state", LedgerState),
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
    _instant("time"),
    sa.Column("verdict", sa.Text, nullable=False),
    _text("gate_check"),
    _text("reason"),
    _text("channel"),
    _text("account_id"),
    _instant("wake_time", nullable=True),
    _number("policy_version"),
    _number("identity_position"),
    _text("facts"),  # JSON: findings and facts; empty for none
    _one_of("verdict", Verdict),
)
"""Every decision of the gate with its facts."""

ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    _instant("start_time"),
    _instant("end_time", nullable=True),
    sa.Column("outcome", sa.Text, nullable=False),
    _text("scope"),
    _text("provider_code"),
    _text("provider_message_id"),
    _text("detail"),
    _instant("retry_after", nullable=True),
    _number("cost_micros"),
    _text("address_namespace"),
    _text("address_value"),
    sa.Index(
        "ix_attempts_provider",
        "provider_message_id",
        "account_id",
        postgresql_where=sa.text("provider_message_id <> ''"),
        sqlite_where=sa.text("provider_message_id <> ''"),
    ),
)
"""The calls to providers, written when they are answered or given up."""

RECEIPTS = sa.Table(
    "receipts",
    METADATA,
    sa.Column("receipt_id", sa.Text, primary_key=True),
    _text("account_id"),
    _text("provider_message_id"),
    _text("message_id"),
    sa.Column("kind", sa.Text, nullable=False),
    _text("provider_code"),
    _instant("time"),
    _instant("record_time"),
    sa.Column("dedupe_key", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _one_of("kind", ReceiptKind),
    _one_of("state", ReceiptState),
    sa.UniqueConstraint("account_id", "dedupe_key"),
    sa.Index("ix_receipts_message", "message_id"),
    sa.Index(
        "ix_receipts_waiting",
        "provider_message_id",
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    ),
)
"""What providers reported, those without a message included."""

ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("adapter", sa.Text, nullable=False),
    _text("display_name"),
    sa.Column("settings", Json, nullable=False),
    sa.Column("per_second", sa.Double, nullable=False, server_default="0"),
    sa.Column("burst", sa.Integer, nullable=False, server_default="0"),
    sa.Column("brands", Json, nullable=False),
    _number("call_timeout"),
    sa.Column("max_in_flight", sa.Integer, nullable=False, server_default="0"),
    _number("settle_after"),
    sa.Column("state", sa.Text, nullable=False),
    _text("state_reason"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    _instant("create_time"),
    _instant("update_time"),
    _one_of("state", AccountState),
)
"""Credentials and limits at providers."""

RATES = sa.Table(
    "account_rates",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("tokens", sa.Double, nullable=False),
    _number("filled_real"),
    _number("resting_until_real"),
)
"""The token bucket of each account, which all replicas lease slices of; resting: the provider asked for it."""

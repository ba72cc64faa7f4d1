"""Messages, the ledger, decisions, calls, receipts, accounts, policies, templates, links, the feed."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_rates",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("filled_real", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("resting_until_real", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_rates")),
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), server_default="", nullable=False),
        sa.Column("settings", Json(), nullable=False),
        sa.Column("per_second", sa.Double(), server_default="0", nullable=False),
        sa.Column("burst", sa.Integer(), server_default="0", nullable=False),
        sa.Column("brands", Json(), nullable=False),
        sa.Column("call_timeout", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("max_in_flight", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settle_after", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.Column("update_time", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state = 'active' OR state = 'broken' OR state = 'paused'", name=op.f("ck_accounts_state_known")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "attempts",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_code", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("retry_after", sa.BigInteger(), nullable=True),
        sa.Column("cost_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("address_namespace", sa.Text(), server_default="", nullable=False),
        sa.Column("address_value", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_attempts")),
    )
    op.create_index(
        "ix_attempts_provider",
        "attempts",
        ["provider_message_id", "account_id"],
        unique=False,
        postgresql_where=sa.text("provider_message_id <> ''"),
        sqlite_where=sa.text("provider_message_id <> ''"),
    )
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merged_into", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tier", sa.Text(), server_default="", nullable=False),
        sa.Column("erased", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("consents", sa.Text(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customers")),
    )
    op.create_index(
        "ix_customers_alias",
        "customers",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into <> 0"),
        sqlite_where=sa.text("merged_into <> 0"),
    )
    op.create_table(
        "decisions",
        sa.Column(
            "decision_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("gate_check", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("wake_time", sa.BigInteger(), nullable=True),
        sa.Column("policy_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("identity_position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("facts", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "verdict = 'deferred' OR verdict = 'dropped' OR verdict = 'granted' OR verdict = 'next_channel'",
            name=op.f("ck_decisions_verdict_known"),
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_message_id"), "decisions", ["message_id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_time", "feed", ["time"], unique=False)
    op.create_table(
        "feed_base",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("pruned_through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_base")),
    )
    op.create_table(
        "feed_cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feed_cursor")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "idempotency_key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "inactive_walks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_inactive_walks")),
    )
    op.create_table(
        "ledger",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("original_customer_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_class", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), server_default="", nullable=False),
        sa.Column("campaign_id", sa.Text(), server_default="", nullable=False),
        sa.Column("phase_id", sa.Text(), server_default="", nullable=False),
        sa.Column("journey_id", sa.Text(), server_default="", nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state = 'committed' OR state = 'released' OR state = 'reserved'", name=op.f("ck_ledger_state_known")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_ledger")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_ledger_customer", "ledger", ["customer_id", "counted_at"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "segment_id", name=op.f("pk_memberships")),
    )
    op.create_table(
        "message_contents",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("address_namespace", sa.Text(), server_default="", nullable=False),
        sa.Column("address_value", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_contents")),
    )
    op.create_table(
        "message_states",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_index", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("expire_time", sa.BigInteger(), nullable=False),
        sa.Column("brand", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("drop_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("wake_time", sa.BigInteger(), nullable=True),
        sa.Column("retry_real", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until_real", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("call_time", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settle_real", sa.BigInteger(), nullable=True),
        sa.Column("sent_time", sa.BigInteger(), nullable=True),
        sa.Column("final_time", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(drop_reason <> '') = (state = 'dropped')", name=op.f("ck_message_states_reason_iff_dropped")
        ),
        sa.CheckConstraint(
            "(final_time IS NOT NULL) = (state = 'bounced' OR state = 'clicked' OR state = 'delivered' OR state = 'dropped' OR state = 'failed' OR state = 'opened' OR state = 'sent')",
            name=op.f("ck_message_states_final_time_iff_final"),
        ),
        sa.CheckConstraint(
            "(state = 'deferred') = (wake_time IS NOT NULL OR retry_real IS NOT NULL)",
            name=op.f("ck_message_states_wakes_iff_deferred"),
        ),
        sa.CheckConstraint(
            "(state = 'uncertain') = (settle_real IS NOT NULL)", name=op.f("ck_message_states_settles_iff_uncertain")
        ),
        sa.CheckConstraint(
            "drop_reason = '' OR drop_reason = 'cancelled' OR drop_reason = 'expired' OR drop_reason = 'frequency' OR drop_reason = 'held_out' OR drop_reason = 'no_address' OR drop_reason = 'no_consent' OR drop_reason = 'no_credit' OR drop_reason = 'not_active' OR drop_reason = 'not_owner' OR drop_reason = 'quiet' OR drop_reason = 'repeated' OR drop_reason = 'suppressed' OR drop_reason = 'template_invalid' OR drop_reason = 'window_closed'",
            name=op.f("ck_message_states_drop_reason_known"),
        ),
        sa.CheckConstraint("state <> 'failed' OR outcome <> ''", name=op.f("ck_message_states_failed_by_outcome")),
        sa.CheckConstraint(
            "state = 'accepted' OR state = 'bounced' OR state = 'calling' OR state = 'claimed' OR state = 'clicked' OR state = 'deferred' OR state = 'delivered' OR state = 'dropped' OR state = 'failed' OR state = 'opened' OR state = 'sent' OR state = 'uncertain'",
            name=op.f("ck_message_states_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('claimed', 'calling') OR (lease_token <> '' AND account_id <> '')",
            name=op.f("ck_message_states_held_by_lease"),
        ),
        sa.CheckConstraint(
            "wake_time IS NULL OR retry_real IS NULL", name=op.f("ck_message_states_one_reason_to_wake")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_states")),
        postgresql_with={"fillfactor": "45"},
    )
    op.create_index(
        "ix_message_states_due",
        "message_states",
        ["channel", "rank", "expire_time", "message_id"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted'"),
        sqlite_where=sa.text("state = 'accepted'"),
    )
    op.create_index(
        "ix_message_states_expire",
        "message_states",
        ["expire_time"],
        unique=False,
        postgresql_where=sa.text("state IN ('accepted', 'deferred')"),
        sqlite_where=sa.text("state IN ('accepted', 'deferred')"),
    )
    op.create_index(
        "ix_message_states_held",
        "message_states",
        ["message_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'calling')"),
        sqlite_where=sa.text("state IN ('claimed', 'calling')"),
    )
    op.create_index(
        "ix_message_states_retry",
        "message_states",
        ["retry_real"],
        unique=False,
        postgresql_where=sa.text("state = 'deferred' AND retry_real IS NOT NULL"),
        sqlite_where=sa.text("state = 'deferred' AND retry_real IS NOT NULL"),
    )
    op.create_index(
        "ix_message_states_settle",
        "message_states",
        ["settle_real"],
        unique=False,
        postgresql_where=sa.text("state = 'uncertain'"),
        sqlite_where=sa.text("state = 'uncertain'"),
    )
    op.create_index(
        "ix_message_states_wake",
        "message_states",
        ["wake_time"],
        unique=False,
        postgresql_where=sa.text("state = 'deferred' AND wake_time IS NOT NULL"),
        sqlite_where=sa.text("state = 'deferred' AND wake_time IS NOT NULL"),
    )
    op.create_table(
        "messages",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("original_customer_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), server_default="", nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("message_class", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), server_default="", nullable=False),
        sa.Column("campaign_id", sa.Text(), server_default="", nullable=False),
        sa.Column("phase_id", sa.Text(), server_default="", nullable=False),
        sa.Column("journey_id", sa.Text(), server_default="", nullable=False),
        sa.Column("enrollment_id", sa.Text(), server_default="", nullable=False),
        sa.Column("node_id", sa.Text(), server_default="", nullable=False),
        sa.Column("tier", sa.Text(), server_default="", nullable=False),
        sa.Column("sender_unit", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("holdout_experiment", sa.Text(), server_default="", nullable=False),
        sa.Column("holdout_arm", sa.Text(), server_default="", nullable=False),
        sa.Column("override_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("override_end", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("accept_time", sa.BigInteger(), nullable=False),
        sa.Column("send_after", sa.BigInteger(), nullable=True),
        sa.Column("expire_time", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "message_class = 'marketing' OR message_class = 'marketing_override' OR message_class = 'service_reply' OR message_class = 'transactional' OR message_class = 'verification'",
            name=op.f("ck_messages_message_class_known"),
        ),
        sa.CheckConstraint(
            "recipient_kind = 'customer' OR recipient_kind = 'group' OR recipient_kind = 'staff'",
            name=op.f("ck_messages_recipient_kind_known"),
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
    )
    op.create_index(
        "ix_messages_campaign",
        "messages",
        ["campaign_id", "message_id"],
        unique=False,
        postgresql_where=sa.text("campaign_id <> ''"),
        sqlite_where=sa.text("campaign_id <> ''"),
    )
    op.create_index("ix_messages_customer", "messages", ["customer_id", "message_id"], unique=False)
    op.create_index(
        "ix_messages_enrollment",
        "messages",
        ["enrollment_id"],
        unique=False,
        postgresql_where=sa.text("enrollment_id <> ''"),
        sqlite_where=sa.text("enrollment_id <> ''"),
    )
    op.create_index(
        "ix_messages_journey",
        "messages",
        ["journey_id", "message_id"],
        unique=False,
        postgresql_where=sa.text("journey_id <> ''"),
        sqlite_where=sa.text("journey_id <> ''"),
    )
    op.create_table(
        "policies",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.Column("update_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "policy_id", name=op.f("pk_policies")),
    )
    op.create_table(
        "policy_version",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
    )
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider_code", sa.Text(), server_default="", nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("record_time", sa.BigInteger(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind = 'accepted' OR kind = 'clicked' OR kind = 'complaint' OR kind = 'delivered' OR kind = 'hard_bounce' OR kind = 'opened' OR kind = 'refused' OR kind = 'soft_bounce' OR kind = 'unsubscribed'",
            name=op.f("ck_receipts_kind_known"),
        ),
        sa.CheckConstraint(
            "state = 'applied' OR state = 'superseded' OR state = 'waiting'", name=op.f("ck_receipts_state_known")
        ),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("account_id", "dedupe_key", name=op.f("uq_receipts_account_id_dedupe_key")),
    )
    op.create_index("ix_receipts_message", "receipts", ["message_id"], unique=False)
    op.create_index(
        "ix_receipts_waiting",
        "receipts",
        ["provider_message_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "suppressions",
        sa.Column("suppression_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("original_customer_id", sa.BigInteger(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expire_time", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(customer_id <> 0) <> (address_key <> '')", name=op.f("ck_suppressions_one_target")),
        sa.PrimaryKeyConstraint("suppression_id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint(
            "original_customer_id",
            "address_key",
            "channels",
            "purpose",
            "brand",
            name=op.f("uq_suppressions_original_customer_id_address_key_channels_purpose_brand"),
        ),
    )
    op.create_index("ix_suppressions_address", "suppressions", ["address_key"], unique=False)
    op.create_index("ix_suppressions_customer", "suppressions", ["customer_id"], unique=False)
    op.create_table(
        "template_versions",
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.PrimaryKeyConstraint("template_id", "version", name=op.f("pk_template_versions")),
    )
    op.create_table(
        "templates",
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'archived', 'paused')", name=op.f("ck_templates_state_known")),
        sa.PrimaryKeyConstraint("template_id", name=op.f("pk_templates")),
    )
    op.create_table(
        "tracked_links",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("target_url", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("expire_time", sa.BigInteger(), nullable=True),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tracked_links")),
    )

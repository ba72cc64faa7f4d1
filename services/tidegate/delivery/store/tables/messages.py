"""What callers said, how far it has come, and the first answers to their keys."""

import sqlalchemy as sa

from tidegate.delivery import machine
from tidegate.delivery.model import DropReason, MessageClass, MessageState, RecipientKind
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, is_any_of, number, one_of, text
from tidegate.delivery.store.tables.moves import enforce

MESSAGES = sa.Table(
    "messages",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.Text, nullable=False),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("original_customer_id", sa.BigInteger, nullable=False),
    sa.Column("recipient_kind", sa.Text, nullable=False),
    text("entity_id"),
    sa.Column("channels", sa.Text, nullable=False),  # in order, by commas
    sa.Column("template_id", sa.Text, nullable=False),
    sa.Column("message_class", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    text("brand"),
    text("campaign_id"),
    text("phase_id"),
    text("journey_id"),
    text("enrollment_id"),
    text("node_id"),
    text("tier"),
    text("sender_unit"),
    text("language"),
    sa.Column("priority", sa.Integer, nullable=False),
    text("holdout_experiment"),
    text("holdout_arm"),
    text("override_reason"),
    number("override_end"),
    instant("accept_time"),
    instant("send_after", nullable=True),
    instant("expire_time"),
    text("content_key"),
    one_of("message_class", MessageClass),
    one_of("recipient_kind", RecipientKind),
    sa.Index("ix_messages_customer", "customer_id", "accept_time", "message_id"),
    sa.Index(
        "ix_messages_limited",  # those that may take another's slot while they wait, which is before their expiry
        "customer_id",
        "expire_time",
        postgresql_where=sa.text("message_class IN ('marketing', 'marketing_override')"),
        sqlite_where=sa.text("message_class IN ('marketing', 'marketing_override')"),
    ),
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

_SECTION = ("channel", "tried", "left_by", "left_among", "brand")

STATES = sa.Table(
    "message_states",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("channel_index", sa.Integer, nullable=False, server_default="0"),
    sa.Column("rank", sa.Integer, nullable=False),  # class and priority: lower goes first
    instant("expire_time"),
    text("brand"),
    text("account_id"),
    text("drop_reason"),
    text("outcome"),
    instant("wake_time", nullable=True),
    instant("retry_real", nullable=True),
    text("lease_token"),
    number("lease_until_real"),
    instant("call_time", nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    instant("settle_real", nullable=True),
    instant("sent_time", nullable=True),
    instant("final_time", nullable=True),
    instant("ask_real", nullable=True),
    text("tried"),  # accounts that have refused it on this channel, by commas; !account: for good
    number("tried_until_real"),
    text("left_by"),  # accounts that lack what it takes to send it on this channel, by commas
    text("left_among"),  # how the channel's accounts stood then
    sa.Column("given_way", sa.SmallInteger, nullable=False, server_default="0"),  # how often, to better ones
    one_of("state", MessageState),
    one_of("drop_reason", ["", *DropReason]),
    sa.CheckConstraint(
        f"(final_time IS NOT NULL) = ({is_any_of('state', machine.FINAL)})", name="final_time_iff_final"
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
        postgresql_where=sa.text("state = 'accepted' AND tried = '' AND left_by = ''"),
        sqlite_where=sa.text("state = 'accepted' AND tried = '' AND left_by = ''"),
    ),
    sa.Index(
        "ix_message_states_brand",  # an account of few brands passes over what waits of others
        "channel",
        "brand",
        "rank",
        "expire_time",
        "message_id",
        postgresql_where=sa.text("state = 'accepted' AND tried = '' AND left_by = '' AND brand <> ''"),
        sqlite_where=sa.text("state = 'accepted' AND tried = '' AND left_by = '' AND brand <> ''"),
    ),
    sa.Index(
        "ix_message_states_closed",  # an account passes over what waits for others
        *_SECTION,
        "rank",
        "expire_time",
        "message_id",
        postgresql_where=sa.text("state = 'accepted' AND (tried <> '' OR left_by <> '')"),
        sqlite_where=sa.text("state = 'accepted' AND (tried <> '' OR left_by <> '')"),
    ),
    sa.Index(
        "ix_message_states_refused",  # and comes back to what it has refused
        *_SECTION,
        "tried_until_real",
        postgresql_where=sa.text("state = 'accepted' AND tried <> ''"),
        sqlite_where=sa.text("state = 'accepted' AND tried <> ''"),
    ),
    sa.Index(
        "ix_message_states_wake",
        "wake_time",
        "rank",
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
        "ix_message_states_ask",
        "account_id",
        "ask_real",
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
enforce(STATES)

CONTENTS = sa.Table(
    "message_contents",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    text("sealed"),
    text("address_key"),
)
"""What a message says, and the address its caller named: the personal part, opened only when it is sent (see vault).
The key of that address lets the gate choose it unopened."""

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

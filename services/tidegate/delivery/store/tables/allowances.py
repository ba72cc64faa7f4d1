"""What platforms allow: what customers did there, the credits and windows that this gave, and what was used."""

import sqlalchemy as sa

from tidegate.channels import Trigger
from tidegate.delivery.allowances.model import InteractionKind, UseState
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number, one_of, text

INTERACTIONS = sa.Table(
    "interactions",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("interaction_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("address_key", sa.Text, nullable=False),
    number("customer_id"),
    text("template_id"),
    number("credits"),
    text("opened_by"),
    instant("time"),
    instant("record_time"),
    text("provider_template"),
    one_of("kind", InteractionKind),
    sa.Index("ix_interactions_address", "address_key", "account_id"),
    sa.Index("ix_interactions_time", "time"),
    sa.Index(
        "ix_interactions_awaited",
        "account_id",
        "provider_template",
        postgresql_where=sa.text("provider_template <> ''"),
        sqlite_where=sa.text("provider_template <> ''"),
    ),
    sa.Index(
        "ix_interactions_customer",
        "customer_id",
        postgresql_where=sa.text("customer_id <> 0"),
        sqlite_where=sa.text("customer_id <> 0"),
    ),
)
"""What customers did, each once. With a provider's template, it waits until that is entered, and counts for nothing."""

GRANTS = sa.Table(
    "grants",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("address_key", sa.Text, primary_key=True),
    sa.Column("template_id", sa.Text, primary_key=True),
    number("customer_id"),
    number("remaining"),
    number("refused_at"),
    sa.CheckConstraint("remaining >= 0", name="remaining_not_negative"),
    sa.Index(
        "ix_grants_customer",
        "customer_id",
        postgresql_where=sa.text("customer_id <> 0"),
        sqlite_where=sa.text("customer_id <> 0"),
    ),
)
"""The credits that are left. `customer_id` is who held the address when it was last written, 0 for nobody known."""

OPENINGS = sa.Table(
    "window_openings",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("address_key", sa.Text, primary_key=True),
    sa.Column("opened_by", sa.Text, primary_key=True),
    number("customer_id"),
    instant("opened"),
    one_of("opened_by", Trigger),
    sa.Index("ix_window_openings_opened", "opened"),
    sa.Index(
        "ix_window_openings_customer",
        "customer_id",
        postgresql_where=sa.text("customer_id <> 0"),
        sqlite_where=sa.text("customer_id <> 0"),
    ),
)
"""When a customer last did what opens a window."""

CAPS = sa.Table(
    "account_caps",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("starts", sa.BigInteger, primary_key=True, autoincrement=False),
    instant("ends"),
    number("used"),
    number("most"),
)
"""What an account has sent in a period of the calendar, of the most that its platform takes; leased in slices."""

SLICES = sa.Table(
    "account_cap_slices",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("starts", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("token", sa.Text, primary_key=True),
    number("places"),
    number("until_real"),
)
"""What batches that are on their way may still send in a period: room that is theirs until their lease ends."""

USES = sa.Table(
    "allowance_uses",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
    text("address_key"),
    text("template_id"),
    instant("taken_at"),
    sa.Column("state", sa.Text, nullable=False),
    one_of("state", UseState),
    sa.Index("ix_allowance_uses_address", "address_key", "account_id", "taken_at"),
)
"""What messages took of what the platform allows: one row at most per message, that of its last call."""

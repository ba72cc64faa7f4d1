"""Accounts at providers, and how fast they may send."""

import sqlalchemy as sa

from tidegate.delivery.model import AccountState
from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number, one_of, text
from tidegate.runtime.db import Json

ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("adapter", sa.Text, nullable=False),
    text("display_name"),
    sa.Column("settings", Json, nullable=False),
    sa.Column("per_second", sa.Double, nullable=False, server_default="0"),
    sa.Column("burst", sa.Integer, nullable=False, server_default="0"),
    sa.Column("brands", Json, nullable=False),
    number("call_timeout"),
    sa.Column("max_in_flight", sa.Integer, nullable=False, server_default="0"),
    number("settle_after"),
    number("price_micros"),
    text("currency"),
    sa.Column("state", sa.Text, nullable=False),
    text("state_reason"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    instant("create_time"),
    instant("update_time"),
    one_of("state", AccountState),
)
"""Credentials and limits at providers."""

RATES = sa.Table(
    "account_rates",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("tokens", sa.Double, nullable=False),
    number("filled_real"),
    number("resting_until_real"),
    number("breaker_failures"),
    number("breaker_opens"),
    number("breaker_since_real"),
    number("breaker_until_real"),
    number("breaker_probing_real"),
)
"""The token bucket of each account, which all replicas lease slices of; resting: the provider asked for it.

Beside it the account's breaker (see tidegate.delivery.breaker), which is looked at whenever a slice is leased.
"""

"""What is known of providers beyond single messages."""

import sqlalchemy as sa

from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number

REJECTIONS = sa.Table(
    "template_rejections",
    METADATA,
    sa.Column("template_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    instant("since"),
)
"""How often an account's provider has refused a template as such, counted from ``since`` on."""

COSTS = sa.Table(
    "account_costs",
    METADATA,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("currency", sa.Text, primary_key=True),
    number("cost_micros"),
    number("messages"),
    number("parts"),
)
"""What accounts have cost on a day of the company's zone."""

"""What is known of providers beyond single messages."""

import sqlalchemy as sa

from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant

REJECTIONS = sa.Table(
    "template_rejections",
    METADATA,
    sa.Column("template_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    instant("since"),
)
"""How often an account's provider has refused a template as such, counted from ``since`` on."""
